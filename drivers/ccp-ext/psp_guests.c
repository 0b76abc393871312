// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guests that live in the firmware, as the commands seen by psp_watch.c
 * tell of them, and the processes (VMMs) that launched them.
 */
#include "ccp_ext.h"
#include "panic.h"

#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

struct guest {
	struct rmpp_guest_ser ser;
	struct pid *pid;		/* VMM that launched it; NULL if unknown */
	struct pid *thread;		/* ... its thread that did */
	u64 id;				/* never used again in this kernel; rises */
	bool adopted;			/* by an earlier kernel: there is no VMM */
};

/* taken from kprobe handlers, below psp_watch.c's own lock */
static DEFINE_RAW_SPINLOCK(guests_lock);
static struct guest *guests;		/* [CCPX_MAX_GUESTS], nr_guests used */
static u32 nr_guests;
static u64 last_id;
static bool overflow;
/* VMMs that were told to stop or die; references are held until unload */
static struct pid *victims[CCPX_MAX_GUESTS];
static u32 nr_victims;

int ccpx_guests_init(void)
{
	guests = kvcalloc(CCPX_MAX_GUESTS, sizeof(*guests), GFP_KERNEL);
	return guests ? 0 : -ENOMEM;
}

void ccpx_guests_exit(void)
{
	ccpx_guests_remove_kind(true);
	ccpx_guests_remove_kind(false);
	kvfree(guests);
	guests = NULL;
	while (nr_victims)
		put_pid(victims[--nr_victims]);
}

static struct guest *find(u64 gctx_pa, u32 handle, bool snp)
{
	u32 i;

	lockdep_assert_held(&guests_lock);
	for (i = 0; i < nr_guests; i++) {
		struct rmpp_guest_ser *g = &guests[i].ser;

		if (snp ? g->kind == RMPP_GUEST_SNP && le64_to_cpu(g->gctx_pa) == gctx_pa
			: g->kind != RMPP_GUEST_SNP && le32_to_cpu(g->handle) == handle)
			return &guests[i];
	}
	return NULL;
}

static void drop(struct guest *g)
{
	put_pid(g->pid);
	put_pid(g->thread);
	*g = guests[--nr_guests];
	ccpx_records_guest_gone();
}

/**
 * ccpx_guests_add() - a guest was created, by the process that runs now
 * @gctx_pa: address of its context; SNP only
 * @handle: its handle; SEV and SEV-ES only
 * @policy: its policy, 0 if not known yet
 * @kind: RMPP_GUEST_*
 *
 * A guest that is there already is replaced, but keeps its VMM. More than
 * CCPX_MAX_GUESTS are remembered only as ccpx_guests_overflow().
 *
 * Context: any.
 */
void ccpx_guests_add(u64 gctx_pa, u32 handle, u64 policy, u8 kind)
{
	unsigned long flags;
	struct guest *g;

	raw_spin_lock_irqsave(&guests_lock, flags);
	g = find(gctx_pa, handle, kind == RMPP_GUEST_SNP);
	if (!g && nr_guests < CCPX_MAX_GUESTS) {
		g = &guests[nr_guests++];
		*g = (struct guest) { };
		/* the ioctl that launches runs in the VMM's own context */
		g->pid = current->mm ? get_task_pid(current, PIDTYPE_TGID) : NULL;
		g->thread = current->mm ? get_task_pid(current, PIDTYPE_PID) : NULL;
	}
	overflow |= !g;
	if (g) {
		g->id = ++last_id;
		g->ser = (struct rmpp_guest_ser) {
			.gctx_pa = cpu_to_le64(gctx_pa),
			.handle = cpu_to_le32(handle),
			.policy = cpu_to_le64(policy),
			.kind = kind,
			.fate = RMPP_FATE_ALIVE,
			.fw_state = RMPP_STATE_UNKNOWN,
		};
	}
	raw_spin_unlock_irqrestore(&guests_lock, flags);
}

/**
 * ccpx_guests_adopt() - a guest of the previous kernel, which has no VMM here
 * @ser: what is known of it; alive
 *
 * Context: process.
 */
void ccpx_guests_adopt(const struct rmpp_guest_ser *ser)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&guests_lock, flags);
	overflow |= nr_guests == CCPX_MAX_GUESTS;
	if (nr_guests < CCPX_MAX_GUESTS)
		guests[nr_guests++] = (struct guest) { .ser = *ser, .adopted = true };
	raw_spin_unlock_irqrestore(&guests_lock, flags);
}

/* The firmware has forgotten this guest. */
void ccpx_guests_remove(u64 gctx_pa, u32 handle, bool snp)
{
	unsigned long flags;
	struct guest *g;

	raw_spin_lock_irqsave(&guests_lock, flags);
	g = find(gctx_pa, handle, snp);
	if (g)
		drop(g);
	raw_spin_unlock_irqrestore(&guests_lock, flags);
}

/* ... all SNP guests, or all others. */
void ccpx_guests_remove_kind(bool snp)
{
	unsigned long flags;
	u32 i = 0;

	raw_spin_lock_irqsave(&guests_lock, flags);
	while (i < nr_guests) {
		if ((guests[i].ser.kind == RMPP_GUEST_SNP) == snp)
			drop(&guests[i]);
		else
			i++;
	}
	raw_spin_unlock_irqrestore(&guests_lock, flags);
}

/**
 * ccpx_guests_set() - a command has told more of a guest
 * @gctx_pa: address of its context; SNP only
 * @handle: its handle; SEV and SEV-ES only
 * @snp: which of the two it is
 * @what: which of its values
 * @value: that value
 *
 * Context: any.
 */
void ccpx_guests_set(u64 gctx_pa, u32 handle, bool snp, enum ccpx_guest_value what, u64 value)
{
	unsigned long flags;
	struct guest *g;

	raw_spin_lock_irqsave(&guests_lock, flags);
	g = find(gctx_pa, handle, snp);
	if (g && what == CCPX_GUEST_ASID)
		g->ser.asid = cpu_to_le32(value);
	else if (g && what == CCPX_GUEST_POLICY)
		g->ser.policy = cpu_to_le64(value);
	else if (g && what == CCPX_GUEST_STATE)
		g->ser.fw_state = value;
	raw_spin_unlock_irqrestore(&guests_lock, flags);
}

/* More guests were created than there is room for: the table is not complete. */
bool ccpx_guests_overflow(void)
{
	return READ_ONCE(overflow);
}

u32 ccpx_guests_count(void)
{
	return READ_ONCE(nr_guests);
}

/* Those that were launched in this kernel. */
u32 ccpx_guests_owned(void)
{
	unsigned long flags;
	u32 i, nr = 0;

	raw_spin_lock_irqsave(&guests_lock, flags);
	for (i = 0; i < nr_guests; i++)
		nr += !guests[i].adopted;
	raw_spin_unlock_irqrestore(&guests_lock, flags);
	return nr;
}

/**
 * ccpx_guests_by_kind() - how many there are, adopted ones included
 * @nr: set, by RMPP_GUEST_*
 *
 * Context: any but a panic.
 */
void ccpx_guests_by_kind(u32 nr[RMPP_GUEST_SNP + 1])
{
	unsigned long flags;
	u32 i;

	memset(nr, 0, (RMPP_GUEST_SNP + 1) * sizeof(*nr));
	raw_spin_lock_irqsave(&guests_lock, flags);
	for (i = 0; i < nr_guests; i++)
		nr[min_t(u32, guests[i].ser.kind, RMPP_GUEST_SNP)]++;
	raw_spin_unlock_irqrestore(&guests_lock, flags);
}

/* At a panic. Return: false if somebody has the lock and does not let go of it. */
bool ccpx_guests_try_get(struct rmpp_guest_ser *v, u32 max, u32 *nr)
{
	unsigned long flags;
	u32 i;

	for (i = 0; i < CCPX_POLLS; i++) {
		if (raw_spin_trylock_irqsave(&guests_lock, flags)) {
			for (*nr = 0; *nr < nr_guests && *nr < max; ++*nr)
				v[*nr] = guests[*nr].ser;
			raw_spin_unlock_irqrestore(&guests_lock, flags);
			return true;
		}
		udelay(10);
	}
	return false;
}

/**
 * ccpx_guests_get() - copy the guests that live in the firmware
 * @v: filled
 * @max: room in @v, entries
 *
 * Return: entries copied.
 */
u32 ccpx_guests_get(struct rmpp_guest_ser *v, u32 max)
{
	u32 nr;

	while (!ccpx_guests_try_get(v, max, &nr))
		cpu_relax();
	return nr;
}

static bool is_named(const struct guest *g, const struct ccpx_guest_name *name)
{
	if (name->handle >= 0)
		return g->ser.kind != RMPP_GUEST_SNP && le32_to_cpu(g->ser.handle) == name->handle;
	return !name->last || g->thread == task_pid(current);
}

/**
 * ccpx_guests_mine() - a live guest that the calling process launched
 * @name: how the process calls it
 * @ser: filled
 * @id: set to what it is called here
 *
 * Context: process. Return: 0; -ESRCH if the process has no guest; -EPERM if none of its
 * guests is meant; -ENOTUNIQ if several are.
 */
int ccpx_guests_mine(const struct ccpx_guest_name *name, struct rmpp_guest_ser *ser, u64 *id)
{
	const struct guest *found = NULL;
	u32 i, nr_mine = 0, nr_meant = 0;
	unsigned long flags;

	raw_spin_lock_irqsave(&guests_lock, flags);
	for (i = 0; i < nr_guests; i++) {
		const struct guest *g = &guests[i];

		if (!g->pid || g->pid != task_tgid(current))
			continue;
		nr_mine++;
		if (!is_named(g, name))
			continue;
		nr_meant++;
		if (!found || g->id > found->id)
			found = g;
	}
	if (found) {
		*ser = found->ser;
		*id = found->id;
	}
	raw_spin_unlock_irqrestore(&guests_lock, flags);
	if (!nr_mine)
		return -ESRCH;
	if (!nr_meant)
		return -EPERM;
	return nr_meant > 1 && !name->last ? -ENOTUNIQ : 0;
}

/**
 * ccpx_guests_find() - a guest of this kernel, if it lives
 * @id: as ccpx_guests_mine() gave it
 * @mine: only if the calling process launched it
 * @ser: filled; may be NULL
 *
 * Context: any. Return: true if it was found.
 */
bool ccpx_guests_find(u64 id, bool mine, struct rmpp_guest_ser *ser)
{
	unsigned long flags;
	bool found;
	u32 i = 0;

	raw_spin_lock_irqsave(&guests_lock, flags);
	while (i < nr_guests && guests[i].id != id)
		i++;
	found = i < nr_guests && (!mine || guests[i].pid == task_tgid(current));
	if (found && ser)
		*ser = guests[i].ser;
	raw_spin_unlock_irqrestore(&guests_lock, flags);
	return found;
}

static bool is_victim(const struct pid *pid)
{
	u32 i;

	for (i = 0; i < nr_victims; i++)
		if (victims[i] == pid)
			return true;
	return false;
}

/**
 * ccpx_guests_signal_vmms() - SIGKILL or SIGSTOP to every process that launched a live guest
 * @sig: the signal
 *
 * Also to those of earlier calls, whose guests may be gone from the firmware by now.
 *
 * Context: process, reboot path only. Return: VMMs that were signalled.
 */
u32 ccpx_guests_signal_vmms(int sig)
{
	unsigned long flags;
	u32 i, nr = 0;

	raw_spin_lock_irqsave(&guests_lock, flags);
	for (i = 0; i < nr_guests && nr_victims < CCPX_MAX_GUESTS; i++)
		if (guests[i].pid && !is_victim(guests[i].pid))
			victims[nr_victims++] = get_pid(guests[i].pid);
	raw_spin_unlock_irqrestore(&guests_lock, flags);
	for (i = 0; i < nr_victims; i++)
		nr += !kill_pid(victims[i], sig, 1);
	return nr;
}

static bool task_lives(struct task_struct *task)
{
	/* a leader may be a zombie while its threads still hold the files */
	return !READ_ONCE(task->exit_state) || !thread_group_empty(task);
}

static bool task_runs(struct task_struct *task)
{
	/* set once each thread has stopped, or has been told to end: none runs a guest then */
	return task_lives(task) &&
	       !(READ_ONCE(task->signal->flags) & (SIGNAL_STOP_STOPPED | SIGNAL_GROUP_EXIT));
}

static u32 count_vmms(bool (*is)(struct task_struct *task))
{
	struct task_struct *task;
	u32 i, nr = 0;

	rcu_read_lock();
	for (i = 0; i < nr_victims; i++) {
		task = pid_task(victims[i], PIDTYPE_TGID);
		nr += task && is(task);
	}
	rcu_read_unlock();
	return nr;
}

/**
 * ccpx_guests_vmms_alive() - VMMs that were signalled and still tear down
 *
 * A VMM whose threads are all gone has closed its files: KVM is done with its guests, and
 * guest_memfd has returned their pages.
 *
 * Context: as above. Return: processes.
 */
u32 ccpx_guests_vmms_alive(void)
{
	return count_vmms(task_lives);
}

/**
 * ccpx_guests_vmms_running() - VMMs that were signalled and may still run a guest
 *
 * A thread stops on its way back to user mode: those of a stopped VMM are neither in the
 * guest nor in an ioctl.
 *
 * Context: as above. Return: processes.
 */
u32 ccpx_guests_vmms_running(void)
{
	return count_vmms(task_runs);
}
