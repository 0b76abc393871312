// SPDX-License-Identifier: GPL-2.0-only
/* Numbers of the format to words for people. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rmpctl.h"

/**
 * word_size() - a size in the largest unit that keeps it readable
 * @buf:   output
 * @len:   bytes of @buf
 * @bytes: size
 *
 * Return: @buf.
 */
const char *word_size(char *buf, size_t len, u64 bytes)
{
	static const char * const unit[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	double value = (double)bytes;
	unsigned int i = 0;

	while (value >= 1024 && i + 1 < sizeof(unit) / sizeof(unit[0])) {
		value /= 1024;
		i++;
	}
	if (value == (double)(u64)value)
		snprintf(buf, len, "%.0f %s", value, unit[i]);
	else
		snprintf(buf, len, "%.1f %s", value, unit[i]);
	return buf;
}

/**
 * word_reasons() - why pages are kept out
 * @buf:     output
 * @len:     bytes of @buf
 * @reasons: RMPP_REASON_* bits
 *
 * Return: @buf.
 */
const char *word_reasons(char *buf, size_t len, u32 reasons)
{
	static const char * const word[] = {
		"assigned", "tmr", "firmware", "leaked", "hv-fixed", "inherited", "rounding",
		"guest",
	};
	size_t used = 0;
	unsigned int i;

	if (len)
		*buf = '\0';
	for (i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		if ((reasons >> i & 1) && used < len)
			used += (size_t)snprintf(buf + used, len - used, "%s%s",
						 used ? "," : "", word[i]);
	return buf;
}

/**
 * word_text() - a text of the blob, safe for terminals
 * @buf:  output
 * @len:  bytes of @buf
 * @text: NUL-terminated within @size
 * @size: bytes of @text
 *
 * Return: @buf, all but printable ASCII replaced by "?".
 */
const char *word_text(char *buf, size_t len, const u8 *text, size_t size)
{
	size_t i;

	for (i = 0; i + 1 < len && i < size && text[i]; i++)
		buf[i] = text[i] >= ' ' && text[i] <= '~' ? (char)text[i] : '?';
	buf[i] = '\0';
	return buf;
}

/**
 * word_sev_state() - state of the SEV firmware
 * @state: RMPP_SEV_* or RMPP_STATE_UNKNOWN
 *
 * Return: by AMD 55766.
 */
const char *word_sev_state(u32 state)
{
	return state == RMPP_SEV_UNINIT ? "UNINIT" : state == RMPP_SEV_INIT ? "INIT" :
	       state == RMPP_SEV_WORKING ? "WORKING" : "unknown";
}

/**
 * word_snp_state() - state of the SNP firmware
 * @state: RMPP_SNP_* or RMPP_STATE_UNKNOWN
 *
 * Return: by AMD 56860.
 */
const char *word_snp_state(u32 state)
{
	return state == RMPP_SNP_UNINIT ? "UNINIT" : state == RMPP_SNP_INIT ? "INIT" :
	       state == RMPP_SNP_ABSENT ? "absent" : "unknown";
}

/**
 * word_guest_kind() - kind of a guest
 * @kind: RMPP_GUEST_*
 *
 * Return: AMD's name of the feature.
 */
const char *word_guest_kind(u32 kind)
{
	return kind == RMPP_GUEST_SEV ? "SEV" : kind == RMPP_GUEST_SEV_ES ? "SEV-ES" : "SNP";
}

/**
 * word_fate() - what became of a guest
 * @fate: RMPP_FATE_*
 *
 * Return: a word.
 */
const char *word_fate(u32 fate)
{
	static const char * const word[] = { "alive", "evicted", "decommissioned", "lost" };

	return word[fate];
}

/**
 * word_record() - what there is of a VMM's record
 * @blob: checked
 * @i:    entry in RECORDS
 *
 * Return: a word.
 */
const char *word_record(const struct rmpp_blob *blob, u32 i)
{
	const u8 *data;
	u32 size;

	switch (rmpp_record_data(blob, i, &data, &size)) {
	case RMPP_OK:
		return "sound";
	case RMPP_ERR_RECORD_WITHHELD:
		return "withheld";
	default:
		return "damaged";
	}
}

/**
 * sum_states() - pages and runs by state
 * @blob: checked
 * @sum:  by enum rmpp_page_state
 */
void sum_states(const struct rmpp_blob *blob, struct state_sum sum[RMPP_PAGE_STATE_MAX + 1])
{
	const struct rmpp_run_ser *r;
	u32 i;

	memset(sum, 0, (RMPP_PAGE_STATE_MAX + 1) * sizeof(*sum));
	for (i = 0; (r = rmpp_blob_entry(blob, RMPP_SECTION_RMP_RUNS, i)); i++) {
		sum[r->state].nr_runs++;
		sum[r->state].nr_pages += le32_to_cpu(r->nr_pages);
	}
}
