// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records: bytes that a VMM leaves beside a guest, for itself in the next kernel. Nobody
 * here makes sense of them. A record is allocated and charged when it is attached, and has
 * its place in the blob from then on; the reboot path only copies.
 *
 * A record of this kernel's goes with its guest, until the way out begins: what becomes of
 * guests then is not their VMMs' doing. One that was inherited stays until its owner takes
 * it, somebody erases it, or record_hops are over.
 */
#include "record.h"

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>
#include <crypto/algapi.h>

/* what records may take of the region; the rest is what a next kernel cannot do without */
#define SHARE	4

/*
 * Not ccpx_lock: the reboot notifier holds that while it waits for VMMs to end, and one that
 * waits for the lock does not.
 */
DEFINE_MUTEX(ccpx_records_lock);
LIST_HEAD(ccpx_records);
static u64 room;		/* bytes of the blob that they take */
static u32 nr_records, last_id;
static bool frozen;		/* the way out has begun: the list is what will be handed over */

/* Bytes that records take of the blob. Context: any. */
u64 ccpx_records_room(void)
{
	return READ_ONCE(room);
}

/**
 * ccpx_records_fit() - could records of this many bytes more be handed over?
 * @more: bytes of the blob
 *
 * Context: ccpx_records_lock held, or module init. Return: true if so.
 */
bool ccpx_records_fit(s64 more)
{
	return room + more <= ((u64)ccpx_params.region_mb << 20) / SHARE &&
	       nr_records < CCPX_MAX_GUESTS;
}

static u64 room_of(const struct ccpx_record *r)
{
	return r->stays ? 0 : rmpp_record_room(le32_to_cpu(r->ser.size));
}

/**
 * ccpx_record_insert() - one more
 * @r: its reference is taken over
 *
 * Context: as above.
 */
void ccpx_record_insert(struct ccpx_record *r)
{
	/* whoever promised to hand something on must be there to do it */
	if (!nr_records++)
		__module_get(THIS_MODULE);
	r->id = ++last_id;
	room += room_of(r);
	list_add_tail(&r->list, &ccpx_records);
}

static void drop(struct ccpx_record *r)
{
	list_del(&r->list);
	room -= room_of(r);
	ccpx_record_put(r);
	if (!--nr_records)
		module_put(THIS_MODULE);
}

static void release(struct kref *ref)
{
	struct ccpx_record *r = container_of(ref, struct ccpx_record, ref);

	kvfree_sensitive(r, struct_size(r, data, le32_to_cpu(r->ser.size)));
}

void ccpx_record_put(struct ccpx_record *r)
{
	if (r)
		kref_put(&r->ref, release);
}

/**
 * ccpx_record_new() - room for a record, charged to the caller
 * @owner: whose it will be
 * @size: its bytes, to be filled in at ccpx_record_bytes()
 *
 * Context: process. Return: the record, to be put, or NULL.
 */
struct ccpx_record *ccpx_record_new(const struct ccpx_owner *owner, u32 size)
{
	struct ccpx_record *r = kvzalloc(struct_size(r, data, size), GFP_KERNEL_ACCOUNT);

	if (!r)
		return NULL;
	kref_init(&r->ref);
	INIT_LIST_HEAD(&r->list);
	r->ser.size = cpu_to_le32(size);
	r->ser.uid = cpu_to_le32(from_kuid(&init_user_ns, owner->uid));
	memcpy(r->ser.key, owner->key, sizeof(r->ser.key));
	return r;
}

void *ccpx_record_bytes(struct ccpx_record *r, u32 *size)
{
	*size = le32_to_cpu(r->ser.size);
	return r->data;
}

static bool is_sound(const struct ccpx_record *r)
{
	return !r->damaged &&
	       rmpp_record_crc(r->data, le32_to_cpu(r->ser.size)) == le32_to_cpu(r->ser.crc);
}

/* All of them are compared, each in full: how long it takes tells nothing of any key. */
static struct ccpx_record *find(const struct ccpx_owner *owner)
{
	struct ccpx_record *r, *found = NULL;
	u32 uid = from_kuid(&init_user_ns, owner->uid);
	bool differs;

	lockdep_assert_held(&ccpx_records_lock);
	list_for_each_entry(r, &ccpx_records, list) {
		differs = crypto_memneq(r->ser.key, owner->key, sizeof(r->ser.key));
		if (!differs && le32_to_cpu(r->ser.uid) == uid)
			found = r;
	}
	return found;
}

static struct ccpx_record *find_guest(u64 guest_id)
{
	struct ccpx_record *r;

	list_for_each_entry(r, &ccpx_records, list)
		if (r->guest_id == guest_id)
			return r;
	return NULL;
}

/* Context: process. Return: 0 with the lock held, or -errno without. */
static int lock_to_change(void)
{
	if (mutex_lock_killable(&ccpx_records_lock))
		return -EINTR;
	if (!frozen)
		return 0;
	mutex_unlock(&ccpx_records_lock);
	return -EBUSY;
}

/**
 * ccpx_record_attach() - leave a record beside a guest of the calling process
 * @r: filled, not attached yet
 * @name: how the process calls the guest
 *
 * Context: process. Return: 0; as ccpx_guests_mine(); -EEXIST if the guest has one, or the
 * owner has one with the same key; -ENOSPC if not all could be handed over; -EBUSY on the
 * way out.
 */
int ccpx_record_attach(struct ccpx_record *r, const struct ccpx_guest_name *name)
{
	struct ccpx_owner owner = { .uid = make_kuid(&init_user_ns, le32_to_cpu(r->ser.uid)) };
	int rc;

	memcpy(owner.key, r->ser.key, sizeof(owner.key));
	r->ser.crc = cpu_to_le32(rmpp_record_crc(r->data, le32_to_cpu(r->ser.size)));
	rc = lock_to_change();
	if (rc)
		return rc;
	rc = ccpx_guests_mine(name, &r->ser.guest, &r->guest_id);
	if (!rc && (find_guest(r->guest_id) || find(&owner)))
		rc = -EEXIST;
	if (!rc && !ccpx_records_fit(room_of(r)))
		rc = -ENOSPC;
	if (!rc) {
		kref_get(&r->ref);
		ccpx_record_insert(r);
	}
	mutex_unlock(&ccpx_records_lock);
	return rc;
}

/**
 * ccpx_record_replace() - put a record in the place of one that was attached
 * @r: filled, not attached yet
 * @owner: whose the one before is
 *
 * Context: process. Return: 0; -ENOKEY if there is none of this owner's; -EPERM if its guest is
 * not one of the calling process's; -ENOSPC, -EBUSY as above; the one before stays then.
 */
int ccpx_record_replace(struct ccpx_record *r, const struct ccpx_owner *owner)
{
	struct ccpx_record *before;
	int rc;

	r->ser.crc = cpu_to_le32(rmpp_record_crc(r->data, le32_to_cpu(r->ser.size)));
	rc = lock_to_change();
	if (rc)
		return rc;
	before = find(owner);
	if (!before)
		rc = -ENOKEY;
	else if (!before->guest_id || !ccpx_guests_find(before->guest_id, true, &r->ser.guest))
		rc = -EPERM;
	else if (!ccpx_records_fit(room_of(r) - room_of(before)))
		rc = -ENOSPC;
	if (!rc) {
		r->guest_id = before->guest_id;
		kref_get(&r->ref);
		ccpx_record_insert(r);
		drop(before);
	}
	mutex_unlock(&ccpx_records_lock);
	return rc;
}

/**
 * ccpx_record_open() - the owner's record
 * @owner: who asks
 *
 * A user without one, a key that is not its key, and somebody else's record are told
 * apart by nobody.
 *
 * Context: process. Return: the record, to be put; -ENOKEY; -EBADMSG if it is not what was
 * attached.
 */
struct ccpx_record *ccpx_record_open(const struct ccpx_owner *owner)
{
	struct ccpx_record *r;

	if (mutex_lock_killable(&ccpx_records_lock))
		return ERR_PTR(-EINTR);
	r = find(owner);
	if (r)
		kref_get(&r->ref);
	mutex_unlock(&ccpx_records_lock);
	if (!r)
		return ERR_PTR(-ENOKEY);
	if (is_sound(r))
		return r;
	ccpx_record_put(r);
	return ERR_PTR(-EBADMSG);
}

/**
 * ccpx_record_remove() - the owner has what it wants
 * @owner: who asks
 *
 * Context: process. Return: 0; -ENOKEY; -EBUSY on the way out.
 */
int ccpx_record_remove(const struct ccpx_owner *owner)
{
	struct ccpx_record *r;
	int rc = lock_to_change();

	if (rc)
		return rc;
	r = find(owner);
	if (r)
		drop(r);
	mutex_unlock(&ccpx_records_lock);
	return r ? 0 : -ENOKEY;
}

/**
 * ccpx_records_erase() - without being its owner
 * @id: as ccpx_records_show() has it, 0 for all
 *
 * Context: process. Return: 0; -ENOENT if there is none; -EBUSY on the way out.
 */
int ccpx_records_erase(u32 id)
{
	struct ccpx_record *r, *next;
	int rc = lock_to_change();

	if (rc)
		return rc;
	rc = id ? -ENOENT : 0;
	list_for_each_entry_safe(r, next, &ccpx_records, list) {
		if (id && r->id != id)
			continue;
		drop(r);
		rc = 0;
	}
	mutex_unlock(&ccpx_records_lock);
	return rc;
}

static void drop_guestless(void)
{
	struct ccpx_record *r, *next;

	list_for_each_entry_safe(r, next, &ccpx_records, list)
		if (r->guest_id && !ccpx_guests_find(r->guest_id, false, NULL))
			drop(r);
}

static void guest_gone(struct work_struct *work)
{
	mutex_lock(&ccpx_records_lock);
	if (!frozen)
		drop_guestless();
	mutex_unlock(&ccpx_records_lock);
}
static DECLARE_WORK(guest_gone_work, guest_gone);

/* A guest has ended. Context: any, guests_lock held. */
void ccpx_records_guest_gone(void)
{
	if (READ_ONCE(nr_records))
		schedule_work(&guest_gone_work);
}

/**
 * ccpx_records_freeze() - the way out begins: what is there now is handed over
 *
 * Guests that end from now on end because of the jump.
 *
 * Context: process, reboot notifier.
 */
void ccpx_records_freeze(void)
{
	mutex_lock(&ccpx_records_lock);
	drop_guestless();
	frozen = true;
	mutex_unlock(&ccpx_records_lock);
}

/* Context: process, device and watch are gone; no record is left, or the module would be there. */
void ccpx_records_exit(void)
{
	struct ccpx_record *r, *next;

	cancel_work_sync(&guest_gone_work);
	list_for_each_entry_safe(r, next, &ccpx_records, list)
		drop(r);
}
