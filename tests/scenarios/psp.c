// SPDX-License-Identifier: GPL-2.0-only
#include <unistd.h>

#include "psp.h"

#define BUDGET_MS	3000
/* what comes on top of it: a moment for the last look, scans, devices, all on emulated processors */
#define BEYOND_MS	5000
#define LATE_MS		90000
#define BOOT_MS		60000

bool psp_way_out_took(struct run *r, long long *ms)
{
	struct json_object *mark = machine_event(&r->machine, "mark");
	struct json_object *jump = machine_event(&r->machine, "kexec-jump");

	if (!mark || !jump)
		return fail(r, "the machine saw no mark, or no jump");
	*ms = (json_object_get_int64(firmware_member(jump, "time_ns")) -
	       json_object_get_int64(firmware_member(mark, "time_ns"))) / 1000000;
	snprintf(r->note, sizeof(r->note), "%lld ms from reboot(2) to the jump, %d ms in all, %lld pages kept",
		 *ms, r->hop.host_ms, r->hop.kept);
	return true;
}

bool psp_jumped_in_time(struct run *r)
{
	long long ms;

	return psp_way_out_took(r, &ms) &&
	       (ms <= BUDGET_MS + BEYOND_MS || fail(r, "%lld ms from reboot(2) to the jump", ms));
}

bool psp_is_still_busy(struct run *r)
{
	bool busy;

	return firmware_is_busy(r, &busy) && (busy || fail(r, "the command was answered before it was time"));
}

bool psp_wait(struct run *r)
{
	bool busy = true;

	for (int ms = 0; ms < LATE_MS; ms += 100) {
		if (!firmware_is_busy(r, &busy))
			return false;
		if (!busy)
			return true;
		usleep(100000);
	}
	return fail(r, "the PSP is still busy");
}

bool psp_is_left_alone(struct run *r)
{
	if (r->machine.hello.boot_ms >= BOOT_MS)
		return fail(r, "the next kernel took %lld ms to its agent",
			    (long long)r->machine.hello.boot_ms);
	return inside(r, 30, "grep -qx degraded " SYSFS "/state && grep 'PSP did not answer' " SYSFS "/state && "
			     "grep -qxE 'off|done' " SYSFS "/giveback");
}
