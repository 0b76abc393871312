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
 * rmpp_region_from_rmpread() - is a page of the 2 MiB block assigned?
 * @buf: what RMPREAD stored for any page of it; hpage_region_status of struct rmpentry
 *
 * Return: true if so.
 */
bool rmpp_region_from_rmpread(const u8 buf[16])
{
	return buf[9] & 2;
}

/**
 * rmpp_entry_to_raw() - an entry as it stands in the table of Zen 3 and 4
 * @e:   decoded entry
 * @raw: output
 *
 * An ASID of more than 10 bits becomes the highest of them: 0 would be no guest's.
 */
void rmpp_entry_to_raw(const struct rmpp_entry *e, struct rmpp_raw_entry *raw)
{
	const u64 asid = (u64)e->asid << RMP_LO_ASID_SHIFT;

	raw->lo = cpu_to_le64((e->gpa & RMP_LO_GPA) |
			      (e->asid > RMP_LO_ASID >> RMP_LO_ASID_SHIFT ? RMP_LO_ASID : asid) |
			      (e->assigned ? RMP_LO_ASSIGNED : 0) |
			      (e->pagesize_2m ? RMP_LO_2M : 0) |
			      (e->immutable ? RMP_LO_IMMUTABLE : 0) |
			      (e->vmsa ? RMP_LO_VMSA : 0) |
			      (e->validated ? RMP_LO_VALIDATED : 0));
	raw->hi = 0;
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
