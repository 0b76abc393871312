// SPDX-License-Identifier: GPL-2.0-only
/*
 * Caches written back on every core, as DF_FLUSH and SNP_DF_FLUSH demand it after a guest's end (55766,
 * DF_FLUSH; 56860, SNP_DF_FLUSH).
 *
 * On bare metal a CPU that is offline wrote its caches back when it went down (native_play_dead(),
 * arch/x86/kernel/smpboot.c: hlt_play_dead(), acpi_idle_play_dead(), or with idle states of type FFH, from
 * 541ddf31e300 on, mwait_play_dead()), but that counts only for guests that had ended by then, and
 * wbinvd_on_all_cpus() does not reach it. Where the firmware insists it is brought up again.
 */
#include "ccp_ext.h"

#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/ktime.h>
#include <asm/smp.h>

static struct cpumask woken;

static u32 wake(u64 deadline_ns)
{
	unsigned int cpu;
	u32 left = 0;
	int rc;

	cpumask_clear(&woken);
	for_each_present_cpu(cpu) {
		if (cpu_online(cpu))
			continue;
		/* siblings stay down under nosmt; that the other one's WBINVD counts for both is a guess */
		rc = ktime_get_ns() < deadline_ns ? add_cpu(cpu) : -ETIMEDOUT;
		if (rc < 0)
			left++;
		else
			cpumask_set_cpu(cpu, &woken);
	}
	return left;
}

/**
 * ccpx_wbinvd_offline_too() - WBINVD on every CPU, offline ones included
 * @deadline_ns: no CPU is brought up any more after this, ktime
 *
 * On the way out they stay up; the next kernel starts them anew. Else they go down again, which is one
 * WBINVD more.
 *
 * Context: process, ccpx_lock held or module init; takes the locks of CPU hotplug.
 */
void ccpx_wbinvd_offline_too(u64 deadline_ns)
{
	unsigned int cpu;
	u32 left;

	if (ccpx_params.wake_cpus && num_online_cpus() < num_present_cpus()) {
		left = wake(deadline_ns);
		pr_info("firmware wants the caches of all CPUs: %u were offline and are up, %u cannot be had\n",
			cpumask_weight(&woken), left);
	}
	wbinvd_on_all_cpus();
	if (ccpx_leaving)
		return;
	for_each_cpu(cpu, &woken)
		remove_cpu(cpu);
	cpumask_clear(&woken);
}
