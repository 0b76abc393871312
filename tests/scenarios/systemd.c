// SPDX-License-Identifier: GPL-2.0-only
/* A host with systemd, on which "systemctl kexec" is refused rather than that it becomes a cold reset. */
#include <string.h>

#include "scenario.h"

#define SYSTEMD		"snptest.systemd"
#define UNITS		"/etc/systemd/system"
#define ALL_IS_WELL	"systemctl is-active bystander && systemctl is-active default.target"

/* systemd is on its way up when the agent reports. */
static bool is_up(struct run *r)
{
	return inside(r, 120, "until " ALL_IS_WELL " >/dev/null; do sleep 0.5; done");
}

/* An image that nobody steered: started beside guests, it would become a cold reset. */
static bool load_stock(struct run *r)
{
	return inside(r, 180, "tar -xOf /dev/vda vmlinuz-6.12 >/tmp/vmlinuz && tar -xOf /dev/vda initrd-6.12 >/tmp/initrd && "
			      "stockkexec /tmp/vmlinuz /tmp/initrd \"$(cat /proc/cmdline)\" && rm /tmp/vmlinuz /tmp/initrd");
}

/* @guard says no, for snp-kexec's reason, and the kernel stays. */
static bool ask_for_a_jump(struct run *r, const char *guard)
{
	machine_forget_events(&r->machine);
	/* whether systemctl waits for the outcome is its own business; what was begun is given time to be seen */
	if (!inside(r, 120, "systemctl kexec; n=0; until systemctl is-failed %s; do "
			    "n=$((n + 1)); test $n -lt 100 || exit 1; sleep 0.5; done; "
			    "systemctl show -p ExecMainStatus --value %s | grep -x 1 && sleep 10", guard, guard))
		return false;
	if (machine_event(&r->machine, "kexec-jump") || machine_event(&r->machine, "shutdown"))
		return fail(r, "the machine left its kernel");
	return true;
}

static bool was_refused(struct run *r)
{
	if (!is_up(r) || !load_stock(r) || !inside_fails(r, 1, "not the one in the landing zone", "snp-kexec status"))
		return false;
	return ask_for_a_jump(r, "snp-kexec-guard") &&
	       inside(r, 120, ALL_IS_WELL " && ! systemctl is-active shutdown.target && "
			      "[ -z \"$(systemctl list-jobs --no-legend)\" ] && pidof sevguest");
}

static bool unload_stock(struct run *r)
{
	return inside(r, 60, "snp-kexec unload");
}

const struct scenario systemd_scenario = {
	.name = "systemd",
	.title = "systemctl kexec",
	.on_demand = true,
	.config = { .name = "systemd", .disk = "systemd.tar", .memory = "3G", .append = SYSTEMD },
	.steps = {
		{
			.name = "systemctl_kexec_is_stopped_before_anything_is_where_a_jump_would_not_be_safe",
			.snp = 2, .after = was_refused,
		},
		{
			.name = "systemctl_kexec_jumps_where_it_is_safe",
			.label = "systemctl kexec", .next = "6.12", .order = "systemctl kexec",
			.before = unload_stock, .after = is_up,
		},
	},
};

static bool without_the_guard(struct run *r)
{
	return is_up(r) && refuse_shutdown(r) &&
	       inside(r, 120, "cd " UNITS " && rm kexec.target snp-kexec-* && systemctl daemon-reload");
}

/* As one would think of it first: a unit that the jump requires. */
static bool came_too_late(struct run *r)
{
	if (!is_up(r) || !load_stock(r) ||
	    !inside(r, 120, "cd " UNITS " && rm kexec.target snp-kexec-* && mkdir systemd-kexec.service.d && "
			    "printf '[Unit]\\nRequires=late.service\\nAfter=late.service\\n' >systemd-kexec.service.d/late.conf && "
			    "printf '[Unit]\\nDefaultDependencies=no\\n[Service]\\nType=oneshot\\nExecStart=snp-kexec status\\n' "
			    ">late.service && systemctl daemon-reload"))
		return false;
	return ask_for_a_jump(r, "late") && inside(r, 120, "! systemctl is-active bystander");
}

const struct scenario systemd_late_scenario = {
	.name = "systemd-late",
	.title = "the control: a guard that systemd-kexec.service requires",
	.on_demand = true,
	.config = { .name = "systemd-late", .disk = "systemd.tar", .memory = "3G", .append = SYSTEMD },
	.steps = {
		{
			.name = "a_guard_that_the_jump_requires_refuses_when_services_are_gone",
			.snp = 2, .after = came_too_late,
		},
	},
};

const struct scenario systemd_unguarded_scenario = {
	.name = "systemd-unguarded",
	.title = "the control: the same without the guard",
	.on_demand = true,
	.config = { .name = "systemd-unguarded", .disk = "systemd.tar", .memory = "3G", .append = SYSTEMD },
	.steps = {
		{
			.name = "without_the_guard_systemctl_kexec_ends_in_a_cold_reset",
			.label = "systemctl kexec, no guard", .next = "6.12", .order = "systemctl kexec",
			.snp = 2, .stock = true, .resets = true, .before = without_the_guard,
		},
	},
};
