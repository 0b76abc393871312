// SPDX-License-Identifier: GPL-2.0-only
/*
 * Quiesce: bring the firmware to rest in the order that it demands (AMD 56860,
 * SNP_SHUTDOWN_EX; 55766, SHUTDOWN):
 *
 *   guests gone -> DECOMMISSION -> WBINVD on every core -> DF_FLUSH ->
 *   SEV SHUTDOWN -> TMR reclaimed -> SNP_SHUTDOWN_EX -> both states read back
 *
 * Each refusal is answered by its own rule: 0xE by WBINVD, 0xF by a flush. The
 * same steps run from the reboot notifier through ccp, and in the next kernel
 * through the mailbox, before ccp probes.
 */
#include "ccp_ext.h"
#include "psp_abi.h"

#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/smp.h>
#include <asm/smp.h>

#define TRIES_FLUSH	8	/* answers 0xE and 0xF, each of which is progress */
#define TRIES_REFUSED	3	/* any other refusal */
#define REFUSED_WAIT_MS	20

void ccpx_quiesce_begin(struct ccpx_quiesce *q, unsigned int budget_ms)
{
	memset(q, 0, sizeof(*q));
	q->t0_ns = ktime_get_ns();
	q->deadline_ns = q->t0_ns + (u64)budget_ms * NSEC_PER_MSEC;
	q->sev_state = q->snp_state = RMPP_STATE_UNKNOWN;
	q->guest_count = U32_MAX;
}

static bool time_left(const struct ccpx_quiesce *q)
{
	return ktime_get_ns() < q->deadline_ns;
}

/* The last slot is used again and again once all are taken. */
struct rmpp_step_ser *ccpx_step_begin(struct ccpx_quiesce *q, u16 step)
{
	struct rmpp_step_ser *s;

	if (q->nr_steps < CCPX_MAX_STEPS)
		q->nr_steps++;
	s = &q->step[q->nr_steps - 1];
	memset(s, 0, sizeof(*s));
	s->step = cpu_to_le16(step);
	s->start_us = cpu_to_le64((ktime_get_ns() - q->t0_ns) / NSEC_PER_USEC);
	return s;
}

void ccpx_step_end(struct ccpx_quiesce *q, struct rmpp_step_ser *s, int rc, u32 status)
{
	u64 now = (ktime_get_ns() - q->t0_ns) / NSEC_PER_USEC;

	s->result = cpu_to_le32(rc < 0 ? -rc : rc);
	s->psp_status = cpu_to_le32(status);
	s->duration_us = cpu_to_le64(now - le64_to_cpu(s->start_us));
	pr_info("%s: %s after %llu us, %u tries, %u done, firmware status %#x\n",
		rmpp_step_name(le16_to_cpu(s->step)), rc ? "failed" : "ok",
		le64_to_cpu(s->duration_us), le16_to_cpu(s->tries), le32_to_cpu(s->count),
		status);
}

static void wbinvd_all(struct rmpp_step_ser *s)
{
	wbinvd_on_all_cpus();
	if (s)
		s->count = cpu_to_le32(num_online_cpus());
}

/* -ETIME is none: there was no time to ask. */
static void note_death(struct ccpx_quiesce *q, int rc)
{
	q->psp_dead |= rc == -EBUSY || rc == -ETIMEDOUT;
}

static int cmd_retry(struct ccpx_quiesce *q, struct ccpx_psp *psp, struct rmpp_step_ser *s,
		     u32 cmd, void *data, u32 len, u32 *status)
{
	u32 flush = cmd < PSP_FIRST_SNP_CMD ? PSP_SEV_DF_FLUSH : PSP_SNP_DF_FLUSH;
	unsigned int tries, refused = 0;
	u32 flush_status;
	int rc = -ETIMEDOUT;

	/* once at least; whether that is too late, the way to the firmware decides */
	for (tries = 0; tries < TRIES_FLUSH && (!tries || time_left(q)); tries++) {
		rc = ccpx_psp_cmd(psp, cmd, data, len, status);
		q->nr_commands++;
		le16_add_cpu(&s->tries, 1);
		if (rc != -EIO)
			break;
		if (*status == PSP_WBINVD_REQUIRED) {
			ccpx_wbinvd_offline_too(q->deadline_ns);
			continue;
		}
		if (*status == PSP_DFFLUSH_REQUIRED) {
			wbinvd_all(NULL);
			ccpx_psp_cmd(psp, flush, NULL, 0, &flush_status);
			q->nr_commands++;
			if (flush_status == PSP_WBINVD_REQUIRED)
				ccpx_wbinvd_offline_too(q->deadline_ns);
			continue;
		}
		if (++refused == TRIES_REFUSED)
			break;
		msleep(REFUSED_WAIT_MS);
	}
	note_death(q, rc);
	return rc;
}

/* A gone guest is not enough: guest_memfd returns pages while the VMM's files close. */
static u32 evict(u64 until_ns)
{
	if (ccpx_guests_count())
		ccpx_guests_signal_vmms(SIGKILL);
	/* nobody would end a guest that was preserved: it is decommissioned at once */
	while ((ccpx_guests_owned() || ccpx_guests_vmms_alive()) && ktime_get_ns() < until_ns)
		usleep_range(500, 1000);
	return ccpx_guests_count();
}

/*
 * A VMM that ends takes its pages apart one by one, and there may be millions. A VMM
 * that is stopped changes nothing any more, and never runs again. Nobody is asked to
 * finish: a signal stops a thread no earlier than on its way back to user mode.
 */
static u32 stop(u64 until_ns)
{
	ccpx_guests_signal_vmms(SIGSTOP);
	while (ccpx_guests_vmms_running() && ktime_get_ns() < until_ns)
		usleep_range(100, 200);
	return ccpx_guests_vmms_running();
}

/**
 * ccpx_quiesce_guests() - see to it that no guest runs any more
 * @q: begun; policy is the one that this jump can have
 *
 * evict: VMMs are killed, and waited for until KVM has torn their guests down. lazy and
 * preserve: VMMs are stopped, and their guests' pages stay as they are. At most half of the budget;
 * guests that the firmware still has are decommissioned in ccpx_quiesce_firmware().
 *
 * Context: process, reboot notifier (userspace still runs), ccpx_lock held.
 */
void ccpx_quiesce_guests(struct ccpx_quiesce *q)
{
	u64 until = q->t0_ns + (q->deadline_ns - q->t0_ns) / 2;
	struct rmpp_step_ser *s = ccpx_step_begin(q, RMPP_STEP_EVICT);
	u32 before = ccpx_guests_count(), left;

	left = q->policy == RMPP_POLICY_EVICT ? evict(until) : stop(until);
	q->nr_evicted = before - min(before, left);
	s->count = cpu_to_le32(q->nr_evicted);
	ccpx_step_end(q, s, left ? -ETIMEDOUT : 0, 0);
}

static bool guest_is_gone(int rc, u32 status)
{
	return !rc || (rc == -EIO && (status == PSP_INVALID_GUEST || status == PSP_INVALID_ADDRESS));
}

/*
 * What KVM took for its guests, contexts among it. Only an initialised firmware lets
 * go of its pages (56860, SNP_PAGE_RECLAIM). One that it keeps stays assigned, and is
 * kept out like all that is. Where guests were waited for there are none left.
 */
static void reclaim_kvm_pages(struct ccpx_quiesce *q, struct ccpx_psp *psp)
{
	static u64 pa[CCPX_MAX_FW_PAGES];
	u32 i, nr = ccpx_pages_get(pa, ARRAY_SIZE(pa)), status;

	for (i = 0; i < nr && !q->psp_dead; i++) {
		struct psp_snp_addr d = { pa[i] };
		int rc = ccpx_psp_cmd(psp, PSP_SNP_PAGE_RECLAIM, &d, sizeof(d), &status);

		if (!rc)
			ccpx_rmp_make_shared(pa[i] >> PAGE_SHIFT, false);
		note_death(q, rc);
		q->nr_commands++;
	}
}

static void decommission(struct ccpx_quiesce *q, struct ccpx_psp *psp,
			 const struct rmpp_guest_ser *guests, u32 nr)
{
	struct rmpp_step_ser *s = ccpx_step_begin(q, RMPP_STEP_DECOMMISSION);
	u32 i, status = 0, last = 0;
	int rc, err = 0;

	for (i = 0; i < nr && !q->psp_dead; i++) {
		if (guests[i].kind == RMPP_GUEST_SNP) {
			struct psp_snp_addr d = { le64_to_cpu(guests[i].gctx_pa) };

			rc = cmd_retry(q, psp, s, PSP_SNP_DECOMMISSION, &d, sizeof(d), &status);
		} else {
			struct psp_sev_handle d = { le32_to_cpu(guests[i].handle) };

			/* ACTIVE is refused; a guest without ASID answers INACTIVE, which is fine */
			note_death(q, ccpx_psp_cmd(psp, PSP_SEV_DEACTIVATE, &d, sizeof(d), &status));
			q->nr_commands++;
			rc = cmd_retry(q, psp, s, PSP_SEV_DECOMMISSION, &d, sizeof(d), &status);
		}
		if (guest_is_gone(rc, status)) {
			q->nr_decommissioned++;
		} else {
			err = rc;
			last = status;
		}
	}
	s->count = cpu_to_le32(q->nr_decommissioned);
	ccpx_step_end(q, s, err, last);
}

/* A step that is one command without data. */
static int plain_step(struct ccpx_quiesce *q, struct ccpx_psp *psp, u16 step, u32 cmd)
{
	struct rmpp_step_ser *s = ccpx_step_begin(q, step);
	u32 status = 0;
	int rc = cmd_retry(q, psp, s, cmd, NULL, 0, &status);

	ccpx_step_end(q, s, rc, status);
	return rc;
}

/*
 * Firmware pages can only be reclaimed while SNP is INIT (56860,
 * SNP_PAGE_RECLAIM), so before the shutdown: TMR, old contexts, command pages.
 * Pages of the IOMMU are refused here; the shutdown turns them to Reclaim.
 */
static void reclaim_immutable(struct ccpx_quiesce *q, struct ccpx_psp *psp)
{
	struct rmpp_step_ser *s = ccpx_step_begin(q, RMPP_STEP_TMR_RECLAIM);
	const struct rmpp_extents *x = &ccpx_restore.held;
	struct ccpx_rmp rmp;
	struct rmpp_entry e;
	u64 pfn, n = 0, refused = 0;
	u32 i, status = 0, last = 0;
	int rc;

	rc = ccpx_rmp_open(&rmp);
	for (i = 0; !rc && i < x->nr && !q->psp_dead; i++) {
		for (pfn = x->v[i].pfn; pfn < x->v[i].pfn + x->v[i].nr_pages; pfn++) {
			struct psp_snp_addr d = { pfn << PAGE_SHIFT };

			ccpx_rmp_entry(&rmp, pfn, &e);
			if (!e.assigned || !e.immutable)
				continue;
			/* the rest comes back with the next SNP_INIT_EX, and nobody waits for it */
			if (!time_left(q)) {
				rc = -ETIME;
				goto out;
			}
			rc = ccpx_psp_cmd(psp, PSP_SNP_PAGE_RECLAIM, &d, sizeof(d), &status);
			if (!rc) {
				n++;
			} else {
				refused++;
				last = status;
			}
			q->nr_commands++;
			note_death(q, rc);
			if (rc && rc != -EIO)
				goto out;
			rc = 0;
			cond_resched();
		}
	}
out:
	ccpx_rmp_close(&rmp);
	s->count = cpu_to_le32(n);
	s->tries = cpu_to_le16(min_t(u64, n + refused, U16_MAX));
	ccpx_step_end(q, s, rc, last);
}

static int raw_snp_shutdown(struct ccpx_quiesce *q, struct ccpx_psp *psp)
{
	struct psp_snp_shutdown_ex d = { .len = sizeof(d), .flags = 1 };
	struct rmpp_step_ser *s;
	u32 status = 0;
	int rc;

	reclaim_immutable(q, psp);
	s = ccpx_step_begin(q, RMPP_STEP_SNP_SHUTDOWN);
	rc = cmd_retry(q, psp, s, PSP_SNP_SHUTDOWN_EX, &d, sizeof(d), &status);
	ccpx_step_end(q, s, rc, status);
	return rc;
}

/*
 * ccp's own shutdown reclaims the TMR and the IOMMU's pages. It retries 0xF
 * once and 0xE never; each round here flushes first and reads the state after.
 */
static int ccp_snp_shutdown(struct ccpx_quiesce *q, struct ccpx_psp *psp, bool snp_up)
{
	struct rmpp_step_ser *s = ccpx_step_begin(q, RMPP_STEP_SNP_SHUTDOWN);
	unsigned int tries;
	u32 guests, status = 0;
	int rc = -EIO;
	u8 state;

	for (tries = 0; tries < TRIES_FLUSH && (!tries || time_left(q)); tries++) {
		rc = ccpx_psp_platform_shutdown(psp);
		le16_add_cpu(&s->tries, 1);
		if (rc || !snp_up)
			break;
		rc = ccpx_psp_snp_state(psp, &state, &guests);
		if (rc || state == RMPP_SNP_UNINIT)
			break;
		rc = -EIO;
		wbinvd_all(NULL);
		ccpx_psp_cmd(psp, PSP_SNP_DF_FLUSH, NULL, 0, &status);
		q->nr_commands++;
		if (tries >= TRIES_REFUSED)
			msleep(REFUSED_WAIT_MS);
	}
	note_death(q, rc);
	ccpx_step_end(q, s, rc, status);
	return rc;
}

static bool read_states(struct ccpx_quiesce *q, struct ccpx_psp *psp)
{
	struct ccpx_rmp rmp;
	int rc = -EBUSY;
	u32 guests;

	if (!q->psp_dead)
		rc = ccpx_psp_sev_state(psp, &q->sev_state, &q->api_major, &q->api_minor,
					&q->build, &q->guest_count);
	if (rc)
		q->sev_state = RMPP_STATE_UNKNOWN;
	note_death(q, rc);
	ccpx_rmp_open(&rmp);
	if (!ccpx_rmp_enforced(&rmp)) {
		q->snp_state = rmp.nr_pages ? RMPP_SNP_UNINIT : RMPP_SNP_ABSENT;
	} else {
		rc = ccpx_psp_snp_state(psp, &q->snp_state, &guests);
		if (rc)
			q->snp_state = RMPP_STATE_UNKNOWN;
		note_death(q, rc);
	}
	ccpx_rmp_close(&rmp);
	return q->sev_state == RMPP_SEV_UNINIT &&
	       (q->snp_state == RMPP_SNP_UNINIT || q->snp_state == RMPP_SNP_ABSENT);
}

/**
 * ccpx_quiesce_snp_is_up() - is SNP still initialised in the firmware, or may it be?
 * @q: the quiesce
 *
 * Where the firmware could not be asked, it counts as up if the CPUs enforce an RMP.
 *
 * Context: process. Return: true if so.
 */
bool ccpx_quiesce_snp_is_up(const struct ccpx_quiesce *q)
{
	struct ccpx_rmp rmp;
	bool enforced;

	if (q->snp_state != RMPP_STATE_UNKNOWN)
		return q->snp_state == RMPP_SNP_INIT;
	ccpx_rmp_open(&rmp);
	enforced = ccpx_rmp_enforced(&rmp);
	ccpx_rmp_close(&rmp);
	return enforced;
}

static void verify(struct ccpx_quiesce *q, struct ccpx_psp *psp)
{
	struct rmpp_step_ser *s = ccpx_step_begin(q, RMPP_STEP_VERIFY);

	/* the one thing that is worth a moment more: what cannot be read counts as not done */
	if (psp->deadline_ns)
		psp->deadline_ns = max(psp->deadline_ns, ktime_get_ns()) + CCPX_GRACE_MS * NSEC_PER_MSEC;
	q->verified = read_states(q, psp);
	q->tmr_locked = q->sev_state != RMPP_SEV_UNINIT;
	ccpx_step_end(q, s, q->verified ? 0 : -EBUSY, 0);
}

/**
 * ccpx_quiesce_at_rest() - does the firmware say that both platforms are shut down?
 * @q: begun; verified if so
 * @psp: open
 *
 * Context: process. Return: true if so.
 */
bool ccpx_quiesce_at_rest(struct ccpx_quiesce *q, struct ccpx_psp *psp)
{
	q->verified = read_states(q, psp);
	q->tmr_locked = !q->verified;
	return q->verified;
}

/**
 * ccpx_quiesce_firmware() - shut SEV and SNP down, and prove it
 * @q: begun; verified and tmr_locked tell the outcome
 * @psp: open
 * @guests: what still lives in the firmware
 * @nr_guests: entries in @guests
 *
 * Context: process. Nothing is undone on failure: the caller quarantines what
 * the firmware keeps.
 */
void ccpx_quiesce_firmware(struct ccpx_quiesce *q, struct ccpx_psp *psp,
			   const struct rmpp_guest_ser *guests, u32 nr_guests)
{
	struct rmpp_step_ser *s;
	bool snp_up;

	/*
	 * ccp's own shutdown must run even if the firmware is at rest already: it
	 * returns the IOMMU's pages and the TMR. Raw, there is nothing more to do.
	 */
	if (ccpx_quiesce_at_rest(q, psp) && psp->raw)
		return;
	q->verified = false;
	q->tmr_locked = true;
	snp_up = q->snp_state != RMPP_SNP_UNINIT && q->snp_state != RMPP_SNP_ABSENT;
	if (nr_guests)
		decommission(q, psp, guests, nr_guests);
	if (snp_up && !psp->raw)
		reclaim_kvm_pages(q, psp);

	s = ccpx_step_begin(q, RMPP_STEP_WBINVD);
	wbinvd_all(s);
	ccpx_step_end(q, s, 0, 0);
	if (q->sev_state != RMPP_SEV_UNINIT) {
		plain_step(q, psp, RMPP_STEP_DF_FLUSH, PSP_SEV_DF_FLUSH);
		if (plain_step(q, psp, RMPP_STEP_SEV_SHUTDOWN, PSP_SEV_SHUTDOWN))
			goto out;	/* SNP refuses while SEV is up */
		/* before ccp frees the TMR on the strength of a status alone */
		read_states(q, psp);
		if (q->sev_state != RMPP_SEV_UNINIT)
			goto out;
	}
	if (snp_up)
		plain_step(q, psp, RMPP_STEP_SNP_DF_FLUSH, PSP_SNP_DF_FLUSH);
	if (!psp->raw && ccpx_psp_can_shutdown(psp))
		ccp_snp_shutdown(q, psp, snp_up);
	else if (psp->raw && snp_up)
		raw_snp_shutdown(q, psp);
out:
	verify(q, psp);
}

/**
 * ccpx_quiesce_some() - end some guests, and leave the firmware running for the others
 * @q: begun; verified stays false and tmr_locked true
 * @psp: open
 * @guests: what ends
 * @nr_guests: entries in @guests
 *
 * Context: process.
 */
void ccpx_quiesce_some(struct ccpx_quiesce *q, struct ccpx_psp *psp,
		       const struct rmpp_guest_ser *guests, u32 nr_guests)
{
	struct rmpp_step_ser *s;

	ccpx_quiesce_at_rest(q, psp);
	if (!nr_guests)
		return;
	decommission(q, psp, guests, nr_guests);
	/* the next guest with their ASIDs finds nothing of them in any cache */
	s = ccpx_step_begin(q, RMPP_STEP_WBINVD);
	wbinvd_all(s);
	ccpx_step_end(q, s, 0, 0);
	if (q->sev_state != RMPP_SEV_UNINIT)
		plain_step(q, psp, RMPP_STEP_DF_FLUSH, PSP_SEV_DF_FLUSH);
	if (q->snp_state == RMPP_SNP_INIT)
		plain_step(q, psp, RMPP_STEP_SNP_DF_FLUSH, PSP_SNP_DF_FLUSH);
}

/**
 * ccpx_quiesce_guest() - end one SNP guest
 * @q: begun
 * @psp: open
 * @gctx_pa: its context page
 *
 * Context: process. Return: 0, or -EIO if the firmware still has it.
 */
int ccpx_quiesce_guest(struct ccpx_quiesce *q, struct ccpx_psp *psp, u64 gctx_pa)
{
	const struct rmpp_guest_ser g = {
		.gctx_pa = cpu_to_le64(gctx_pa), .kind = RMPP_GUEST_SNP,
	};
	u32 before = q->nr_decommissioned;

	ccpx_quiesce_some(q, psp, &g, 1);
	return q->nr_decommissioned > before ? 0 : -EIO;
}
