// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy "preserve" in the next kernel: each context that the previous one left (preserve.c) is
 * asked for its state, the page that was remembered is decrypted again, and what is alive is kept
 * until somebody releases it. ccp stays away meanwhile: hold.c.
 */
#include "preserve.h"
#include "psp_abi.h"

#include <linux/mm.h>
#include <linux/slab.h>

enum proof { PROOF_NONE, PROOF_SAME, PROOF_DIFFERS, PROOF_FAILED };

static const char * const proof_names[] = { "none", "same", "differs", "failed" };

struct adopted {
	u64	gctx_pa;
	u8	proof;
};

/* by ccpx_lock; the guests themselves are in psp_guests.c like all others */
static struct adopted *adopted;
static u32 nr_adopted;

static const struct rmpp_proof_ser *proof_of(const struct rmpp_blob *blob, u64 gctx_pa)
{
	const struct rmpp_proof_ser *p;
	u32 i;

	for (i = 0; (p = rmpp_blob_entry(blob, RMPP_SECTION_PROOFS, i)); i++)
		if (le64_to_cpu(p->gctx_pa) == gctx_pa)
			return p;
	return NULL;
}

static u8 prove(struct ccpx_psp *psp, const struct rmpp_blob *blob, u64 gctx_pa)
{
	const struct rmpp_proof_ser *p = proof_of(blob, gctx_pa);
	u32 sum;

	if (!p)
		return PROOF_NONE;
	if (preserve_page_sum(psp, gctx_pa, le64_to_cpu(p->page_pa), &sum))
		return PROOF_FAILED;
	return sum == le32_to_cpu(p->sum) ? PROOF_SAME : PROOF_DIFFERS;
}

static struct adopted *find(u64 gctx_pa)
{
	u32 i;

	for (i = 0; i < nr_adopted; i++)
		if (adopted[i].gctx_pa == gctx_pa)
			return &adopted[i];
	return NULL;
}

/* What the previous kernel says of this guest holds, by RMP and firmware. */
static bool is_whole(struct ccpx_psp *psp, const struct ccpx_rmp *rmp,
		     const struct rmpp_guest_ser *g, struct psp_snp_guest_status *s)
{
	u64 pa = le64_to_cpu(g->gctx_pa);
	struct rmpp_entry e;

	/* what was cut off at the top of RAM is in no extent, and nobody's memory here */
	if (!IS_ALIGNED(pa, PAGE_SIZE) ||
	    (!rmpp_extents_find(&ccpx_restore.held, pa >> PAGE_SHIFT) && page_is_ram(pa >> PAGE_SHIFT))) {
		pr_warn("guest %#llx: its context was not kept out\n", pa);
		return false;
	}
	ccpx_rmp_entry(rmp, pa >> PAGE_SHIFT, &e);
	if (!ccpx_rmp_may_be_context(rmp, &e)) {
		pr_warn("guest %#llx: no context page\n", pa);
		return false;
	}
	if (!preserve_ask(psp, pa, s))
		return false;
	if (s->state != PSP_SNP_GUEST_RUNNING || !s->asid || s->asid != le32_to_cpu(g->asid)) {
		pr_warn("guest %#llx: state %u, ASID %u, not as handed over\n", pa, s->state, s->asid);
		return false;
	}
	return true;
}

/**
 * ccpx_adopt() - take over the guests that the previous kernel preserved
 * @psp: open, the mailbox itself
 * @rmp: open
 *
 * What does not hold is not adopted, and ends like any other leftover.
 *
 * Context: process, module init, before ccp. Return: guests adopted.
 */
u32 ccpx_adopt(struct ccpx_psp *psp, const struct ccpx_rmp *rmp)
{
	const struct rmpp_blob *blob = &ccpx_restore.blob;
	const struct rmpp_guest_ser *g;
	struct psp_snp_guest_status s;
	struct rmpp_guest_ser mine;
	u32 i, count = rmpp_blob_count(blob, RMPP_SECTION_GUESTS);

	adopted = kvcalloc(min_t(u32, count, CCPX_MAX_GUESTS), sizeof(*adopted), GFP_KERNEL);
	if (!adopted)
		return 0;
	for (i = 0; (g = rmpp_blob_entry(blob, RMPP_SECTION_GUESTS, i)) &&
	     nr_adopted < CCPX_MAX_GUESTS; i++) {
		u64 pa = le64_to_cpu(g->gctx_pa);

		if (g->kind != RMPP_GUEST_SNP || g->fate != RMPP_FATE_ALIVE || find(pa) ||
		    !is_whole(psp, rmp, g, &s))
			continue;
		mine = *g;
		mine.fw_state = s.state;
		mine.policy = cpu_to_le64(s.policy);
		ccpx_guests_adopt(&mine);
		adopted[nr_adopted].gctx_pa = pa;
		adopted[nr_adopted++].proof = prove(psp, blob, pa);
	}
	return nr_adopted;
}

/* The previous kernel left guests in the firmware on purpose. */
bool ccpx_adopt_wanted(void)
{
	const struct rmpp_platform_ser *p;

	if (!ccpx_restore.blob_valid)
		return false;
	p = rmpp_blob_entry(&ccpx_restore.blob, RMPP_SECTION_PLATFORM, 0);
	return p->policy == RMPP_POLICY_PRESERVE && p->snp_state == RMPP_SNP_INIT;
}

/* There are guests of a previous kernel in the firmware. */
u32 ccpx_adopted_count(void)
{
	return nr_adopted;
}

bool ccpx_adopted_context(u64 gctx_pa)
{
	return find(gctx_pa);
}

static const struct rmpp_guest_ser *guest_of(const struct rmpp_guest_ser *v, u32 nr, u64 gctx_pa)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (v[i].kind == RMPP_GUEST_SNP && le64_to_cpu(v[i].gctx_pa) == gctx_pa)
			return &v[i];
	return NULL;
}

typedef void (*adopted_fn)(const struct adopted *a, const struct rmpp_guest_ser *g, void *arg);

/* Return: 0 or -ENOMEM, with nothing called. */
static int walk_adopted(adopted_fn fn, void *arg)
{
	struct rmpp_guest_ser *v = kvcalloc(CCPX_MAX_GUESTS, sizeof(*v), GFP_KERNEL);
	const struct rmpp_guest_ser *g;
	u32 i, nr;

	if (!v)
		return -ENOMEM;
	nr = ccpx_guests_get(v, CCPX_MAX_GUESTS);
	for (i = 0; i < nr_adopted; i++) {
		g = guest_of(v, nr, adopted[i].gctx_pa);
		if (g)
			fn(&adopted[i], g, arg);
	}
	kvfree(v);
	return 0;
}

static void set_asid(const struct adopted *a, const struct rmpp_guest_ser *g, void *asids)
{
	if (le32_to_cpu(g->asid) < CCPX_MAX_ASIDS)
		__set_bit(le32_to_cpu(g->asid), asids);
}

/**
 * ccpx_adopted_asids() - ASIDs whose pages must not be taken back
 * @asids: set for each adopted guest, CCPX_MAX_ASIDS bits
 *
 * Context: process, ccpx_lock held.
 */
void ccpx_adopted_asids(unsigned long *asids)
{
	bitmap_zero(asids, CCPX_MAX_ASIDS);
	if (nr_adopted && walk_adopted(set_asid, asids))
		bitmap_fill(asids, CCPX_MAX_ASIDS);	/* nothing is taken back then */
}

struct text {
	char	*buf;
	size_t	size, n;	/* bytes */
};

static void add_line(const struct adopted *a, const struct rmpp_guest_ser *g, void *arg)
{
	struct text *t = arg;

	t->n += scnprintf(t->buf + t->n, t->size - t->n, "%#llx %u %#llx %u %s\n", a->gctx_pa,
			  le32_to_cpu(g->asid), le64_to_cpu(g->policy), g->fw_state,
			  proof_names[a->proof]);
}

/**
 * ccpx_adopted_show() - the guests, a line each
 * @buf: filled
 * @size: bytes in @buf
 *
 * Context: process, ccpx_lock held. Return: bytes, or -ENOMEM.
 */
ssize_t ccpx_adopted_show(char *buf, size_t size)
{
	struct text t = { buf, size };

	return walk_adopted(add_line, &t) ?: (ssize_t)t.n;
}

static void forget(u64 gctx_pa)
{
	struct adopted *a = find(gctx_pa);

	if (a)
		*a = adopted[--nr_adopted];
}

static int release_one(struct ccpx_psp *psp, struct ccpx_quiesce *q, u64 gctx_pa)
{
	int rc = ccpx_quiesce_guest(q, psp, gctx_pa);

	if (rc) {
		pr_warn("guest %#llx is not released (%pe)\n", gctx_pa, ERR_PTR(rc));
		return rc;
	}
	forget(gctx_pa);
	pr_info("guest %#llx released, %u more in the firmware\n", gctx_pa, nr_adopted);
	return 0;
}

/**
 * ccpx_adopted_release() - end adopted guests
 * @gctx_pa: context of one, 0 for all
 *
 * Each is decommissioned; its pages come back in the background. With the last one the firmware
 * is shut down, and ccp takes the PSP over.
 *
 * Context: process, ccpx_lock held. Return: 0; -ENOENT if it is none of ours; -errno of the
 * firmware's refusal.
 */
int ccpx_adopted_release(u64 gctx_pa)
{
	struct ccpx_quiesce *q = &ccpx_restore.quiesce;
	struct ccpx_psp psp;
	int rc, err = 0;
	u32 i;

	if (gctx_pa ? !find(gctx_pa) : !nr_adopted)
		return -ENOENT;
	ccpx_quiesce_begin(q, ccpx_params.budget_ms);
	rc = ccpx_psp_open(&psp, 0);
	if (rc)
		return rc;
	if (gctx_pa)
		err = release_one(&psp, q, gctx_pa);
	for (i = nr_adopted; !gctx_pa && i--; )
		err = release_one(&psp, q, adopted[i].gctx_pa) ?: err;
	if (!nr_adopted)
		ccpx_quiesce_firmware(q, &psp, NULL, 0);
	ccpx_watch_adopt(q->sev_state, q->snp_state);
	ccpx_psp_close(&psp);
	if (!nr_adopted && q->verified) {
		if (ccpx_params.parked)
			ccpx_park_release();
		ccpx_let_go_psp();
	}
	ccpx_giveback_again(q->verified);
	return err;
}

void ccpx_adopt_exit(void)
{
	ccpx_let_go_psp();
	kvfree(adopted);
	adopted = NULL;
	nr_adopted = 0;
}
