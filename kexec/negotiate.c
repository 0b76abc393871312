// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "negotiate.h"

static const enum nego_verdict verdicts[3][3] = {
	[NEGO_NO]     = { NEGO_NOT_NEEDED, NEGO_NOT_NEEDED, NEGO_NOT_NEEDED },
	[NEGO_SHOULD] = { NEGO_GO, NEGO_LOSS, NEGO_MAY_LOSE },
	[NEGO_MUST]   = { NEGO_GO, NEGO_NO_GO, NEGO_UNKNOWN },
};

static void add(struct nego_matrix *m, const char *feature, enum nego_need need,
		enum nego_can can, const char *reason)
{
	struct nego_row *row = &m->row[m->nr++];

	row->feature = feature;
	row->need = need;
	row->can = can;
	row->verdict = verdicts[need][can];
	snprintf(row->reason, sizeof(row->reason), "%s", reason);
	if (row->verdict == NEGO_NO_GO ||
	    (row->verdict == NEGO_UNKNOWN && m->verdict != NEGO_NO_GO))
		m->verdict = row->verdict;
}

/* A module that is not there can nothing; of one that nobody speaks of nothing is known. */
static enum nego_can can(const struct nego_image *i, enum rmpp_feature feature)
{
	if (i->says)
		return i->features & 1u << feature ? NEGO_CAN : NEGO_CANNOT;
	return i->has_no_module ? NEGO_CANNOT : NEGO_NOBODY_SAYS;
}

static void kernel_rows(struct nego_matrix *m, const struct nego_host *h,
			const struct nego_image *i)
{
	if (h->sev)
		add(m, "setup-indirect", NEGO_MUST, i->setup_indirect,
		    "the kernel itself keeps what is still assigned out of its own hands");
	else
		add(m, "setup-indirect", NEGO_NO, i->setup_indirect, "no SEV on this host");
	if (h->snp)
		add(m, "snp-host", NEGO_SHOULD, i->snp_host,
		    "SNP is on here; a kernel without it cannot run SNP guests");
	else
		add(m, "snp-host", NEGO_NO, i->snp_host, "SNP is off here");
}

static unsigned long long mib(uint64_t size)
{
	return (size + (1 << 20) - 1) >> 20;
}

/* Something is in other hands, or may stay there if the firmware refuses to let go. */
static bool may_leave_something(const struct nego_host *h)
{
	return h->next_size || h->nr_assigned || h->nr_guests || h->snp;
}

static void quarantine_row(struct nego_matrix *m, const struct nego_host *h,
			   const struct nego_image *i)
{
	const char *name = rmpp_feature_name(RMPP_FEATURE_QUARANTINE);
	enum nego_can it = can(i, RMPP_FEATURE_QUARANTINE);
	char reason[NEGO_REASON_SIZE];

	snprintf(reason, sizeof(reason),
		 "%llu MiB are kept out here; without ccp_ext the jump after the next would forget them",
		 mib(h->held_size));
	if (h->held_size)
		add(m, name, NEGO_MUST, it, reason);
	else if (may_leave_something(h))
		add(m, name, NEGO_SHOULD, it,
		    "what the firmware may refuse to give back is handed on to later kernels");
	else
		add(m, name, NEGO_NO, it, "nothing is kept out, nothing is assigned");
}

static void give_back_row(struct nego_matrix *m, const struct nego_host *h,
			  const struct nego_image *i)
{
	const char *name = rmpp_feature_name(RMPP_FEATURE_GIVE_BACK);
	enum nego_can it = can(i, RMPP_FEATURE_GIVE_BACK);
	char reason[NEGO_REASON_SIZE];

	snprintf(reason, sizeof(reason),
		 "what is kept out comes back without a cold boot (%llu MiB, if it were now)",
		 mib(h->next_size));
	if (h->held_size || may_leave_something(h))
		add(m, name, NEGO_SHOULD, it, reason);
	else
		add(m, name, NEGO_NO, it, "nothing is kept out, nothing is assigned");
}

static void parked_row(struct nego_matrix *m, const struct nego_host *h,
		       const struct nego_image *i)
{
	const char *name = rmpp_feature_name(RMPP_FEATURE_PARKED_IOMMU);
	enum nego_can it = can(i, RMPP_FEATURE_PARKED_IOMMU);

	if (h->snp)
		add(m, name, NEGO_SHOULD, it,
		    "an IOMMU that the firmware may not let go of is set free later");
	else
		add(m, name, NEGO_NO, it, "SNP is off here");
}

/* A promise about guests costs nothing while there are none. */
static void policy_row(struct nego_matrix *m, const struct nego_host *h,
		       const struct nego_image *i, enum rmpp_feature feature,
		       enum nego_policy policy, bool something, const char *what)
{
	const char *name = rmpp_feature_name(feature);
	enum nego_can it = can(i, feature);
	char reason[NEGO_REASON_SIZE];

	snprintf(reason, sizeof(reason), "policy %s: %s", name,
		 something ? what : "there is nothing now that it would apply to");
	if (h->policy != policy)
		add(m, name, NEGO_NO, it, "the policy is another");
	else
		add(m, name, something ? NEGO_MUST : NEGO_SHOULD, it, reason);
}

/* No more than "should": a VMM must not be able to keep its host from a jump. */
static void records_row(struct nego_matrix *m, const struct nego_host *h,
			const struct nego_image *i)
{
	const char *name = rmpp_feature_name(RMPP_FEATURE_RECORDS);
	enum nego_can it = can(i, RMPP_FEATURE_RECORDS);
	char reason[NEGO_REASON_SIZE];

	snprintf(reason, sizeof(reason), "%lu records that VMMs left for themselves",
		 (unsigned long)h->nr_records);
	if (h->nr_records)
		add(m, name, NEGO_SHOULD, it, reason);
	else
		add(m, name, NEGO_NO, it, "no VMM has left a record");
}

/* What the blob would demand as it is comes first: it is the second gate. */
static void feature_row(struct nego_matrix *m, const struct nego_host *h,
			const struct nego_image *i, enum rmpp_feature f)
{
	if (h->incompat & rmpp_feature_incompat(f)) {
		add(m, rmpp_feature_name(f), NEGO_MUST, can(i, f),
		    "what would be handed over now must not be read without it");
		return;
	}
	switch (f) {
	case RMPP_FEATURE_QUARANTINE:
		quarantine_row(m, h, i);
		break;
	case RMPP_FEATURE_GIVE_BACK:
		give_back_row(m, h, i);
		break;
	case RMPP_FEATURE_PARKED_IOMMU:
		parked_row(m, h, i);
		break;
	case RMPP_FEATURE_LAZY:
		policy_row(m, h, i, f, NEGO_POLICY_LAZY, h->nr_guests || h->nr_assigned,
			   "guests' pages cross the jump assigned");
		break;
	case RMPP_FEATURE_PRESERVE:
		policy_row(m, h, i, f, NEGO_POLICY_PRESERVE, h->nr_guests,
			   "guests cross the jump alive");
		break;
	case RMPP_FEATURE_RECORDS:
		records_row(m, h, i);
		break;
	default:
		add(m, rmpp_feature_name(f), NEGO_NO, can(i, f), "nothing here asks for it");
	}
}

static void nameless_row(struct nego_matrix *m, const struct nego_host *h,
			 const struct nego_image *i)
{
	uint64_t nameless = h->incompat;
	char reason[NEGO_REASON_SIZE];
	uint32_t f;

	for (f = 0; f < RMPP_NR_FEATURES; f++)
		nameless &= ~rmpp_feature_incompat(f);
	if (!nameless)
		return;
	snprintf(reason, sizeof(reason),
		 "what would be handed over now must not be read without features %#llx, which this snp-kexec does not know",
		 (unsigned long long)nameless);
	add(m, "(no name here)", NEGO_MUST,
	    i->has_no_module && !i->says ? NEGO_CANNOT : NEGO_NOBODY_SAYS, reason);
}

/**
 * negotiate() - compare a host with an image
 * @m: result
 * @h: the running host, as it is now
 * @i: the image
 */
void negotiate(struct nego_matrix *m, const struct nego_host *h, const struct nego_image *i)
{
	uint32_t f;

	memset(m, 0, sizeof(*m));
	m->verdict = NEGO_GO;
	kernel_rows(m, h, i);
	for (f = 0; f < RMPP_NR_FEATURES; f++)
		feature_row(m, h, i, f);
	nameless_row(m, h, i);
	if (h->policy == NEGO_POLICY_UNKNOWN)
		add(m, "(policy)", NEGO_MUST, NEGO_NOBODY_SAYS,
		    "ccp_ext's policy is none that this snp-kexec knows");
}

/** nego_policy_find() - the policy that ccp_ext names so */
enum nego_policy nego_policy_find(const char *name)
{
	static const char *const names[NEGO_POLICY_UNKNOWN] = { "evict", "lazy", "preserve" };
	unsigned int i;

	for (i = 0; i < NEGO_POLICY_UNKNOWN; i++)
		if (!strcmp(name, names[i]))
			return (enum nego_policy)i;
	return NEGO_POLICY_UNKNOWN;
}

/**
 * nego_snp_host() - can this kernel run SNP guests? By its release, nothing else tells
 * @release: the bzImage's version string
 *
 * Mainline has it since 6.11 (KVM_SEV_SNP; the RMP's own code since 6.9). A stock kernel of an
 * earlier series has not; that one of a later series was built with it is taken for granted.
 *
 * Return: what is known.
 */
enum nego_can nego_snp_host(const char *release)
{
	unsigned int major, minor;

	if (sscanf(release, "%3u.%3u", &major, &minor) != 2)
		return NEGO_NOBODY_SAYS;
	return major > 6 || (major == 6 && minor >= 11) ? NEGO_CAN : NEGO_CANNOT;
}

/** nego_need_name() - for people and JSON */
const char *nego_need_name(enum nego_need need)
{
	static const char *const name[] = { "no", "should", "must" };

	return name[need];
}

/** nego_can_name() - for people and JSON */
const char *nego_can_name(enum nego_can it)
{
	static const char *const name[] = { "yes", "no", "?" };

	return name[it];
}

/** nego_verdict_name() - for people and JSON */
const char *nego_verdict_name(enum nego_verdict verdict)
{
	static const char *const name[] = {
		[NEGO_GO] = "go", [NEGO_NOT_NEEDED] = "-", [NEGO_MAY_LOSE] = "may-lose",
		[NEGO_LOSS] = "loss", [NEGO_UNKNOWN] = "unknown", [NEGO_NO_GO] = "no-go",
	};

	return name[verdict];
}
