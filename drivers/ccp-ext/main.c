// SPDX-License-Identifier: GPL-2.0-only
#include "ccp_ext.h"
#include "kdump.h"
#include "panic.h"

#include <linux/moduleparam.h>
#include <asm/processor.h>

#define REGION_MIN_MB	4	/* one 4 MiB block */
#define REGION_MAX_MB	256	/* what the next kernel accepts */

struct ccpx_params ccpx_params = {
	.region_mb = 4, .zone_mb = 128, .budget_ms = 10000,
	.giveback_rate = 262144, .lazy_spare_mb = 512, .policy = RMPP_POLICY_EVICT,
	.on_unsafe = CCPX_UNSAFE_RESET, .quarantine = true, .giveback = true,
	.giveback_gate = true, .gate = true, .last_look = true, .wake_cpus = true, .cut_max_mb = 64,
	.record_kb = 64, .record_hops = 4, .courier = true, .in_flight = true,
	.rmp_insn = true, .rmp_region = true, .retry = true,
	.spare_kernel = true, .check_map = true, .own_top = true, .retake = true, .iommu_share = true,
	.crash_copy = true, .panic_probes = true, .crash_refresh_ms = 20,
	.panic_evict = true, .panic_budget_ms = 2000,
};

const char * const ccpx_on_unsafe_names[3] = { "reset", "refuse", "proceed" };
DEFINE_MUTEX(ccpx_lock);
bool ccpx_leaving;

static char *policy = "evict";
static char *on_unsafe = "reset";

static int rate_set(const char *text, const struct kernel_param *kp)
{
	unsigned int rate;
	int rc = kstrtouint(text, 0, &rate);

	if (!rc)
		ccpx_giveback_set_rate(rate);
	return rc;
}

static const struct kernel_param_ops rate_ops = { .set = rate_set, .get = param_get_uint };

static int touch_set(const char *text, const struct kernel_param *kp)
{
	unsigned long pa;
	int rc = kstrtoul(text, 0, &pa);

	if (!rc)
		ccpx_touch_page(pa >> PAGE_SHIFT);
	return rc;
}

static int oops_set(const char *text, const struct kernel_param *kp)
{
	bool locked;
	int rc = kstrtobool(text, &locked);

	if (!rc)
		ccpx_watch_oops(locked);
	return rc;
}

static const struct kernel_param_ops oops_ops = { .set = oops_set };
static const struct kernel_param_ops touch_ops = { .set = touch_set };

module_param_named(region_mb, ccpx_params.region_mb, uint, 0444);
MODULE_PARM_DESC(region_mb, "hand-over region, MiB (default 4)");
module_param_named(zone_mb, ccpx_params.zone_mb, uint, 0444);
MODULE_PARM_DESC(zone_mb, "landing zone for the next kernel's image, MiB, 0 for none (default 128)");
module_param_named(budget_ms, ccpx_params.budget_ms, uint, 0644);
MODULE_PARM_DESC(budget_ms, "time that quiesce may take, ms (default 10000)");
module_param_named(handover, ccpx_params.handover, ulong, 0444);
MODULE_PARM_DESC(handover, "physical address of the region that the previous kernel left");
module_param_named(quarantine, ccpx_params.quarantine, bool, 0444);
MODULE_PARM_DESC(quarantine, "keep assigned pages out of the next kernel; 0 is for tests only");
module_param_named(giveback, ccpx_params.giveback, bool, 0444);
MODULE_PARM_DESC(giveback, "return what the previous kernel could not (default 1)");
module_param_cb(giveback_rate, &rate_ops, &ccpx_params.giveback_rate, 0644);
MODULE_PARM_DESC(giveback_rate, "pages a second that are given back, 0 to pause (default 262144, 1 GiB)");
module_param_named(giveback_gate, ccpx_params.giveback_gate, bool, 0444);
MODULE_PARM_DESC(giveback_gate, "stand still while the firmware writes the RMP; 0 is for tests only");
module_param_named(spare_kernel, ccpx_params.spare_kernel, bool, 0444);
MODULE_PARM_DESC(spare_kernel, "never give back pages of the running kernel's image; 0 is for tests only");
module_param_named(check_map, ccpx_params.check_map, bool, 0444);
MODULE_PARM_DESC(check_map, "refuse to keep pages out of memory that the image's map lacks; 0 is for tests only");
module_param_named(lazy_spare_mb, ccpx_params.lazy_spare_mb, uint, 0644);
MODULE_PARM_DESC(lazy_spare_mb, "memory that policy lazy leaves the next kernel at least, MiB (default 512); 0: nobody looks at what it loses, at the end of RAM neither");
module_param_named(record_kb, ccpx_params.record_kb, uint, 0644);
MODULE_PARM_DESC(record_kb, "what a VMM may leave beside a guest, KiB, at most 1024, 0 for nothing (default 64)");
module_param_named(record_hops, ccpx_params.record_hops, uint, 0644);
MODULE_PARM_DESC(record_hops, "jumps after which a record that nobody took is dropped (default 4)");
module_param_named(cut_max_mb, ccpx_params.cut_max_mb, uint, 0644);
MODULE_PARM_DESC(cut_max_mb, "end of RAM that a jump may cost the next kernel at most, MiB (default 64)");
module_param_named(wake_cpus, ccpx_params.wake_cpus, bool, 0644);
MODULE_PARM_DESC(wake_cpus, "bring offline CPUs up where the firmware wants their caches (default 1)");
module_param_named(own_top, ccpx_params.own_top, bool, 0444);
MODULE_PARM_DESC(own_top, "keep guests off the last 2 MiB block of RAM, as far as it is free; 0 is for tests only");
module_param_named(retake, ccpx_params.retake, bool, 0444);
MODULE_PARM_DESC(retake, "take back what was lent to kexec_load and not used; 0 is for tests only");
module_param_named(assume_top, ccpx_params.assume_top, uint, 0644);
MODULE_PARM_DESC(assume_top, "take pages in so many topmost 2 MiB blocks of RAM for assigned; for tests only");
module_param_named(assume_late, ccpx_params.assume_late, ulong, 0644);
MODULE_PARM_DESC(assume_late, "take the page at this address for assigned since the hand-over; for tests only");
module_param_cb(assume_touched, &touch_ops, NULL, 0200);
MODULE_PARM_DESC(assume_touched, "take the page at this address for one that is being assigned now; for tests only");
module_param_named(assume_ended, ccpx_params.assume_ended, bool, 0444);
MODULE_PARM_DESC(assume_ended, "give adopted guests' pages back as if they had ended; for tests only");
module_param_named(crash_copy, ccpx_params.crash_copy, bool, 0444);
MODULE_PARM_DESC(crash_copy, "keep what a crash kernel must know in the region; 0 is for tests only");
module_param_named(crash_refresh_ms, ccpx_params.crash_refresh_ms, uint, 0644);
MODULE_PARM_DESC(crash_refresh_ms, "... which is as old as this at most, ms; for tests only (default 20)");
module_param_named(panic_evict, ccpx_params.panic_evict, bool, 0444);
MODULE_PARM_DESC(panic_evict, "at a panic decommission SNP guests, so that ccp can shut SNP down (default 1)");
module_param_named(panic_budget_ms, ccpx_params.panic_budget_ms, uint, 0644);
MODULE_PARM_DESC(panic_budget_ms, "... for as long as this, ms (default 2000)");
module_param_cb(assume_oops, &oops_ops, NULL, 0200);
MODULE_PARM_DESC(assume_oops, "read what a NULL pointer points to; 1: with a lock held; for tests only");
module_param_named(panic_probes, ccpx_params.panic_probes, bool, 0444);
MODULE_PARM_DESC(panic_probes, "write it once more at a panic; 0 is for tests only");
module_param_named(assume_unlocked, ccpx_params.assume_unlocked, bool, 0444);
MODULE_PARM_DESC(assume_unlocked, "take the IOMMU for one that SNP does not lock; for tests only");
module_param_named(assume_incompat, ccpx_params.assume_incompat, ulong, 0644);
MODULE_PARM_DESC(assume_incompat, "mark the blob with these incompatible features; for tests only");
module_param_named(gate, ccpx_params.gate, bool, 0444);
MODULE_PARM_DESC(gate, "refuse firmware commands and new guests on the way out; 0 is for tests only");
module_param_named(last_look, ccpx_params.last_look, bool, 0444);
MODULE_PARM_DESC(last_look, "look again with one CPU left; 0 is for tests only");
module_param_named(courier, ccpx_params.courier, bool, 0444);
MODULE_PARM_DESC(courier, "wait for firmware commands on the way out for as long as budget_ms says; 0 is for tests only");
module_param_named(in_flight, ccpx_params.in_flight, bool, 0444);
MODULE_PARM_DESC(in_flight, "believe the mailbox that a firmware command is under way, and keep what it uses out of the next kernel (default 1)");
module_param_named(rmp_insn, ccpx_params.rmp_insn, bool, 0444);
MODULE_PARM_DESC(rmp_insn, "read the RMP with RMPREAD where the CPU has it; 0 is for tests only");
module_param_named(rmp_region, ccpx_params.rmp_region, bool, 0444);
MODULE_PARM_DESC(rmp_region, "believe RMPREAD that nothing in a 2 MiB block is assigned (default 1); 0: each page is asked");
module_param_named(iommu_share, ccpx_params.iommu_share, bool, 0444);
MODULE_PARM_DESC(iommu_share, "0: ccp hears that the IOMMU's logs could not be shared again, and takes SNP for up; for tests only");
module_param_named(assume_no_rmp, ccpx_params.assume_no_rmp, bool, 0444);
MODULE_PARM_DESC(assume_no_rmp, "take the RMP's registers for zero; for tests only");
module_param_named(snp_shutdown, ccpx_params.snp_shutdown, uint, 0644);
MODULE_PARM_DESC(snp_shutdown, "0: by ccp where it offers that, else by single commands (default); 1: by single commands, 2: not at all, both for tests only");
module_param_named(linger_ms, ccpx_params.linger_ms, uint, 0644);
MODULE_PARM_DESC(linger_ms, "wait behind the reboot notifiers, ms; for tests only");
module_param_named(retry, ccpx_params.retry, bool, 0444);
MODULE_PARM_DESC(retry, "ask the firmware again for what it refused; 0 is for tests only");
module_param_named(reenter, ccpx_params.reenter, bool, 0644);
MODULE_PARM_DESC(reenter, "call the reboot notifier once more when all are done; for tests only");
module_param_named(parked, ccpx_params.parked, bool, 0444);
MODULE_PARM_DESC(parked, "the previous kernel parked the IOMMUs; set by it");
module_param(policy, charp, 0444);
MODULE_PARM_DESC(policy, "what becomes of guests: evict, lazy or preserve");
module_param(on_unsafe, charp, 0444);
MODULE_PARM_DESC(on_unsafe, "jump that is not safe: reset, refuse or proceed");

static int __init parse_words(void)
{
	int i, rc;

	rc = ccpx_policy_set(policy);
	if (rc) {
		pr_err("policy=%s is unknown; known: evict, lazy, preserve\n", policy);
		return rc;
	}
	i = match_string(ccpx_on_unsafe_names, ARRAY_SIZE(ccpx_on_unsafe_names), on_unsafe);
	if (i < 0) {
		pr_err("on_unsafe=%s is unknown; known: reset, refuse, proceed\n", on_unsafe);
		return -EINVAL;
	}
	ccpx_params.on_unsafe = i;
	if (ccpx_params.region_mb < REGION_MIN_MB || ccpx_params.region_mb > REGION_MAX_MB) {
		pr_err("region_mb=%u: must be %d to %d\n", ccpx_params.region_mb,
		       REGION_MIN_MB, REGION_MAX_MB);
		return -EINVAL;
	}
	return 0;
}

static int __init ccpx_init(void)
{
	u64 adopt_pa = 0, adopt_size = 0;
	int rc;

	if (ccpx_in_crash_kernel())
		return ccpx_kdump_init();
	rc = parse_words();
	if (rc)
		return rc;
	if (boot_cpu_data.x86_vendor != X86_VENDOR_AMD &&
	    boot_cpu_data.x86_vendor != X86_VENDOR_HYGON)
		pr_warn("not an AMD CPU: nothing to guard\n");
	if (!ccpx_params.quarantine)
		pr_crit("quarantine=0: assigned pages will be handed to the next kernel\n");
	if (!ccpx_params.courier || !ccpx_params.in_flight)
		pr_crit("courier=%d in_flight=%d: a PSP that hangs is not dealt with\n",
			ccpx_params.courier, ccpx_params.in_flight);
	if (!ccpx_params.gate || !ccpx_params.last_look)
		pr_crit("gate=%d last_look=%d: what changes on the way out goes unnoticed\n",
			ccpx_params.gate, ccpx_params.last_look);
	if (!ccpx_params.rmp_insn)
		pr_crit("rmp_insn=0: the words of the RMP are taken for those of Zen 3\n");

	rc = ccpx_capture_init();
	if (rc)
		return rc;
	rc = ccpx_restore_init(&adopt_pa, &adopt_size);
	if (rc)
		goto err_capture;
	rc = ccpx_memory_init(adopt_pa, adopt_size);
	if (rc)
		goto err_memory;
	ccpx_mailbox_init();
	rc = ccpx_courier_init();
	if (rc)
		goto err_mailbox;
	rc = ccpx_watch_init();
	if (rc)
		goto err_courier;
	rc = ccpx_image_init();
	if (rc)
		goto err_watch;
	ccpx_gate_init();
	ccpx_reset_init();
	ccpx_image_file_init();
	ccpx_restore_mfdm();
	ccpx_reclaim();
	ccpx_records_restore();
	ccpx_iommu_forget();
	ccpx_iommu_share_init();
	ccpx_park_init();
	rc = ccpx_jump_init();
	if (rc)
		goto err_park;
	ccpx_panic_init();
	rc = ccpx_reboot_init();
	if (rc)
		goto err_panic;
	rc = ccpx_sysfs_init();
	if (rc)
		goto err_reboot;
	rc = ccpx_record_dev_init();
	if (rc)
		goto err_sysfs;
	ccpx_giveback_start();
	return 0;

err_sysfs:
	ccpx_sysfs_exit();
err_reboot:
	ccpx_reboot_exit();
err_panic:
	ccpx_panic_exit();
	ccpx_jump_exit();
err_park:
	ccpx_park_exit();
	ccpx_iommu_share_exit();
	ccpx_reset_exit();
	ccpx_gate_exit();
	ccpx_image_file_exit();
	ccpx_image_exit();
err_watch:
	ccpx_adopt_exit();
	ccpx_watch_exit();
	ccpx_records_exit();
	ccpx_giveback_exit();
err_courier:
	ccpx_courier_exit();
err_mailbox:
	ccpx_mailbox_exit();
err_memory:
	ccpx_memory_exit();
	ccpx_restore_exit();
err_capture:
	ccpx_capture_exit();
	return rc;
}

static void __exit ccpx_exit(void)
{
	ccpx_record_dev_exit();
	ccpx_sysfs_exit();
	ccpx_reboot_exit();
	ccpx_panic_exit();
	ccpx_jump_exit();
	ccpx_park_exit();
	ccpx_iommu_share_exit();
	ccpx_reset_exit();
	ccpx_gate_exit();
	ccpx_image_file_exit();
	ccpx_image_exit();
	ccpx_adopt_exit();
	ccpx_watch_exit();
	ccpx_records_exit();
	ccpx_giveback_exit();
	ccpx_courier_exit();
	ccpx_mailbox_exit();
	ccpx_memory_exit();
	ccpx_restore_exit();
	ccpx_capture_exit();
}

module_init(ccpx_init);
module_exit(ccpx_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Safe kexec and kdump for AMD SEV/SNP hosts");
MODULE_VERSION(CCPX_VERSION);
/* read by snp-kexec annotate, from the module file that goes into an initramfs */
MODULE_INFO(handover, RMPP_FEATURES_RESTORED);
