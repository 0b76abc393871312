// SPDX-License-Identifier: GPL-2.0-only
/* Records of VMMs: left beside a guest, carried over the jump, given to their owner alone. */
#include "records.h"

#define SYSFS	"/sys/kernel/ccp_ext"

/* the same bytes in each kernel, not a multiple of 8, and easy to find */
#define BYTES_A	"{ echo pages-that-are-shared; seq 1 20000; } | head -c " SIZE_A
#define BYTES_B	"echo a-secret-of-root"

#define OPEN_TO_ALL "chmod 666 " DEVICE " /dev/kvm /dev/sev"

#define WAIT(file) "while ! grep -qE 'ready|error' " file "; do sleep 0.1; done; ! grep error " file

bool leave_two_records(struct run *r)
{
	return inside(r, 30, OPEN_TO_ALL "; { echo attach " KEY_A "; " BYTES_A "; } >/run/a; "
			     "{ echo attach " KEY_B "; " BYTES_B "; } >/run/b; chmod 644 /run/a /run/b") &&
	       inside(r, 180, "su nobody -c 'sevguest --kind snp --record /run/a --hold --json' "
			      ">/run/vmm-a 2>&1 & " WAIT("/run/vmm-a")) &&
	       inside(r, 180, "sevguest --kind sev-es --record /run/b --hold --json >/run/vmm-b 2>&1 & "
			      WAIT("/run/vmm-b")) &&
	       inside(r, 30, "grep -qx '[0-9]* snp 65534 " SIZE_A " 0 attached' " SYSFS "/records && "
			     "grep -qx '[0-9]* sev-es 0 " SIZE_B " 0 attached' " SYSFS "/records");
}

bool listed(struct run *r, const char *what, int hops, const char *state)
{
	return inside(r, 30, "grep -qx '[0-9]* %s %d %s' " SYSFS "/records || "
			     "{ cat " SYSFS "/records; false; }", what, hops, state);
}

bool reads_a(struct run *r)
{
	return inside(r, 60, "chmod 666 " DEVICE "; " AS_NOBODY(READ(KEY_A)) " >/run/got; "
			     BYTES_A " >/run/want; cmp /run/got /run/want");
}

bool reads_b(struct run *r)
{
	return inside(r, 30, "[ \"$(" AS_ROOT(READ(KEY_B)) ")\" = \"$(" BYTES_B ")\" ]");
}

bool refused_to_nobody(struct run *r, const char *key)
{
	return inside_fails(r, 1, "Required key not available",
			    "chmod 666 " DEVICE "; "
			    "su nobody -c 'exec 3<>" DEVICE " && echo open %s >&3 && cat <&3' 2>&1", key);
}

bool refused_to_root(struct run *r, const char *key)
{
	return inside_fails(r, 1, "Required key not available",
			    "sh -c 'exec 3<>" DEVICE " && echo open %s >&3 && cat <&3' 2>&1", key);
}

/* What root may read of the module holds sizes and owners, and no byte of the records. */
static bool hidden_from_root(struct run *r)
{
	return inside(r, 60, "for f in incoming blob; do "
			     "! grep -qE 'pages-that-are-shared|a-secret-of-root' " SYSFS "/$f || exit 1; "
			     "rmpctl check " SYSFS "/$f >/dev/null || exit 2; done") &&
	       inside(r, 30, "rmpctl show --incoming | grep -qE 'SNP .* evicted .* user 65534 .* " SIZE_A
			     " bytes, 0 hops, withheld' && rmpctl show --json --incoming | grep -q '\"uid\":65534'");
}

static bool for_their_owners_alone(struct run *r)
{
	return listed(r, "snp 65534 " SIZE_A, 1, "inherited") && listed(r, "sev-es 0 " SIZE_B, 1, "inherited") &&
	       reads_a(r) && reads_b(r) && reads_a(r) &&
	       refused_to_root(r, KEY_A) && refused_to_nobody(r, KEY_B) &&
	       refused_to_nobody(r, KEY_C) && refused_to_root(r, KEY_C) && hidden_from_root(r);
}

/* The one record is done with; guests of this kernel have nothing to do with either. */
static bool take_b(struct run *r)
{
	return inside_fails(r, 1, "Required key not available", AS_NOBODY(TAKE(KEY_B))) && reads_b(r) &&
	       inside(r, 30, AS_ROOT(TAKE(KEY_B))) && refused_to_root(r, KEY_B);
}

static bool a_alone_is_carried_on(struct run *r)
{
	return listed(r, "snp 65534 " SIZE_A, 2, "inherited") && reads_a(r) && refused_to_root(r, KEY_A) &&
	       refused_to_root(r, KEY_B) && inside(r, 30, "[ $(wc -l <" SYSFS "/records) = 1 ]");
}

static bool taken_or_erased(struct run *r)
{
	return inside_fails(r, 1, "", "rmmod ccp_ext 2>&1") &&
	       inside_fails(r, 1, "No such file", "echo 77 2>&1 >" SYSFS "/record_erase") &&
	       inside(r, 30, "echo $(cut -d ' ' -f 1 " SYSFS "/records) >" SYSFS "/record_erase && "
			     "! grep . " SYSFS "/records") &&
	       refused_to_nobody(r, KEY_A);
}

static bool nothing_comes_back(struct run *r)
{
	return inside(r, 30, "! grep . " SYSFS "/records") && refused_to_nobody(r, KEY_A) &&
	       refused_to_root(r, KEY_B);
}

/* The VMM ends in its own time: what it left for after a jump is of no use to anybody. */
static bool gone_with_its_guest(struct run *r)
{
	return leave_two_records(r) &&
	       inside(r, 60, "kill -9 $(sed -n 's/.*\"pid\":\\([0-9]*\\).*/\\1/p' /run/vmm-a); "
			     "for i in $(seq 100); do grep -q ' snp ' " SYSFS "/records || break; sleep 0.2; done; "
			     "[ $(wc -l <" SYSFS "/records) = 1 ] && grep -q ' sev-es 0 " SIZE_B " 0 attached' "
			     SYSFS "/records") && refused_to_nobody(r, KEY_A) && reads_b(r);
}

const struct scenario records_scenario = {
	.name = "records",
	.title = "what VMMs leave for themselves, over 6.12, 6.12, 6.1 and back",
	.config = { .name = "records" },
	.steps = {
		{
			.name = "records_are_there_for_their_owners_alone_after_their_guests_were_evicted",
			.label = "records, 6.12 to 6.12", .next = "6.12",
			.before = leave_two_records, .after = for_their_owners_alone,
		},
		{
			.name = "a_record_that_nobody_took_is_carried_on_and_one_that_was_taken_is_not",
			.label = "records, 6.12 to 6.1", .next = "6.1",
			.before = take_b, .after = a_alone_is_carried_on,
		},
		{
			.name = "root_erases_a_record_that_it_cannot_read",
			.after = taken_or_erased,
		},
		{
			.name = "an_erased_record_does_not_come_back_after_a_jump",
			.label = "records, 6.1 to 6.12", .next = "6.12", .after = nothing_comes_back,
		},
		{
			.name = "a_record_goes_with_its_guest_where_no_jump_is_under_way",
			.after = gone_with_its_guest,
		},
	},
};
