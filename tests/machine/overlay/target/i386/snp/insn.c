// SPDX-License-Identifier: GPL-2.0-only
/* RMPUPDATE, PSMASH and RMPREAD (APM vol. 3), and WBINVD's part in retiring ASIDs. */
#include "qemu/osdep.h"
#include "qemu/host-utils.h"
#include "cpu.h"
#include "exec/cpu_ldst.h"
#include "exec/helper-proto.h"
#include "tcg/helper-tcg.h"
#include "check.h"
#include "host.h"
#include "insn.h"
#include "rmp.h"
#include "rmp_hold.h"

/* The operand of helper_snp_insn(): ModRM byte, and which prefix it had. */
#define OPCODE_REPZ	0x100
#define OPCODE_REPNZ	0x200
#define OPCODE_RMPUPDATE (OPCODE_REPNZ | 0xfe)
#define OPCODE_RMPREAD	(OPCODE_REPNZ | 0xfd)
#define OPCODE_PSMASH	(OPCODE_REPZ | 0xff)

enum insn_status {
	INSN_SUCCESS,
	INSN_FAIL_INPUT,
	INSN_FAIL_PERMISSION,
	INSN_FAIL_INUSE,
	INSN_FAIL_OVERLAP,
};

struct rmp_request {
	uint64_t pa;
	uint64_t gpa;
	bool assigned;
	bool large;
	bool immutable;
	uint32_t asid;
};

static snp_insn_listener listener;
static void *listener_opaque;
struct snp_insn_stats snp_insn_stats[SNP_INSN_NR];
const char *const snp_insn_name[SNP_INSN_NR] = {
	[SNP_RMPUPDATE] = "RMPUPDATE",
	[SNP_PSMASH] = "PSMASH",
	[SNP_RMPREAD] = "RMPREAD",
};

static bool request_valid(const struct rmp_request *rq)
{
	uint64_t align = rq->large ? 0x200000 : 0x1000;
	uint64_t last = RMP_PFN(rq->pa) + (rq->large ? RMP_PAGES_PER_2M - 1 : 0);

	if (rq->pa % align || !rmp_covers(last))
		return false;
	if (rq->asid > snp_host->profile->nr_asids)
		return false;
	if (rq->gpa & ~RMP_GPA_MASK || (rq->asid && rq->gpa % align))
		return false;
	/* A page that is not assigned belongs to nobody. */
	return rq->assigned || !(rq->asid || rq->gpa || rq->immutable);
}

static uint64_t entry_of(const struct rmp_request *rq)
{
	if (!rq->assigned)
		return RMP_ENTRY_HYPERVISOR;
	return RMP_ASSIGNED | (rq->large ? RMP_2M : 0) |
	       (rq->immutable ? RMP_IMMUTABLE : 0) | rq->gpa |
	       (uint64_t)rq->asid << RMP_ASID_SHIFT;
}

/* Validated and VMSA stay only while the same guest keeps the same page, and so do permissions. */
static uint64_t entry_update(uint64_t before, uint64_t after)
{
	const uint64_t same = RMP_ASSIGNED | RMP_2M | RMP_GPA_MASK | RMP_ASID_MASK;

	if ((before & same) == (after & same) && RMP_ASID(after))
		after |= before & (RMP_VALIDATED | RMP_VMSA);
	return after;
}

static uint64_t permissions_update(uint64_t pfn, uint64_t after)
{
	return after & RMP_VALIDATED ? rmp_permissions(pfn) : 0;
}

static enum insn_status update_2m(uint64_t pfn, const struct rmp_request *rq)
{
	bool large;
	uint64_t before = rmp_effective(pfn, &large), after, permissions;

	if (before & RMP_IMMUTABLE)
		return INSN_FAIL_PERMISSION;
	if (!large && rmp_block_assigned(pfn))
		return INSN_FAIL_OVERLAP;
	if (!large)
		for (unsigned int i = 0; i < RMP_PAGES_PER_2M; i++)
			if (rmp_read(pfn + i) & RMP_IMMUTABLE)
				return INSN_FAIL_PERMISSION;
	after = entry_update(before, entry_of(rq));
	permissions = permissions_update(pfn, after);
	rmp_write_2m(pfn, after);
	rmp_set_permissions(pfn, permissions);
	return INSN_SUCCESS;
}

static enum insn_status update_4k(uint64_t pfn, const struct rmp_request *rq)
{
	bool large;
	uint64_t before = rmp_effective(pfn, &large), after, permissions;

	if (before & RMP_IMMUTABLE)
		return INSN_FAIL_PERMISSION;
	if (large)
		return INSN_FAIL_OVERLAP;
	after = entry_update(before, entry_of(rq));
	permissions = permissions_update(pfn, after);
	rmp_write(pfn, after);
	rmp_set_permissions(pfn, permissions);
	return INSN_SUCCESS;
}

static enum insn_status rmpupdate(const struct rmp_request *rq)
{
	enum insn_status status;

	if (!request_valid(rq) || rmp_is_table(rq->pa))
		return INSN_FAIL_INPUT;
	if (rmp_in_use(RMP_PFN(rq->pa), rq->large ? RMP_PAGES_PER_2M : 1))
		return INSN_FAIL_INUSE;
	status = rq->large ? update_2m(RMP_PFN(rq->pa), rq) :
			     update_4k(RMP_PFN(rq->pa), rq);
	/* Translations that lead a reader to the page of ones are stale, too. */
	if (status == INSN_SUCCESS &&
	    (rq->assigned || snp_host->ciphertext_hiding))
		rmp_flush_tlbs();
	return status;
}

static enum insn_status psmash(uint64_t pa)
{
	uint64_t pfn = RMP_PFN(pa);
	uint64_t entry;
	bool large;

	if (pa % 0x200000 || !rmp_covers(pfn + RMP_PAGES_PER_2M - 1))
		return INSN_FAIL_INPUT;
	entry = rmp_effective(pfn, &large);
	if (!large)
		return INSN_FAIL_INPUT;
	if (entry & RMP_IMMUTABLE)
		return INSN_FAIL_PERMISSION;
	if (rmp_in_use(pfn, RMP_PAGES_PER_2M))
		return INSN_FAIL_INUSE;
	rmp_smash(pfn);
	return INSN_SUCCESS;
}

/* What RMPREAD stores at [RCX]; neither Validated nor VMSA are part of it. */
struct rmp_answer {
	uint64_t gpa;
	uint64_t rest;
};

#define ANSWER_ASSIGNED		BIT_ULL(0)
#define ANSWER_2M		BIT_ULL(8)
#define ANSWER_REGION_STATUS	BIT_ULL(9)	/* something of its 2 MiB is assigned */
#define ANSWER_IMMUTABLE	BIT_ULL(16)
#define ANSWER_ASID_SHIFT	32

static enum insn_status rmpread(uint64_t pa, struct rmp_answer *answer)
{
	uint64_t pfn = RMP_PFN(pa), entry;

	if (pa % 0x1000 || !rmp_covers(pfn))
		return INSN_FAIL_INPUT;
	entry = rmp_read(pfn);
	answer->gpa = entry & RMP_GPA_MASK;
	answer->rest = (entry & RMP_ASSIGNED ? ANSWER_ASSIGNED : 0) |
		       (entry & RMP_2M ? ANSWER_2M : 0) |
		       (entry & RMP_IMMUTABLE ? ANSWER_IMMUTABLE : 0) |
		       (rmp_block_assigned(pfn) ? ANSWER_REGION_STATUS : 0) |
		       (uint64_t)RMP_ASID(entry) << ANSWER_ASID_SHIFT;
	return INSN_SUCCESS;
}

static struct rmp_request request_read(CPUX86State *env, uintptr_t ra)
{
	uint64_t at = env->regs[R_ECX];
	uint64_t gpa = cpu_ldq_data_ra(env, at, ra);
	uint64_t rest = cpu_ldq_data_ra(env, at + 8, ra);

	return (struct rmp_request) {
		.pa = env->regs[R_EAX],
		.gpa = gpa,
		.assigned = rest & 0xff,
		.large = rest >> 8 & 0xff,
		.immutable = rest >> 16 & 0xff,
		.asid = rest >> 32,
	};
}

/**
 * snp_insn_listen - say who wants to be asked before each instruction
 * @fn: called without locks; NULL for nobody
 * @opaque: passed on
 */
void snp_insn_listen(snp_insn_listener fn, void *opaque)
{
	listener_opaque = opaque;
	qatomic_store_release(&listener, fn);
}

static bool injected(enum snp_insn insn, enum insn_status *status)
{
	snp_insn_listener fn = qatomic_load_acquire(&listener);
	uint32_t answer = 0;

	if (likely(!fn) || !fn(listener_opaque, insn, &answer))
		return false;
	*status = answer;
	return true;
}

/* EAX and the arithmetic flags tell the result; CF stays as it was. */
static void answer(CPUX86State *env, enum insn_status status)
{
	uint32_t flags = cpu_cc_compute_all(env) & CC_C;

	env->regs[R_EAX] = status;
	if (!status)
		flags |= CC_Z;
	if (!(ctpop8(status) & 1))
		flags |= CC_P;
	env->cc_src = flags;
	env->cc_op = CC_OP_EFLAGS;
}

static enum snp_insn insn_of(uint32_t opcode)
{
	switch (opcode) {
	case OPCODE_RMPUPDATE:
		return SNP_RMPUPDATE;
	case OPCODE_PSMASH:
		return SNP_PSMASH;
	case OPCODE_RMPREAD:
		return snp_host->profile->rmpread ? SNP_RMPREAD : SNP_INSN_NR;
	default:
		return SNP_INSN_NR;
	}
}

/* Linux frees pages with RMPUPDATE; one that is immutable is still the firmware's. */
static void blame_freeing(CPUState *cs, const struct rmp_request *rq,
			  uintptr_t ra)
{
	bool large;

	snp_blame_cpu(cs, &(struct snp_touch) {
		.kind = SNP_OFFENCE_FREED,
		.pa = rq->pa,
		.entry = rmp_effective(RMP_PFN(rq->pa), &large),
		.mapping_size = rq->large ? 0x200000 : 0x1000,
		.access = "rmpupdate",
	}, ra);
}

void helper_snp_insn(CPUX86State *env, uint32_t opcode)
{
	uintptr_t ra = GETPC();
	enum snp_insn insn = snp_host_has_rmp() ? insn_of(opcode) : SNP_INSN_NR;
	struct rmp_request rq = { 0 };
	struct rmp_answer read = { 0 };
	struct snp_insn_stats *stats;
	enum insn_status status;
	bool was_injected;

	if (insn == SNP_INSN_NR || !snp_cpu_enabled(env_cpu(env)->cpu_index))
		raise_exception_ra(env, EXCP06_ILLOP, ra);
	if (env->hflags & HF_CPL_MASK)
		raise_exception_err_ra(env, EXCP0D_GPF, 0, ra);
	if (insn == SNP_RMPUPDATE)
		rq = request_read(env, ra);

	stats = &snp_insn_stats[insn];
	was_injected = injected(insn, &status);
	qemu_mutex_lock(&rmp_lock);
	if (!was_injected)
		status = insn == SNP_RMPUPDATE ? rmpupdate(&rq) :
			 insn == SNP_PSMASH ? psmash(env->regs[R_EAX]) :
					      rmpread(env->regs[R_EAX], &read);
	stats->count++;
	stats->failed += !!status;
	qemu_mutex_unlock(&rmp_lock);

	if (insn == SNP_RMPUPDATE && status == INSN_FAIL_PERMISSION && !was_injected)
		blame_freeing(env_cpu(env), &rq, ra);
	if (insn == SNP_RMPREAD && status == INSN_SUCCESS) {
		cpu_stq_data_ra(env, env->regs[R_ECX], read.gpa, ra);
		cpu_stq_data_ra(env, env->regs[R_ECX] + 8, read.rest, ra);
	}
	answer(env, status);
}

void helper_snp_wbinvd(CPUX86State *env)
{
	if (snp_host)
		snp_host->cpu[env_cpu(env)->cpu_index].flushed = snp_cpu_stamp();
}
