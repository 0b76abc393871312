// SPDX-License-Identifier: GPL-2.0-only
/* /sys/kernel/ccp_ext/psp: what has been seen of the PSP, for whoever asks often. Asks nobody itself. */
#include "ccp_ext.h"
#include "sysfs.h"

#define LINE_MAX	80

SHOW(psp)
{
	static struct rmpp_psp_counts counts;	/* by ccpx_lock */
	struct ccpx_watch_state w;
	u32 guests[RMPP_GUEST_SNP + 1], i;
	ssize_t n;

	if (mutex_lock_interruptible(&ccpx_lock))
		return -ERESTARTSYS;
	ccpx_watch_get(&w);
	ccpx_watch_counts(&counts);
	ccpx_guests_by_kind(guests);
	n = sysfs_emit(buf, "sev %s\nsnp %s\nguests_sev %u\nguests_sev_es %u\nguests_snp %u\n",
		       ccpx_firmware_state(w.sev_state), ccpx_firmware_state(w.snp_state),
		       guests[RMPP_GUEST_SEV], guests[RMPP_GUEST_SEV_ES], guests[RMPP_GUEST_SNP]);
	for (i = 0; i < RMPP_PSP_COMMANDS && n < PAGE_SIZE - LINE_MAX; i++)
		if (counts.v[i].commands)
			n += sysfs_emit_at(buf, n, "command %#x %s %llu %llu %llu %llu\n", i,
					   rmpp_psp_command_name(i), counts.v[i].commands,
					   counts.v[i].errors, counts.v[i].unanswered,
					   counts.v[i].latency_us);
	if (i < RMPP_PSP_COMMANDS)
		n += sysfs_emit_at(buf, n, "...\n");
	mutex_unlock(&ccpx_lock);
	return n;
}
RO(psp);

static struct attribute *attrs[] = { &psp_attr.attr, NULL };

const struct attribute_group ccpx_sysfs_psp_group = { .attrs = attrs };
