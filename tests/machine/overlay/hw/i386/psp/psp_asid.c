// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each ASID is clean, active, or dirty, and that on some core complexes or on
 * all. A guest's end makes it dirty; a (SNP_)DF_FLUSH makes it clean again, but
 * only if the cores ran WBINVD in between (55766, DEACTIVATE and DF_FLUSH;
 * 56860, SNP_DECOMMISSION and SNP_DF_FLUSH).
 */
#include "qemu/osdep.h"
#include "psp.h"
#include "target/i386/snp/host.h"
#include "target/i386/snp/touch.h"

static uint32_t last_asid(void)
{
	return snp_host->profile->nr_asids;
}

#define ALL_COMPLEXES UINT64_MAX

/**
 * psp_asid_suits - whether a guest of some kind may have an ASID
 * @s: the device
 * @kind: the kind
 * @asid: the ASID, not 0 and not too high
 *
 * ASIDs from Fn8000_001F EDX on are for SEV guests. SEV-ES and SNP guests share
 * those below, unless ciphertext hiding parts them (56860, SNP_INIT_EX,
 * MAX_SNP_ASID).
 *
 * Return: true if it may.
 */
bool psp_asid_suits(PspState *s, enum psp_guest_kind kind, uint32_t asid)
{
	if (kind == PSP_GUEST_SEV)
		return asid >= snp_host->profile->min_sev_asid;
	if (asid >= snp_host->profile->min_sev_asid)
		return false;
	if (!s->snp.max_snp_asid)
		return true;
	return (kind == PSP_GUEST_SNP) == (asid <= s->snp.max_snp_asid);
}

/**
 * psp_asid_activate - give an ASID to a guest, on every core complex
 * @s: the device
 * @asid: the ASID; that it suits the guest's kind is the caller's business
 *
 * Return: PSP_SUCCESS or why not.
 */
enum psp_status psp_asid_activate(PspState *s, uint32_t asid)
{
	return psp_asid_activate_on(s, asid, ALL_COMPLEXES);
}

/**
 * psp_asid_activate_on - ... on some of them
 * @s: the device
 * @asid: the ASID
 * @complexes: a bit for each
 *
 * An ASID that is dirty anywhere is refused, on a complex where it is clean,
 * too.
 *
 * Return: PSP_SUCCESS or why not.
 */
enum psp_status psp_asid_activate_on(PspState *s, uint32_t asid,
				     uint64_t complexes)
{
	if (!asid || asid > last_asid())
		return PSP_INVALID_ASID;
	switch (s->asid[asid].state) {
	case PSP_ASID_ACTIVE:
		return PSP_ASID_OWNED;
	case PSP_ASID_DIRTY:
		psp_offence(s, SNP_OFFENCE_ASID, 0);
		return PSP_DFFLUSH_REQUIRED;
	default:
		s->asid[asid].state = PSP_ASID_ACTIVE;
		s->asid[asid].complexes = complexes;
		return PSP_SUCCESS;
	}
}

/**
 * psp_asid_extend - let an active ASID run on further core complexes
 * @s: the device
 * @asid: the ASID
 * @complexes: a bit for each
 */
void psp_asid_extend(PspState *s, uint32_t asid, uint64_t complexes)
{
	s->asid[asid].complexes |= complexes;
}

/**
 * psp_asid_retire - an ASID's guest is gone
 * @s: the device
 * @asid: the ASID, or 0 for a guest that had none
 */
void psp_asid_retire(PspState *s, uint32_t asid)
{
	if (!asid)
		return;
	s->asid[asid].state = PSP_ASID_DIRTY;
	s->asid[asid].stamp = snp_cpu_stamp();
}

/**
 * psp_asid_retire_all - the firmware knows nothing about any ASID
 * @s: the device
 */
void psp_asid_retire_all(PspState *s)
{
	for (uint32_t asid = 1; asid <= last_asid(); asid++) {
		s->asid[asid].complexes = ALL_COMPLEXES;
		psp_asid_retire(s, asid);
	}
}

/**
 * psp_asid_flush - make all dirty ASIDs clean
 * @s: the device
 *
 * The manuals name the cores of those complexes on which the guest was active;
 * Linux flushes all. The strict reading is all, the property flush-by-complex
 * has the other.
 *
 * Return: PSP_WBINVD_REQUIRED, with nothing done, if a CPU still has to flush
 * its caches.
 */
enum psp_status psp_asid_flush(PspState *s)
{
	bool by_complex = snp_host->flush_by_complex;

	for (uint32_t asid = 1; asid <= last_asid(); asid++)
		if (s->asid[asid].state == PSP_ASID_DIRTY &&
		    !snp_cpu_flushed_since(s->asid[asid].stamp, by_complex ?
					   s->asid[asid].complexes :
					   ALL_COMPLEXES))
			return PSP_WBINVD_REQUIRED;
	for (uint32_t asid = 1; asid <= last_asid(); asid++) {
		if (s->asid[asid].state != PSP_ASID_DIRTY)
			continue;
		if (!psp_fault_step(s))
			return PSP_HWERROR_UNSAFE;
		s->asid[asid].state = PSP_ASID_CLEAN;
		s->asid[asid].complexes = 0;
	}
	return PSP_SUCCESS;
}

/**
 * psp_asid_count - how many ASIDs are in a state
 * @s: the device
 * @state: the state
 *
 * Return: their number.
 */
unsigned int psp_asid_count(PspState *s, enum psp_asid_state state)
{
	unsigned int n = 0;

	for (uint32_t asid = 1; asid <= last_asid(); asid++)
		n += s->asid[asid].state == state;
	return n;
}

/**
 * psp_asid_any - whether any ASID is in a state
 * @s: the device
 * @state: the state
 *
 * Return: true if one is.
 */
bool psp_asid_any(PspState *s, enum psp_asid_state state)
{
	return psp_asid_count(s, state);
}
