/* SPDX-License-Identifier: GPL-2.0-only */
/* What the scenarios with records of VMMs share: two VMMs, their keys, and who may read. */
#ifndef RECORDS_H
#define RECORDS_H

#include "scenario.h"

#define DEVICE	"/dev/ccp_ext_record"

/* keys of two VMMs, and one that is nobody's */
#define KEY_A	"a1f0c3d2e5b49687a1f0c3d2e5b49687a1f0c3d2e5b49687a1f0c3d2e5b49687"
#define KEY_B	"0b1b2b3b4b5b6b7b8b9babbbcbdbebfb0b1b2b3b4b5b6b7b8b9babbbcbdbebfb"
#define KEY_C	"a1f0c3d2e5b49687a1f0c3d2e5b49687a1f0c3d2e5b49687a1f0c3d2e5b49688"
#define SIZE_A	"60003"
#define SIZE_B	"17"

/* a command for sh: opens and prints; with its error, and that one's exit status */
#define READ(key) "exec 3<>" DEVICE " && echo open " key " >&3 && cat <&3"
#define TAKE(key) "echo remove " key " >" DEVICE
#define AS_NOBODY(command) "su nobody -c '" command "' 2>&1"
#define AS_ROOT(command) "sh -c '" command "' 2>&1"

/** leave_two_records() - a VMM of user nobody with an SNP guest leaves A, one of root with an SEV-ES guest B */
bool leave_two_records(struct run *r);

/** listed() - a line of the module's list of records: kind, user and size; jumps; state */
bool listed(struct run *r, const char *what, int hops, const char *state);

/** reads_a() - nobody reads A, and all of it is there */
bool reads_a(struct run *r);

/** reads_b() - root reads B */
bool reads_b(struct run *r);

/** refused_to_nobody() - the key opens nothing for user nobody */
bool refused_to_nobody(struct run *r, const char *key);

/** refused_to_root() - the key opens nothing for root */
bool refused_to_root(struct run *r, const char *key);

#endif
