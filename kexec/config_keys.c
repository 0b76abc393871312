// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "config.h"

static const char *const policies[] = { "evict", "lazy", "preserve", NULL };
static const char *const unsafe_words[] = { "reset", "refuse", "proceed", NULL };

#define MIB_MAX		65536		/* no host has that much to spare */
#define MS_MAX		3600000
#define U32_VALUES	0xffffffffu

/* Ranges are the module's own where it has some (drivers/ccp-ext/main.c), and sound ones elsewhere. */
const struct config_key config_keys[CONFIG_NR_KEYS] = {
	[CONFIG_POLICY] = { "policy", CONFIG_WORD, CONFIG_ATTRIBUTE, .words = policies },
	[CONFIG_ON_UNSAFE] = { "on_unsafe", CONFIG_WORD, CONFIG_ATTRIBUTE, .words = unsafe_words },
	[CONFIG_BUDGET_MS] = { "budget_ms", CONFIG_NUMBER, CONFIG_PARAMETER, 1, MS_MAX, 10000 },
	[CONFIG_REGION_MB] = { "region_mb", CONFIG_NUMBER, CONFIG_RELOAD, 4, 256, 4 },
	[CONFIG_ZONE_MB] = { "zone_mb", CONFIG_NUMBER, CONFIG_RELOAD, 0, MIB_MAX, 128 },
	[CONFIG_GIVEBACK] = { "giveback", CONFIG_BOOL, CONFIG_RELOAD, .initial = 1 },
	[CONFIG_GIVEBACK_RATE] = { "giveback_rate", CONFIG_NUMBER, CONFIG_PARAMETER, 0, U32_VALUES, 262144 },
	[CONFIG_LAZY_SPARE_MB] = { "lazy_spare_mb", CONFIG_NUMBER, CONFIG_PARAMETER, 1, MIB_MAX, 512 },
	[CONFIG_CUT_MAX_MB] = { "cut_max_mb", CONFIG_NUMBER, CONFIG_PARAMETER, 0, MIB_MAX, 64 },
	[CONFIG_WAKE_CPUS] = { "wake_cpus", CONFIG_BOOL, CONFIG_PARAMETER, .initial = 1 },
	[CONFIG_RECORD_KB] = { "record_kb", CONFIG_NUMBER, CONFIG_PARAMETER, 0, 1024, 64 },
	[CONFIG_RECORD_HOPS] = { "record_hops", CONFIG_NUMBER, CONFIG_PARAMETER, 0, U32_VALUES, 4 },
	[CONFIG_PANIC_EVICT] = { "panic_evict", CONFIG_BOOL, CONFIG_RELOAD, .initial = 1 },
	[CONFIG_PANIC_BUDGET_MS] = { "panic_budget_ms", CONFIG_NUMBER, CONFIG_PARAMETER, 1, MS_MAX, 2000 },
	[CONFIG_IN_FLIGHT] = { "in_flight", CONFIG_BOOL, CONFIG_RELOAD, .initial = 1 },
	[CONFIG_RMP_REGION] = { "rmp_region", CONFIG_BOOL, CONFIG_RELOAD, .initial = 1 },
	[CONFIG_TRIES] = { "tries", CONFIG_NUMBER, CONFIG_LOAD, 1, 1000, 8 },
	[CONFIG_FILE] = { "file", CONFIG_BOOL, CONFIG_LOAD },
	[CONFIG_APPEND] = { "append", CONFIG_TEXT, CONFIG_LOAD },
	[CONFIG_KDUMP_KERNEL] = { "kdump_kernel", CONFIG_TEXT, CONFIG_KDUMP },
	[CONFIG_KDUMP_INITRD] = { "kdump_initrd", CONFIG_TEXT, CONFIG_KDUMP },
};

/** config_is_module() - is it ccp_ext that takes this value? */
bool config_is_module(enum config_id id)
{
	return config_keys[id].taker <= CONFIG_RELOAD;
}

/**
 * config_find() - the key of a name
 * @name: need not end with a NUL
 * @length: its bytes
 *
 * Return: enum config_id, or -1.
 */
int config_find(const char *name, size_t length)
{
	int i;

	for (i = 0; i < CONFIG_NR_KEYS; i++)
		if (strlen(config_keys[i].name) == length && !memcmp(config_keys[i].name, name, length))
			return i;
	return -1;
}
