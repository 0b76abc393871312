// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each ASID is clean, active, or dirty. A guest's end makes it dirty; a
 * (SNP_)DF_FLUSH makes it clean again, but only if every CPU ran WBINVD in
 * between (55766, DF_FLUSH; 56860, SNP_DF_FLUSH).
 */
#include "qemu/osdep.h"
#include "psp.h"
#include "target/i386/snp/host.h"

static uint32_t last_asid(void)
{
	return snp_host->profile->nr_asids;
}

/**
 * psp_asid_activate - give an ASID to a guest
 * @s: the device
 * @asid: the ASID; that it suits the guest's kind is the caller's business
 *
 * Return: PSP_SUCCESS or why not.
 */
enum psp_status psp_asid_activate(PspState *s, uint32_t asid)
{
	if (!asid || asid > last_asid())
		return PSP_INVALID_ASID;
	switch (s->asid[asid].state) {
	case PSP_ASID_ACTIVE:
		return PSP_ASID_OWNED;
	case PSP_ASID_DIRTY:
		return PSP_DFFLUSH_REQUIRED;
	default:
		s->asid[asid].state = PSP_ASID_ACTIVE;
		return PSP_SUCCESS;
	}
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
	for (uint32_t asid = 1; asid <= last_asid(); asid++)
		psp_asid_retire(s, asid);
}

/**
 * psp_asid_flush - make all dirty ASIDs clean
 * @s: the device
 *
 * Return: PSP_WBINVD_REQUIRED, with nothing done, if a CPU still has to flush
 * its caches.
 */
enum psp_status psp_asid_flush(PspState *s)
{
	uint64_t latest = 0;

	for (uint32_t asid = 1; asid <= last_asid(); asid++)
		if (s->asid[asid].state == PSP_ASID_DIRTY)
			latest = MAX(latest, s->asid[asid].stamp);
	if (!snp_cpu_flushed_since(latest))
		return PSP_WBINVD_REQUIRED;
	for (uint32_t asid = 1; asid <= last_asid(); asid++)
		if (s->asid[asid].state == PSP_ASID_DIRTY)
			s->asid[asid].state = PSP_ASID_CLEAN;
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
