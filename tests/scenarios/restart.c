// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ways out that are no kexec: reboot, poweroff, a cold reset. A reset makes the firmware forget everything,
 * and what it forgot must not be remembered by anybody else; the persistent storage is a UEFI
 * firmware's (ACPI ERST), for which pstore needs no module.
 */
#include <string.h>

#include "firmware.h"
#include "hop.h"

#define SYSFS		"/sys/kernel/ccp_ext"
#define PSTORE		"/sys/fs/pstore"
#define OFF_TIMEOUT_MS	60000

#define STORAGE { "-object", "memory-backend-ram,id=erst,size=64K", "-device", "acpi-erst,memdev=erst" }

/* A boot like any other: nothing handed over, nothing kept out, and guests start. */
static bool is_a_normal_boot(struct run *r)
{
	return inside(r, 60, "grep -qx 'found 0' " SYSFS "/restore && grep -qx 'pages_quarantined 0' " SYSFS "/restore && "
			     "grep -qx ready " SYSFS "/state && ! grep -q ccp_ext.handover /proc/cmdline") &&
	       inside(r, 120, "sevguest --kind snp --json && sevguest --kind sev-es --json") && fill_memory(r);
}

static bool reboots(struct run *r)
{
	return hop_comes_back(r, "reboot -f") && is_a_normal_boot(r);
}

static bool left_nothing_behind(struct run *r)
{
	return left_nothing(r) && fill_memory(r);
}

static bool restarts_in_disguise(struct run *r)
{
	return hop_comes_back(r, "stockkexec --restart") && is_a_normal_boot(r);
}

static bool holds_a_quarantine(struct run *r)
{
	return r->hop.kept > 0 || fail(r, "nothing was kept, although SHUTDOWN was refused");
}

static bool reboots_beside_a_quarantine(struct run *r)
{
	return inside_fails(r, 1, "", "rmmod ccp_ext 2>&1") && reboots(r);
}

/* Without the module's word for it the log of such a reset is not kept. */
static bool stock_reset_leaves_no_reason(struct run *r)
{
	return answer_again(r) && hop_comes_back(r, "echo b >/proc/sysrq-trigger") &&
	       inside(r, 30, "mount -t pstore none " PSTORE " && grep -q . /sys/module/pstore/parameters/backend && "
			     "! ls " PSTORE "/* 2>/dev/null");
}

static bool reason_is_kept(struct run *r)
{
	return answer_again(r) &&
	       inside(r, 30, "mount -t pstore none " PSTORE " && grep -h '^Panic#' " PSTORE "/dmesg-erst-* && "
			     "grep -h 'ccp_ext: kexec is not safe: .*cold reset instead' " PSTORE "/dmesg-erst-*") &&
	       is_a_normal_boot(r);
}

static bool is_uninit(struct run *r)
{
	struct json_object *status = firmware_status(r);
	bool ok;

	if (!status)
		return false;
	ok = !strcmp(json_object_get_string(firmware_member(status, "sev_state")), "UNINIT") &&
	     !strcmp(json_object_get_string(firmware_member(status, "snp_state")), "UNINIT") &&
	     !json_object_get_boolean(firmware_member(firmware_member(status, "tmr"), "locked"));
	json_object_put(status);
	return ok || fail(r, "the firmware is up after a poweroff");
}

static bool powers_off(struct run *r)
{
	struct machine *m = &r->machine;

	machine_forget_events(m);
	if (machine_run_async(m, "killall sevguest; sleep 2; poweroff -f") ||
	    machine_wait_event(m, "shutdown", OFF_TIMEOUT_MS))
		return fail(r, "%s", m->error);
	return is_uninit(r);
}

const struct scenario restart_scenario = {
	.name = "restart",
	.title = "reboots, cold resets and a poweroff with ccp_ext loaded",
	.config = { .name = "restart", .reboots = true, .pauses = true, .arguments = STORAGE },
	.steps = {
		{
			.name = "a_reboot_with_guests_alive_is_followed_by_a_normal_boot",
			.sev_es = 1, .snp = 1, .after = reboots,
		},
		{
			.name = "a_restart_that_calls_itself_a_kexec_is_followed_by_a_normal_boot",
			.sev_es = 1, .snp = 1, .after = restarts_in_disguise,
		},
		{
			.name = "a_kexec_past_all_tools_leaves_nothing_behind",
			.label = "kexec -f -e, guests alive", .next = "6.12", .sev_es = 1, .snp = 1,
			.force = true, .after = left_nothing_behind,
		},
		{
			.name = "a_quarantine_is_held_before_the_reboot",
			.label = "SHUTDOWN refused", .next = "6.12", .before = refuse_shutdown,
			.after = holds_a_quarantine,
		},
		{
			.name = "a_reboot_beside_a_quarantine_is_followed_by_a_normal_boot",
			.after = reboots_beside_a_quarantine,
		},
		{
			.name = "a_stock_emergency_reset_leaves_no_reason_in_pstore",
			.after = stock_reset_leaves_no_reason,
		},
		{
			.name = "the_reason_of_a_cold_reset_is_in_pstore_after_it",
			.label = "stock image, SHUTDOWN refused", .next = "6.12", .stock = true, .resets = true,
			.before = refuse_shutdown, .after = reason_is_kept,
		},
		{
			.name = "a_poweroff_with_ccp_ext_loaded_leaves_the_firmware_shut_down",
			.snp = 1, .after = powers_off,
		},
	},
};
