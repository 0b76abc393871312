// SPDX-License-Identifier: GPL-2.0-only
/* Dumps of hosts without SNP, where no RMP tells what is locked: only what was handed over does. */
#include <string.h>

#include "kdump.h"

bool kdump_tmr_was_locked(struct run *r)
{
	return !strcmp(r->hop.tmr, "locked") || fail(r, "the TMR was %s when the crash kernel began", r->hop.tmr);
}

static bool reads_nothing_of_the_tmr(struct run *r)
{
	return kdump_tmr_was_locked(r) && kdump_is_filtered(r, "none", "read") && kdump_read_all(r) && kdump_no_tmr_read(r);
}

bool kdump_reads_the_tmr(struct run *r)
{
	return kdump_tmr_was_locked(r) && kdump_cp_touches(r, "tmr_reads", "the locked TMR");
}

#define INHERITED_TMR(into) {										\
		.name = "a_host_inherits_a_locked_tmr_ahead_of_its_panic_into_" into,			\
		.label = "SEV-ES host, SHUTDOWN refused", .next = "6.12", .sev_es = 1, .before = refuse_shutdown,	\
	}

#define TMR(suffix, into, verdict, words, ...) {								\
	.name = "kdump-tmr" suffix, .on_demand = true,						\
	.title = "a dump of a host with a locked TMR, by " into,						\
	.config = { .name = "kdump-tmr" suffix, .profile = "rome", .append = KDUMP_HOST, .disk = KDUMP_DISK },	\
	.steps = { INHERITED_TMR(into suffix), {								\
		.name = verdict, .label = "panic, TMR locked", .next = into, .crash = true, .append = words,	\
		__VA_ARGS__										\
	} },												\
}

const struct scenario kdump_tmr_scenarios[KDUMP_TMR_NR] = {
	TMR("", "6.12", "no_reader_in_a_6.12_crash_kernel_touches_the_tmr_that_was_handed_over",
	    KDUMP_TOLD, .after = reads_nothing_of_the_tmr),
	TMR("-control", "6.12", "without_ccp_ext_cp_in_a_crash_kernel_reads_the_locked_tmr",
	    KDUMP_CONTROL, .touches = true, .after = kdump_reads_the_tmr),
	TMR("-6.1", "6.1", "no_reader_in_a_6.1_crash_kernel_touches_the_tmr_that_was_handed_over",
	    KDUMP_TOLD, .after = reads_nothing_of_the_tmr),
};
