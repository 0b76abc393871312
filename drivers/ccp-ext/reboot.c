// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reboot path: quiesce, capture, publish, and a last look at what is about
 * to be jumped into. A notifier cannot veto a kexec; what is not safe becomes a
 * cold reset instead, which is slow and orderly.
 */
#include "ccp_ext.h"
#include "panic.h"

#include <linux/atomic.h>
#include <linux/ktime.h>
#include <linux/reboot.h>
#include <asm/msr.h>

#include <chain.h>

#define RMP_LOST	"the RMP is enforced and cannot be read"

static atomic_t entered = ATOMIC_INIT(0);
static struct ccpx_quiesce quiesce;
static struct ccpx_capture capture;
static struct rmpp_guest_ser before[CCPX_MAX_GUESTS], after[CCPX_MAX_GUESTS];

static bool same_guest(const struct rmpp_guest_ser *a, const struct rmpp_guest_ser *b)
{
	return a->kind == b->kind && a->gctx_pa == b->gctx_pa && a->handle == b->handle;
}

static bool guest_in(const struct rmpp_guest_ser *g, const struct rmpp_guest_ser *v, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (same_guest(g, &v[i]))
			return true;
	return false;
}

static u32 quiesce_host(void)
{
	u32 nr_before, nr_left, nr_after, nr_ends, i;
	struct ccpx_psp psp;
	int rc;

	nr_before = ccpx_guests_get(before, CCPX_MAX_GUESTS);
	ccpx_quiesce_guests(&quiesce);
	nr_left = ccpx_guests_get(after, CCPX_MAX_GUESTS);
	for (i = 0; i < nr_before; i++)
		before[i].fate = guest_in(&before[i], after, nr_left) ?
				 RMPP_FATE_DECOMMISSIONED : RMPP_FATE_EVICTED;

	rc = ccpx_psp_open(&psp, quiesce.deadline_ns);
	if (rc == -ENODEV) {
		pr_info("no SEV on this CPU: nothing to shut down\n");
		quiesce.verified = true;
		return nr_before;
	}
	if (rc) {
		pr_err("firmware cannot be reached (%pe)\n", ERR_PTR(rc));
		quiesce.tmr_locked = true;
		ccpx_gate_freeze_ccp();
		return nr_before;
	}
	nr_ends = nr_left;
	if (quiesce.policy == RMPP_POLICY_PRESERVE)
		nr_ends = ccpx_preserve_sort(&psp, after, nr_left);
	if (nr_ends < nr_left)
		ccpx_quiesce_some(&quiesce, &psp, after, nr_ends);
	else
		ccpx_quiesce_firmware(&quiesce, &psp, after, nr_left);
	ccpx_psp_close(&psp);

	nr_after = ccpx_guests_get(after, CCPX_MAX_GUESTS);
	for (i = 0; i < nr_before; i++)
		if (!ccpx_preserve_stays(&before[i]) && guest_in(&before[i], after, nr_after))
			before[i].fate = RMPP_FATE_LOST;
	if (!quiesce.verified)
		ccpx_gate_freeze_ccp();
	return nr_before;
}

/* Whose pages are whose, a capture tells; while commands can still be sent. */
static void prove_guests(u32 nr_guests)
{
	const void *blob;
	u64 size;

	if (quiesce.policy != RMPP_POLICY_PRESERVE)
		return;
	ccpx_capture(&capture, &quiesce, before, nr_guests);
	blob = ccpx_capture_blob(&size);
	ccpx_preserve_prove(blob, size, quiesce.deadline_ns);
}

/* Why a jump would not be safe, or NULL. */
static const char *unsafe_reason(void)
{
	static char why[96];
	enum ccpx_image_verdict v;
	struct ccpx_watch_state w;
	bool empty = !capture.extents.nr && !ccpx_restore.hidden && !ccpx_restore_aside()->nr;

	ccpx_watch_get(&w);
	v = ccpx_image_check(ccpx_capture_assigned(), true, why, sizeof(why));
	if (v == CCPX_IMAGE_CORRUPT)
		return why;
	if (capture.rmp_unreadable)
		return RMP_LOST;
	if (capture.in_flight)
		return capture.in_flight;
	if (!ccpx_jump_armed() && ccpx_snp_enabled_here())
		return "pages can change hands until the jump, and nobody would see it";
	if (!quiesce.verified && !ccpx_watch_complete())
		return "firmware is up, and not every command was seen (ccp was loaded before ccp_ext?)";
	if (ccpx_park_needed(&quiesce) && (v != CCPX_IMAGE_CLEAN || capture.park_err))
		return "SNP is still enabled, and the next kernel could not drive the IOMMU";
	if (quiesce.tmr_locked && !w.tmr_known)
		return "firmware is up and its TMR is unknown";
	if (quiesce.tmr_locked && !ccpx_gate_can_freeze())
		return "firmware is up and ccp cannot be kept from freeing its TMR";
	if (empty && !quiesce.tmr_locked)
		return NULL;
	if (!ccpx_params.quarantine)
		return NULL;	/* left out on request: the control run of the tests */
	if (ccpx_restore.hidden)
		return "memory that must be kept out is hidden from this kernel (mem= on its command line?)";
	if (capture.chain_err)
		return chain_strerror(capture.chain_err);
	if (capture.blob_size < 0)
		return rmpp_strerror(capture.blob_size);
	if (v != CCPX_IMAGE_CLEAN)
		return why[0] ? why : "no image is known";
	return ccpx_image_lacks(&capture.extents) ?: ccpx_image_frees(ccpx_restore_aside());
}

/* What an earlier jump cost, as far as nobody has it any more. */
static void give_top(u32 nr_guests)
{
	char why[96];
	u64 pfn, nr = ccpx_capture_can_give_top(&pfn);
	int rc;

	if (!nr || ccpx_image_check(ccpx_capture_assigned(), true, why, sizeof(why)) != CCPX_IMAGE_CLEAN)
		return;
	rc = ccpx_image_give_top(pfn, nr);
	if (rc) {
		pr_info("the end of RAM stays cut off: the next kernel's map cannot be changed (%pe)\n",
			ERR_PTR(rc));
		return;
	}
	ccpx_capture_give_top(nr);
	ccpx_top_given(nr);
	pr_info("the next kernel's RAM ends at %#llx again\n", (pfn + nr) << PAGE_SHIFT);
	ccpx_capture(&capture, &quiesce, before, nr_guests);
}

/* Costs the next kernels cut_max_mb at most until it is free, and saves the host a cold boot. */
static void cut_top(u32 nr_guests)
{
	char why[96];
	u64 pfn;
	int rc;

	if (ccpx_image_check(ccpx_capture_assigned(), true, why, sizeof(why)) != CCPX_IMAGE_CLEAN)
		return;
	if (!ccpx_capture_can_cut_top()) {
		pr_warn("pages that must be kept out fill more of the top of RAM than the next kernel may lose (cut_max_mb)\n");
		return;
	}
	rc = ccpx_top_cut(&pfn);
	if (rc) {
		pr_warn("topmost block of RAM cannot be taken out of the next kernel's map (%pe)\n",
			ERR_PTR(rc));
		return;
	}
	pr_info("assigned pages at the top of RAM: the next kernel's RAM ends at %#llx\n",
		pfn << PAGE_SHIFT);
	ccpx_capture(&capture, &quiesce, before, nr_guests);
}

static void act_on_unsafe(const char *why)
{
	if (ccpx_unsafe(why))
		ccpx_reset();
}

static int reboot_notify(struct notifier_block *nb, unsigned long code, void *cmd)
{
	const char *why;
	u32 nr_guests;

	/* kernel_kexec() is told from other restarts by its command string only */
	if (code != SYS_RESTART || !cmd || strcmp(cmd, "kexec reboot"))
		return NOTIFY_DONE;
	if (atomic_xchg(&entered, 1))
		return NOTIFY_DONE;

	mutex_lock(&ccpx_lock);
	/*
	 * KVM frees the pages of a guest that ends as they are if it cannot read their entries
	 * (6.12: sev_gmem_invalidate(), 7.3: sev_gmem_make_shared()): so none may end any more.
	 */
	if (ccpx_rmp_lost())
		act_on_unsafe(RMP_LOST);
	ccpx_quiesce_begin(&quiesce, ccpx_params.budget_ms);
	/* a look at the running host, which is one no more from the next line on */
	quiesce.policy = ccpx_policy_for_jump();
	ccpx_leaving = true;
	ccpx_records_freeze();
	ccpx_panic_leave();
	ccpx_gate_set(CCPX_GATE_CLOSING);
	nr_guests = quiesce_host();
	prove_guests(nr_guests);
	ccpx_gate_set(CCPX_GATE_CLOSED);
	ccpx_mailbox_settle();

	ccpx_capture(&capture, &quiesce, before, nr_guests);
	give_top(nr_guests);
	/* it is a quarantine too: the control run of the tests goes without */
	if (capture.chain_err == -CHAIN_ERR_TOP && ccpx_params.quarantine)
		cut_top(nr_guests);
	why = unsafe_reason();
	if (!why && ccpx_park_needed(&quiesce))
		why = ccpx_park_prepare();
	if (why)
		act_on_unsafe(why);

	capture.chain_err = ccpx_capture_publish(&capture);
	if (capture.chain_err && capture.extents.nr)
		act_on_unsafe(chain_strerror(capture.chain_err));
	ccpx_image_file_seal();
	pr_info("handed over: %lld byte blob, %u extents of %llu MiB kept out, %llu pages assigned, firmware %s, %llu us\n",
		capture.blob_size, capture.extents.nr, rmpp_extents_pages(&capture.extents) >> 8,
		capture.nr_assigned, quiesce.verified ? "shut down" : "NOT shut down",
		(ktime_get_ns() - quiesce.t0_ns) / NSEC_PER_USEC);
	ccpx_jump_announce(&capture, &quiesce, before, nr_guests);
	mutex_unlock(&ccpx_lock);
	return NOTIFY_DONE;
}

/* First of all: guests end while KVM and ccp still work (kvm_reboot is 0). */
static struct notifier_block reboot_nb = {
	.notifier_call = reboot_notify,
	.priority = INT_MAX,
};

int ccpx_reboot_init(void)
{
	return register_reboot_notifier(&reboot_nb);
}

/* Only for tests: as if somebody restarted this host once more on its way out. */
void ccpx_reboot_again(void *cmd)
{
	reboot_notify(&reboot_nb, SYS_RESTART, cmd);
}

void ccpx_reboot_exit(void)
{
	unregister_reboot_notifier(&reboot_nb);
}
