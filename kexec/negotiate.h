/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Would a next kernel make use of all that this host would hand over? One row a
 * feature: what the host needs, what the image can, and what follows. Pure, but
 * for the text of reasons.
 *
 *		image can	cannot		nobody says
 *	must	go		no-go		unknown
 *	should	go		loss		may-lose
 *	no	-		-		-
 *
 * "must": without it something that was promised does not happen, or becomes
 * unsafe a jump later. "should": memory or a service is lost until a cold boot,
 * or might be; nothing is unsafe.
 */
#ifndef KEXEC_NEGOTIATE_H
#define KEXEC_NEGOTIATE_H

#include <stdbool.h>
#include <stdint.h>

#include <rmp_persist/features.h>

enum nego_need { NEGO_NO, NEGO_SHOULD, NEGO_MUST };
enum nego_can { NEGO_CAN, NEGO_CANNOT, NEGO_NOBODY_SAYS };

enum nego_verdict {
	NEGO_GO,
	NEGO_NOT_NEEDED,
	NEGO_MAY_LOSE,
	NEGO_LOSS,
	NEGO_UNKNOWN,
	NEGO_NO_GO,
};

enum nego_policy {
	NEGO_POLICY_EVICT,
	NEGO_POLICY_LAZY,
	NEGO_POLICY_PRESERVE,
	NEGO_POLICY_UNKNOWN,
};

struct nego_host {
	bool sev;		/* SEV or SNP is there at all */
	bool snp;		/* the RMP is enforced */
	enum nego_policy policy;
	uint64_t held_size;	/* bytes kept out of this kernel */
	uint64_t next_size;	/* bytes kept out of the next one, if it were started now */
	uint64_t nr_assigned;	/* pages */
	uint32_t nr_guests;
	uint32_t nr_records;	/* of VMMs, for themselves */
	uint64_t incompat;	/* bits that the blob would carry now */
};

struct nego_image {
	enum nego_can setup_indirect;	/* the kernel reserves what the chain names */
	enum nego_can snp_host;		/* it can run SNP guests */
	bool says;			/* somebody says what its ccp_ext can */
	bool has_no_module;		/* it is known to have none */
	uint32_t features;		/* 1 << enum rmpp_feature, with @says */
};

#define NEGO_REASON_SIZE	160
/* the kernel's own two, one a feature, one for bits without a name, one for an unknown policy */
#define NEGO_MAX_ROWS		(RMPP_NR_FEATURES + 4)

struct nego_row {
	const char *feature;
	enum nego_need need;
	enum nego_can can;
	enum nego_verdict verdict;
	char reason[NEGO_REASON_SIZE];
};

struct nego_matrix {
	struct nego_row row[NEGO_MAX_ROWS];
	unsigned int nr;
	enum nego_verdict verdict;	/* NEGO_GO, NEGO_UNKNOWN or NEGO_NO_GO */
};

void negotiate(struct nego_matrix *m, const struct nego_host *h, const struct nego_image *i);
enum nego_policy nego_policy_find(const char *name);
enum nego_can nego_snp_host(const char *release);
const char *nego_need_name(enum nego_need need);
const char *nego_can_name(enum nego_can can);
const char *nego_verdict_name(enum nego_verdict verdict);

#endif /* KEXEC_NEGOTIATE_H */
