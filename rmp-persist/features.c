// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The features of features.h by number and by name. */
#define RMPP_CORE
#include <rmp_persist/features.h>

static const struct feature {
	const char *name;
	u32 does;
	u64 incompat;
} features[RMPP_NR_FEATURES] = {
	[RMPP_FEATURE_QUARANTINE]   = { "quarantine", RMPP_DOES_BOTH, 0 },
	[RMPP_FEATURE_GIVE_BACK]    = { "give-back", RMPP_DOES_RESTORE, 0 },
	[RMPP_FEATURE_PARKED_IOMMU] = { "parked-iommu", RMPP_DOES_BOTH, 0 },
	[RMPP_FEATURE_LAZY]	    = { "lazy", RMPP_DOES_BOTH, 0 },
	[RMPP_FEATURE_PRESERVE]	    = { "preserve", RMPP_DOES_BOTH, RMPP_INCOMPAT_PRESERVE },
	[RMPP_FEATURE_RECORDS]	    = { "records", RMPP_DOES_BOTH, 0 },
};

/**
 * rmpp_feature_name() - name as it stands in annotated images
 * @feature: enum rmpp_feature
 *
 * Return: the name; "?" if unknown.
 */
const char *rmpp_feature_name(u32 feature)
{
	return feature < RMPP_NR_FEATURES ? features[feature].name : "?";
}

/**
 * rmpp_feature_does() - what this source does with a feature
 * @feature: enum rmpp_feature
 *
 * Return: RMPP_DOES_*; none if unknown.
 */
u32 rmpp_feature_does(u32 feature)
{
	return feature < RMPP_NR_FEATURES ? features[feature].does : RMPP_DOES_NONE;
}

/**
 * rmpp_feature_incompat() - the blob's incompatible bit of a feature
 * @feature: enum rmpp_feature
 *
 * Return: RMPP_INCOMPAT_*; 0 if it has none, or is unknown.
 */
u64 rmpp_feature_incompat(u32 feature)
{
	return feature < RMPP_NR_FEATURES ? features[feature].incompat : 0;
}

/* Names are compared whole; nothing behind @length is looked at. */
static bool has_name(u32 feature, const char *name, size_t length)
{
	const char *own = features[feature].name;
	size_t i;

	for (i = 0; i < length; i++)
		if (!own[i] || own[i] != name[i])
			return false;
	return !own[length];
}

/**
 * rmpp_feature_find() - feature by name
 * @name:   not NUL-terminated
 * @length: its bytes
 *
 * Return: enum rmpp_feature; -1 if unknown.
 */
int rmpp_feature_find(const char *name, size_t length)
{
	u32 i;

	for (i = 0; i < RMPP_NR_FEATURES; i++)
		if (has_name(i, name, length))
			return (int)i;
	return -1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/**
 * rmpp_features_parse() - set of features from names between blanks
 * @text:   hostile, not NUL-terminated
 * @length: its bytes
 *
 * Names that are not known are left out: nothing here could make use of them.
 *
 * Return: 1 << enum rmpp_feature, ored.
 */
u32 rmpp_features_parse(const char *text, size_t length)
{
	size_t start, at = 0;
	u32 set = 0;
	int found;

	while (at < length) {
		start = at;
		while (at < length && !is_blank(text[at]))
			at++;
		found = rmpp_feature_find(text + start, at - start);
		if (found >= 0)
			set |= 1u << found;
		at++;
	}
	return set;
}

/**
 * rmpp_incompat_name() - the feature behind a bit of header.incompat
 * @bit: 0 to 63
 *
 * Return: its name, also of a feature that this source cannot restore; "?" if
 * the bit is not given out.
 */
const char *rmpp_incompat_name(u32 bit)
{
	u32 i;

	for (i = 0; i < RMPP_NR_FEATURES; i++)
		if (bit < 64 && features[i].incompat == 1ULL << bit)
			return features[i].name;
	return "?";
}
