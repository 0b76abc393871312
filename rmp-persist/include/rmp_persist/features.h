/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hand-over features: what a kernel may leave for the next one, and what the
 * next one can make of it. Their table is in features.c; ccp_ext's attribute
 * "features", its module information "handover" and snp-kexec's matrix are made
 * of it. Names are for ever: they stand in annotated images. Append only.
 */
#ifndef RMP_PERSIST_FEATURES_H
#define RMP_PERSIST_FEATURES_H

#include <rmp_persist/env.h>

enum rmpp_feature {
	RMPP_FEATURE_QUARANTINE,	/* takes over what is kept out, and hands it on */
	RMPP_FEATURE_GIVE_BACK,		/* gives back what firmware and guests no longer own */
	RMPP_FEATURE_PARKED_IOMMU,	/* sets IOMMUs free that were left locked to our tables */
	RMPP_FEATURE_LAZY,		/* reclaims what was handed over assigned, while it runs */
	RMPP_FEATURE_PRESERVE,		/* adopts guests that live on in the firmware */
	RMPP_FEATURE_RECORDS,		/* gives VMMs the records that they left */
	RMPP_NR_FEATURES
};
rmpp_static_assert(RMPP_NR_FEATURES <= 32);

/* What this source does with a feature; none: it knows the name and no more. */
#define RMPP_DOES_NONE		0u
#define RMPP_DOES_WRITE		1u
#define RMPP_DOES_RESTORE	2u
#define RMPP_DOES_BOTH		3u

/*
 * header.incompat: set by a writer whose blob must be left alone by readers
 * without the feature. KNOWN are those that this source can restore.
 */
#define RMPP_INCOMPAT_PRESERVE	(1ULL << 0)
#define RMPP_INCOMPAT_KNOWN	RMPP_INCOMPAT_PRESERVE

/* Names of all that this source can restore, for the module file. */
#define RMPP_FEATURES_RESTORED	"quarantine give-back parked-iommu lazy preserve records"

#define RMPP_FEATURE_NAME_SIZE	32	/* longest name and a NUL */

const char *rmpp_feature_name(u32 feature);
u32 rmpp_feature_does(u32 feature);
u64 rmpp_feature_incompat(u32 feature);
int rmpp_feature_find(const char *name, size_t length);
u32 rmpp_features_parse(const char *text, size_t length);
const char *rmpp_incompat_name(u32 bit);

#endif /* RMP_PERSIST_FEATURES_H */
