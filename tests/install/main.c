// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Debian 12 on which our packages were installed, or from which they were removed, is booted in the machine and does
 * what its administrator would do.
 *   installed --with|--without DIRECTORY      vmlinuz, initrd.img, disk: what scripts/check-install.sh makes
 */
#include <stdio.h>
#include <string.h>

#include <lib/tap.h>
#include <scenarios/hop.h>

#define BOOT_TIMEOUT_MS	1800000
#define WORDS		"root=/dev/vda rw crashkernel=256M"
#define RESTORE		"/sys/kernel/ccp_ext/restore"
#define HOOK		"/lib/lsb/init-functions.d/50-snp-kexec"
#define DUMPS		"/var/crash/*/dump.*"

static bool waits_for_systemd(struct run *r)
{
	/* it fails as long as a unit has failed: which one is the reason */
	return inside(r, 900, "systemctl is-system-running --wait || { systemctl --failed --no-legend; exit 1; }");
}

static bool comes_up(struct run *r)
{
	if (machine_wait_hello(&r->machine, r->machine.hellos, BOOT_TIMEOUT_MS, NULL, NULL))
		return fail(r, "%s", r->machine.error);
	return waits_for_systemd(r);
}

/* Nobody touched what is not his: since the machine began. */
static bool touched_nothing(struct run *r)
{
	long long n = forbidden_touches(r);

	return !n || fail(r, "%lld forbidden touches", n);
}

static bool is_ready(struct run *r)
{
	return inside(r, 60, "head -n 1 /sys/kernel/ccp_ext/state | grep -x ready && lsmod | grep -w ^ccp");
}

static bool boots_ready(struct run *r)
{
	return comes_up(r) && is_ready(r) && inside(r, 60, "dmesg | grep 'PSP watch armed before ccp starts'") &&
	       inside(r, 60, "grep -x 'found 0' " RESTORE) && touched_nothing(r);
}

/* It waits for all that still comes back, and says so then. */
static bool reports(struct run *r, const char *what)
{
	return inside(r, 300, "until [ \"$(systemctl is-active snp-kexec-report)\" != active ]; do sleep 1; done; "
			      "journalctl -b -u snp-kexec-report -o cat | grep '%s'", what);
}

static bool has_units(struct run *r)
{
	return inside(r, 60, "systemctl cat kexec.target | grep -x Requires=snp-kexec-guard.service") &&
	       reports(r, "no previous kernel has handed anything over") &&
	       inside(r, 60, "! systemctl is-active snp-kexec-metrics.timer");
}

/* That it began and ended is told of the timer, the control, and not of the service, which does so every few seconds. */
static bool logs_no_routine(struct run *r)
{
	return inside(r, 60, "journalctl -b -u snp-kexec-metrics.timer -o cat | grep ^Started && "
			     "! journalctl -b -u snp-kexec-metrics.service -o cat | grep -E '^(Starting|Finished)|Deactivated'");
}

/* What installing prometheus-node-exporter comes down to here. */
static bool writes_metrics(struct run *r)
{
	return inside(r, 120, "mkdir -p /var/lib/prometheus/node-exporter && systemctl start snp-kexec-metrics.timer && "
			      "until [ -s /var/lib/prometheus/node-exporter/snp-kexec.prom ]; do sleep 1; done && "
			      "grep -x 'ccp_ext_up 1' /var/lib/prometheus/node-exporter/snp-kexec.prom") &&
	       logs_no_routine(r);
}

/* What kexec-tools have loaded lies anywhere: nobody vouches for it. */
static bool refuses_what_kexec_tools_loaded(struct run *r)
{
	machine_forget_events(&r->machine);
	if (!inside(r, 300, "grep -x reset /sys/kernel/ccp_ext/on_unsafe && "
			    "kexec -l /vmlinuz --initrd=/initrd.img --reuse-cmdline && ! snp-kexec status") ||
	    !inside(r, 300, "systemctl kexec; n=0; until systemctl is-failed snp-kexec-guard; do "
			    "n=$((n + 1)); test $n -lt 200 || exit 1; sleep 0.5; done; sleep 5; "
			    "test -z \"$(systemctl list-jobs --no-legend)\" && systemctl is-active multi-user.target && "
			    "journalctl -b -u snp-kexec-guard -o cat | grep 'landing zone'"))
		return false;
	if (machine_event(&r->machine, "kexec-jump") || machine_event(&r->machine, "shutdown"))
		return fail(r, "the machine left its kernel");
	return inside(r, 120, "systemctl reset-failed; snp-kexec unload");
}

static bool launch_guests(struct run *r)
{
	return inside(r, 120, "modprobe kvm_amd") && hop_launch_guests(r, "snp", "--kind snp --count %d", 1) &&
	       hop_launch_guests(r, "sev-es", "--kind sev-es --count %d", 1);
}

static bool loads(struct run *r)
{
	return inside(r, 300, "snp-kexec load && snp-kexec status");
}

/* @order jumps into the @hops-th kernel, guests alive, and that one says what came back. */
static bool jumps(struct run *r, const char *order, int hops)
{
	char number[64];

	snprintf(number, sizeof(number), "kexec number %d since", hops);
	if (!launch_guests(r) || !loads(r))
		return false;
	if (machine_run_async(&r->machine, order))
		return fail(r, "%s", r->machine.error);
	return comes_up(r) && is_ready(r) && inside(r, 60, "grep -x 'hops %d' " RESTORE, hops) && reports(r, number) &&
	       touched_nothing(r);
}

/* The kernel before this one asked. */
static bool guard_was_asked(struct run *r)
{
	return inside(r, 60, "journalctl -b -1 -u snp-kexec-guard -o cat | grep '^verdict *safe'");
}

static bool jumps_by_systemctl(struct run *r)
{
	return jumps(r, "systemctl kexec", 1) && guard_was_asked(r);
}

static bool jumps_by_kexec(struct run *r)
{
	return jumps(r, "sync; kexec -e", 2);
}

/* Called reboot, systemctl looks whether a kernel is loaded (systemd 252, systemctl.c, kexec_loaded()). */
static bool jumps_by_reboot(struct run *r)
{
	return jumps(r, "reboot", 3) && guard_was_asked(r);
}

/* kexec.service, which would start what is loaded as soon as services begin to be stopped, is masked by kexec-tools. */
static bool systemctl_reboot_is_a_reboot(struct run *r)
{
	if (!loads(r) || !inside(r, 60, "[ \"$(systemctl is-enabled kexec.service)\" = masked ]"))
		return false;
	if (machine_run_async(&r->machine, "systemctl reboot"))
		return fail(r, "%s", r->machine.error);
	return boots_ready(r);
}

/* Whoever opened it and is gone lets it run out, twice for a reset (QEMU hw/acpi/ich9_tco.c): 60 seconds of its 30. */
static bool outlives_the_chipsets_watchdog(struct run *r)
{
	return inside(r, 300, "modprobe -a lpc_ich iTCO_wdt && cd /sys/class/watchdog/watchdog0 && grep -x iTCO_wdt identity && "
			      "echo 1 >/dev/watchdog0 && sleep 90 && grep -x active state");
}

static bool arms_a_crash_kernel(struct run *r)
{
	return inside(r, 300, "kdump-config show | grep 'state: *ready to kdump'") && inside(r, 300, "snp-kexec kdump check");
}

/* The control: without the file that tells kdump-config. */
static bool unarmed_is_seen(struct run *r)
{
	return inside(r, 300, "mv " HOOK " /root/hook && kdump-config reload && { snp-kexec kdump check; test $? = 1; } && "
			      "mv /root/hook " HOOK " && kdump-config reload && snp-kexec kdump check");
}

static bool dumps(struct run *r)
{
	if (!launch_guests(r) || machine_run_async(&r->machine, "sync; echo c >/proc/sysrq-trigger"))
		return fail(r, "%s", r->why[0] ? r->why : r->machine.error);
	return comes_up(r) && inside(r, 60, "ls " DUMPS) && touched_nothing(r);
}

static bool dump_has_no_guest(struct run *r)
{
	return inside(r, 600, "rmpctl vmcore audit " DUMPS " | grep -x '0 of [1-9][0-9]* pages that are not the host.s are in the dump'");
}

static bool boots_without(struct run *r)
{
	return comes_up(r) && inside(r, 60, "[ ! -e /sys/kernel/ccp_ext ] && ! modinfo ccp_ext && lsmod | grep -w ^ccp");
}

static bool has_systemds_target(struct run *r)
{
	return inside(r, 60, "systemctl cat kexec.target | grep -x Requires=systemd-kexec.service && "
			     "! systemctl list-unit-files --no-legend 'snp-kexec*' | grep .");
}

struct test {
	const char *name;
	bool (*function)(struct run *r);
};

static const struct test with[] = {
	{ "the_host_comes_up_with_ccp_ext_ahead_of_ccp", boots_ready },
	{ "kexec_target_asks_the_guard_and_the_report_says_that_nothing_was_handed_over", has_units },
	{ "metrics_are_written_once_node_exporter_has_a_directory", writes_metrics },
	{ "systemctl_kexec_of_what_kexec_tools_loaded_is_refused_before_anything_is_stopped", refuses_what_kexec_tools_loaded },
	{ "load_and_systemctl_kexec_bring_the_host_into_the_default_kernel", jumps_by_systemctl },
	{ "so_do_load_and_kexec_e", jumps_by_kexec },
	{ "reboot_is_a_systemctl_kexec_where_a_kernel_is_loaded", jumps_by_reboot },
	{ "systemctl_reboot_is_a_cold_boot_all_the_same", systemctl_reboot_is_a_reboot },
	{ "the_watchdog_of_q35_which_no_amd_host_has_resets_nothing", outlives_the_chipsets_watchdog },
	{ "kdump_tools_arm_a_crash_kernel_that_filters", arms_a_crash_kernel },
	{ "and_kdump_check_sees_it_where_kdump_config_is_not_told", unarmed_is_seen },
	{ "a_panic_with_guests_alive_leaves_a_dump_and_touches_nothing", dumps },
	{ "nothing_of_a_guest_is_in_the_dump", dump_has_no_guest },
	{ NULL },
};

static const struct test without[] = {
	{ "the_host_comes_up_without_ccp_ext", boots_without },
	{ "kexec_target_is_systemds_own_again", has_systemds_target },
	{ NULL },
};

/* One machine: what comes after a failure would only repeat it. */
static void run_all(struct run *r, const struct test *tests)
{
	bool lost = false;

	for (; tests->name; tests++) {
		r->why[0] = '\0';
		if (lost)
			snprintf(r->why, sizeof(r->why), "not run: an earlier one has failed");
		lost = !tap_result(!lost && tests->function(r), tests->name);
		if (lost)
			tap_note("%s", r->why[0] ? r->why : r->output);
	}
}

int main(int argc, char **argv)
{
	struct machine_config config = {
		.memory = "3G", .append = WORDS, .reboots = true,
	};
	static struct run r;
	const struct test *tests;
	unsigned int n = 0;

	if (argc != 3 || (strcmp(argv[1], "--with") && strcmp(argv[1], "--without"))) {
		fputs("usage: installed --with|--without DIRECTORY\n", stderr);
		return 2;
	}
	tests = strcmp(argv[1], "--with") ? without : with;
	config.name = tests == with ? "installed-with" : "installed-without";
	config.host = argv[2];
	while (tests[n].name)
		n++;
	tap_plan(n);
	machine_catch_signals();
	if (machine_start(&r.machine, &config))
		printf("Bail out! %s\n", r.machine.error);
	else
		run_all(&r, tests);
	machine_stop(&r.machine);
	return machine_interrupted() ? 130 : tap_exit_status();
}
