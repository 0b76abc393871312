// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records over the jump: into the blob, and out of the one that the previous kernel left. What
 * sysfs shows of either has no byte of them.
 */
#include "record.h"

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uidgid.h>

/* What is known by now of the guest. */
static void refresh(struct rmpp_guest_ser *g, const struct ccpx_record *r, bool leaving,
		    const struct rmpp_guest_ser *guests, u32 nr_guests)
{
	u32 i;

	*g = r->ser.guest;
	if (!leaving) {
		if (r->guest_id)
			ccpx_guests_find(r->guest_id, false, g);
		return;
	}
	if (!r->guest_id && !r->adopted)
		return;
	for (i = 0; i < nr_guests; i++) {
		if (guests[i].kind != g->kind || guests[i].gctx_pa != g->gctx_pa ||
		    guests[i].handle != g->handle)
			continue;
		*g = guests[i];
		return;
	}
	/* it was there when the list was frozen, or was released by hand */
	g->fate = r->guest_id ? RMPP_FATE_EVICTED : RMPP_FATE_DECOMMISSIONED;
}

static int write_entries(struct rmpp_writer *w, bool leaving, const struct rmpp_guest_ser *guests,
			 u32 nr_guests)
{
	struct ccpx_record *r;
	u64 offset = 0;
	int rc;

	rc = rmpp_writer_begin(w, RMPP_SECTION_RECORDS, 0, sizeof(r->ser));
	list_for_each_entry(r, &ccpx_records, list) {
		struct rmpp_record_ser ser = r->ser;

		if (rc || r->stays)
			continue;
		ser.offset = cpu_to_le64(offset);
		refresh(&ser.guest, r, leaving, guests, nr_guests);
		offset += rmpp_record_room(le32_to_cpu(ser.size)) - sizeof(ser);
		rc = rmpp_writer_entry(w, &ser);
	}
	return rc ?: rmpp_writer_end(w);
}

static int write_data(struct rmpp_writer *w)
{
	struct ccpx_record *r;
	int rc = rmpp_writer_begin(w, RMPP_SECTION_RECORD_DATA, 0, RMPP_RECORD_ALIGN);

	list_for_each_entry(r, &ccpx_records, list)
		if (!rc && !r->stays)
			rc = rmpp_writer_record_data(w, r->data, le32_to_cpu(r->ser.size));
	return rc ?: rmpp_writer_end(w);
}

/**
 * ccpx_records_write() - records into a blob
 * @w: the writer, before anything that takes as much as there is
 * @leaving: on the way out; else the bytes are withheld, as root may read such a blob
 * @guests: guests of before and what became of them; with @leaving only
 * @nr_guests: entries in @guests
 *
 * What fails here fails nothing else.
 *
 * Context: process; with @leaving, which is after ccpx_records_freeze(), any.
 */
void ccpx_records_write(struct rmpp_writer *w, bool leaving, const struct rmpp_guest_ser *guests,
			u32 nr_guests)
{
	int rc = 0;

	if (!leaving)
		mutex_lock(&ccpx_records_lock);
	if (ccpx_records_room())
		rc = write_entries(w, leaving, guests, nr_guests);
	if (!rc && ccpx_records_room() && leaving)
		rc = write_data(w);
	if (!leaving)
		mutex_unlock(&ccpx_records_lock);
	if (rc) {
		rmpp_writer_cancel(w);
		pr_err("records of VMMs are lost: %s\n", rmpp_strerror(rc));
	}
}

/**
 * ccpx_records_show() - lines for people, without anything that an owner wrote
 * @buf: filled
 * @size: bytes in @buf
 *
 * Context: process. Return: bytes.
 */
ssize_t ccpx_records_show(char *buf, size_t size)
{
	static const char * const kind[] = {
		[RMPP_GUEST_SEV] = "sev", [RMPP_GUEST_SEV_ES] = "sev-es", [RMPP_GUEST_SNP] = "snp",
	};
	struct ccpx_record *r;
	ssize_t n = 0;

	mutex_lock(&ccpx_records_lock);
	list_for_each_entry(r, &ccpx_records, list) {
		if (n > size - 128) {
			n += scnprintf(buf + n, size - n, "...\n");
			break;
		}
		n += scnprintf(buf + n, size - n, "%u %s %u %u %u %s\n", r->id, kind[r->ser.guest.kind],
			       le32_to_cpu(r->ser.uid), le32_to_cpu(r->ser.size),
			       le32_to_cpu(r->ser.hops), r->damaged ? "damaged" : r->guest_id ?
			       "attached" : r->stays ? "inherited-stays" : "inherited");
	}
	mutex_unlock(&ccpx_records_lock);
	return n;
}

/* Return: true if it was taken over. */
static bool take_over(const struct rmpp_blob *blob, u32 i)
{
	const struct rmpp_record_ser *ser = rmpp_blob_entry(blob, RMPP_SECTION_RECORDS, i);
	struct ccpx_owner owner = { .uid = make_kuid(&init_user_ns, le32_to_cpu(ser->uid)) };
	u32 hops = le32_to_cpu(ser->hops), size;
	struct ccpx_record *r;
	const u8 *data;
	int err;

	err = rmpp_record_data(blob, i, &data, &size);
	if (err == RMPP_ERR_RECORD_WITHHELD || hops >= ccpx_params.record_hops || !uid_valid(owner.uid))
		return false;
	memcpy(owner.key, ser->key, sizeof(owner.key));
	/* a damaged one is remembered without its bytes, so that its owner is told */
	r = ccpx_record_new(&owner, err ? 0 : size);
	if (!r)
		return false;
	r->damaged = err;
	r->ser.hops = cpu_to_le32(hops + 1);
	r->ser.crc = ser->crc;
	r->ser.guest = ser->guest;
	r->adopted = ser->guest.kind == RMPP_GUEST_SNP &&
		     ccpx_adopted_context(le64_to_cpu(ser->guest.gctx_pa));
	if (err)
		pr_warn("record %u of user %u: %s\n", i, le32_to_cpu(ser->uid), rmpp_strerror(err));
	else
		memcpy(r->data, data, size);
	r->stays = err || !ccpx_records_fit(rmpp_record_room(size));
	ccpx_record_insert(r);
	return true;
}

/**
 * ccpx_records_restore() - take over what the previous kernel hands on, and hide it
 *
 * The bytes are taken out of the copy that root may read (sysfs), and out of the region.
 *
 * Context: process, module init, guests adopted.
 */
void ccpx_records_restore(void)
{
	u32 i, nr, taken = 0, stay = 0;
	struct ccpx_restore *p = &ccpx_restore;
	struct ccpx_record *r;

	nr = p->blob_valid ? rmpp_blob_count(&p->blob, RMPP_SECTION_RECORDS) : 0;
	if (!nr)
		return;
	/* no kernel attaches more, whatever a blob says */
	for (i = 0; i < nr && i < CCPX_MAX_GUESTS; i++) {
		taken += take_over(&p->blob, i);
		cond_resched();
	}
	list_for_each_entry(r, &ccpx_records, list)
		stay += r->stays;
	if (p->blob.section[RMPP_SECTION_RECORD_DATA]) {
		rmpp_blob_withhold(p->copy);
		memcpy(p->origin, p->copy, p->copy_size);
		p->err = rmpp_blob_check(&p->blob, p->copy, p->copy_size, NULL);
		p->blob_valid = !p->err;
	}
	pr_info("%u of %u records of VMMs taken over, %u of them cannot be handed on\n", taken, nr, stay);
}
