// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* RMP entries, raw (Zen 3 and 4) and as RMPREAD stores them (Zen 5). */
#define RMPP_CORE
#include <rmp_persist/rmp_persist.h>
#include "entry_bits.h"

/**
 * rmpp_entry_from_raw() - decode an entry of the table itself
 * @e:   output
 * @raw: 16 bytes of the table; read once
 */
void rmpp_entry_from_raw(struct rmpp_entry *e, const struct rmpp_raw_entry *raw)
{
	u64 lo = le64_to_cpu(READ_ONCE(raw->lo));

	e->gpa = lo & RMP_LO_GPA;
	e->asid = (u32)((lo & RMP_LO_ASID) >> RMP_LO_ASID_SHIFT);
	e->assigned = lo & RMP_LO_ASSIGNED;
	e->pagesize_2m = lo & RMP_LO_2M;
	e->immutable = lo & RMP_LO_IMMUTABLE;
	e->vmsa = lo & RMP_LO_VMSA;
	e->validated = lo & RMP_LO_VALIDATED;
}

/**
 * rmpp_entry_from_rmpread() - decode what the RMPREAD instruction stores
 * @e:   output
 * @buf: gpa (8), assigned, pagesize, immutable, reserved, asid (4); layout of
 *       struct rmpentry in Linux arch/x86/virt/svm/sev.c since 6.14
 *
 * RMPREAD tells neither VMSA nor Validated: both come back false, so a Context
 * page reads as Firmware and a guest's page as Guest-Invalid or Pre-Guest.
 */
void rmpp_entry_from_rmpread(struct rmpp_entry *e, const u8 buf[16])
{
	__le64 gpa;
	__le32 asid;

	memcpy(&gpa, buf, sizeof(gpa));
	memcpy(&asid, buf + 12, sizeof(asid));
	e->gpa = le64_to_cpu(gpa);
	e->asid = le32_to_cpu(asid);
	e->assigned = buf[8] & 1;
	e->pagesize_2m = buf[9] & 1;
	e->immutable = buf[10] & 1;
	e->vmsa = false;
	e->validated = false;
}

/**
 * rmpp_entry_state() - the page state that an entry's fields mean
 * @e: decoded entry
 *
 * Return: a state by AMD 56860, "Page States"; never RMPP_PAGE_MIXED.
 */
enum rmpp_page_state rmpp_entry_state(const struct rmpp_entry *e)
{
	return RMPP_STATE_OF(e->assigned, e->immutable, e->validated, e->vmsa,
			     e->asid, e->gpa);
}
