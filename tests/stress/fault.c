// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <string.h>

#include "fault.h"

/* AMD SEV firmware status: 14 WBINVD required, 15 DF_FLUSH required, 19 hardware error, platform */
const struct fault fault_table[] = {
	{
		.name = "flushes-demanded", .effect = EFFECT_NONE, .traits = FAULT_ON_SNP,
		.line = { "{\"command\": \"SNP_SHUTDOWN_EX\", \"status\": 15}",
			  "{\"command\": \"SNP_DF_FLUSH\", \"status\": 14}" },
	}, {
		.name = "shutdown-refused-once", .effect = EFFECT_NONE,
		.line = { "{\"command\": \"SHUTDOWN\", \"status\": 19}" },
	}, {
		.name = "snp-shutdown-slow", .effect = EFFECT_NONE, .traits = FAULT_ON_SNP,
		.line = { "{\"command\": \"SNP_SHUTDOWN_EX\", \"action\": \"delay\", \"ms\": 300, "
			  "\"clock\": \"virtual\"}" },
	}, {
		.name = "shutdown-slow", .effect = EFFECT_NONE,
		.line = { "{\"command\": \"SHUTDOWN\", \"action\": \"delay\", \"ms\": 500, "
			  "\"clock\": \"virtual\"}" },
	}, {
		.name = "spurious-interrupt", .effect = EFFECT_NONE,
		.line = { "{\"command\": \"SHUTDOWN\", \"action\": \"spurious-interrupt\"}" },
	}, {
		.name = "cpu-stuck", .effect = EFFECT_NONE,
		.line = { "{\"command\": \"SHUTDOWN\", \"action\": \"cpu-stuck\", \"ms\": 200}" },
	}, {
		.name = "shutdown-refused", .effect = EFFECT_HELD, .traits = FAULT_ALONE,
		.line = { "{\"command\": \"SHUTDOWN\", \"status\": 19, \"count\": 0}",
			  "{\"command\": \"SNP_SHUTDOWN_EX\", \"status\": 19, \"count\": 0}" },
	}, {
		.name = "snp-shutdown-refused", .effect = EFFECT_HELD, .traits = FAULT_ALONE | FAULT_ON_SNP,
		.line = { "{\"command\": \"SNP_SHUTDOWN_EX\", \"status\": 19, \"count\": 0}" },
	}, {
		/* a status is a claim: what counts is what is read back. ccp takes it for true, and does not ask again */
		.name = "snp-shutdown-claimed-once", .effect = EFFECT_LATE,
		.traits = FAULT_ALONE | FAULT_ON_SNP | FAULT_MISLEADS,
		.line = { "{\"command\": \"SNP_SHUTDOWN_EX\", \"action\": \"half\", \"without\": \"effect\"}" },
	}, {
		.name = "snp-shutdown-claimed", .effect = EFFECT_HELD, .traits = FAULT_ALONE | FAULT_ON_SNP | FAULT_MISLEADS,
		.line = { "{\"command\": \"SNP_SHUTDOWN_EX\", \"action\": \"half\", \"without\": \"effect\", \"count\": 0}" },
	}, {
		.name = "decommission-refused", .effect = EFFECT_LATE, .traits = FAULT_ALONE | FAULT_ON_SNP | FAULT_ON_GUESTS,
		.line = { "{\"command\": \"SNP_DECOMMISSION\", \"nth\": 2, \"status\": 19}",
			  "{\"command\": \"SNP_DECOMMISSION\", \"nth\": 3, \"status\": 19}",
			  "{\"command\": \"SNP_DECOMMISSION\", \"nth\": 4, \"status\": 19}" },
	}, {
		.name = "snp-shutdown-hangs", .effect = EFFECT_DEAD, .traits = FAULT_ALONE | FAULT_ON_SNP | FAULT_HASTE,
		.line = { "{\"command\": \"SNP_SHUTDOWN_EX\", \"action\": \"hang\"}" },
	}, {
		.name = "shutdown-hangs", .effect = EFFECT_DEAD, .traits = FAULT_ALONE | FAULT_HASTE,
		.line = { "{\"command\": \"SHUTDOWN\", \"action\": \"hang\"}" },
	}, {
		.name = "psp-dies-before", .effect = EFFECT_DEAD,
		.traits = FAULT_ALONE | FAULT_HASTE | FAULT_MARKS | FAULT_BEFORE,
		.line = { "{\"on\": \"mark\", \"action\": \"death\", \"registers\": \"ones\"}" },
	}, {
		.name = "psp-dies-during", .effect = EFFECT_DEAD, .traits = FAULT_ALONE | FAULT_ON_SNP | FAULT_HASTE,
		.line = { "{\"command\": \"SNP_SHUTDOWN_EX\", \"action\": \"death\"}" },
	}, {
		.name = "psp-dies-after", .effect = EFFECT_DEAD_DOWN, .traits = FAULT_ALONE,
		.line = { "{\"on\": \"kexec-jump\", \"action\": \"death\"}" },
	}, {
		.name = "blob-damaged", .effect = EFFECT_UNREAD, .traits = FAULT_ALONE, .place = AT_BLOB,
		.line = { "{\"on\": \"kexec-jump\", \"action\": \"corrupt\", \"pa\": %llu, \"len\": 1, \"xor\": 1}" },
	}, {
		.name = "image-damaged", .effect = EFFECT_RESET,
		.traits = FAULT_ALONE | FAULT_ON_ZONE | FAULT_MARKS, .place = AT_IMAGE,
		.line = { "{\"on\": \"mark\", \"action\": \"corrupt\", \"pa\": %llu, \"len\": 4096}" },
	}, {
		.name = "reset-in-shutdown", .effect = EFFECT_RESET, .traits = FAULT_ALONE,
		.line = { "{\"command\": \"SHUTDOWN\", \"action\": \"reset\"}" },
	},
	{ NULL },
};

const struct fault *fault_find(const char *name)
{
	for (const struct fault *f = fault_table; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

bool fault_parks(const struct fault *fault)
{
	return fault->effect == EFFECT_HELD || fault->effect == EFFECT_LATE || fault->effect == EFFECT_DEAD;
}
