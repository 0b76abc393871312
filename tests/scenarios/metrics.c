// SPDX-License-Identifier: GPL-2.0-only
/* What monitoring reads and what an administrator configures, beside the real module. */
#include "scenario.h"

#define SYSFS		"/sys/kernel/ccp_ext"
#define PARAMETERS	"/sys/module/ccp_ext/parameters"

/* Guests and states as they are; commands as the flight recorder has them, too. */
static bool tells_what_there_is(struct run *r)
{
	return inside(r, 60, "rmpctl metrics -o /run/a.prom && cd /run && "
		      "grep -qx 'ccp_ext_up 1' a.prom && grep -qx 'ccp_ext_state{state=\"ready\"} 1' a.prom && "
		      "grep -qx 'ccp_ext_guests{kind=\"sev-es\"} 1' a.prom && "
		      "grep -qx 'ccp_ext_guests{kind=\"snp\"} 1' a.prom && "
		      "grep -qx 'ccp_ext_snp_state{state=\"INIT\"} 1' a.prom && "
		      "grep -qx 'ccp_ext_unreadable_attributes 0' a.prom") &&
	       inside(r, 30, "grep -q '^ccp_ext_psp_commands_total{command=\"SNP_LAUNCH_START\"} 1$' /run/a.prom && "
		      "grep -q ' SNP_LAUNCH_START 0 ' " SYSFS "/flight || cat " SYSFS "/psp " SYSFS "/flight") &&
	       /* a question of our own is one more command */
	       inside(r, 60, "n() { sed -n 's/^command 0x[0-9a-f]* PLATFORM_STATUS \\([0-9]*\\) .*/\\1/p' " SYSFS "/psp; }; "
		      "before=$(n); cat " SYSFS "/firmware >/dev/null && [ $(n) -gt ${before:-0} ]") &&
	       inside(r, 60, "rmpctl watch --count 1 | grep 'state=ready.*guests=0/1/1'");
}

static bool takes_what_the_file_says(struct run *r)
{
	return tells_what_there_is(r) &&
	       inside(r, 30, "printf 'policy = lazy\\nbudget_ms = 9000\\nwake_cpus = no\\ncut_max_mb = 32\\n' "
		      ">/etc/snp-kexec.conf && snp-kexec config check && snp-kexec config apply && "
		      "grep -qx lazy " SYSFS "/policy && grep -qx 9000 " PARAMETERS "/budget_ms && "
		      "grep -qx N " PARAMETERS "/wake_cpus && grep -qx 32 " PARAMETERS "/cut_max_mb") &&
	       inside(r, 30, "! snp-kexec config show | grep -E 'waits for|by hand'") &&
	       inside(r, 30, "echo 'zone_mb = 64' >>/etc/snp-kexec.conf") &&
	       inside_fails(r, 1, "zone_mb is 128 in the running ccp_ext, and 64", "snp-kexec config apply") &&
	       inside_fails(r, 2, "snp-kexec.conf:6:1: unknown key", "echo frob=1 >>/etc/snp-kexec.conf; "
			    "snp-kexec load /proc/version 2>&1") &&
	       inside(r, 30, "printf 'policy = evict\\nwake_cpus = yes\\n' >/etc/snp-kexec.conf && snp-kexec config apply && "
		      "grep -qx evict " SYSFS "/policy && rm /etc/snp-kexec.conf");
}

static bool tells_of_the_jump(struct run *r)
{
	return inside(r, 60, "rmpctl metrics >/run/b.prom && cd /run && grep -qx 'ccp_ext_hops 1' b.prom && "
		      "grep -qx 'ccp_ext_handover_found 1' b.prom && grep -qx 'ccp_ext_handover_error 0' b.prom && "
		      "grep -q '^ccp_ext_last_quiesce_seconds [0-9]' b.prom && "
		      "grep -qx 'ccp_ext_last_shutdown_step_failed{step=\"sev-shutdown\"} 0' b.prom && "
		      "grep -q '^ccp_ext_last_shutdown_step_seconds{step=\"evict\"}' b.prom && "
		      "grep -qx 'ccp_ext_lost_bytes 0' b.prom && grep -qx 'ccp_ext_guests{kind=\"snp\"} 0' b.prom");
}

const struct scenario metrics_scenario = {
	.name = "metrics",
	.title = "metrics tell what there is, and the configuration gets to the module",
	.config = { .name = "metrics" },
	.steps = {
		{
			.name = "metrics_tell_of_guests_and_the_module_takes_what_the_file_says",
			.label = "metrics, config", .next = "6.12", .sev_es = 1, .snp = 1,
			.before = takes_what_the_file_says, .after = tells_of_the_jump,
		},
	},
};
