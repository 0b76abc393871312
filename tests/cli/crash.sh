#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The extension for crash(8), loaded into a stand-in for crash.
#   crash.sh SNP_SO FAKE_CRASH MAKE_DUMP
set -u
so=$(realpath "$1")
fake=$2
make_dump=$3
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
subject=crash:

crash() { # COMMAND ARGUMENT...: leaves rc, out
	timeout 60 "$fake" "$so" "$tmp/dump" "$@" >"$tmp/out" 2>&1
	rc=$?
}

# shellcheck disable=SC2317 # called by name
is() { # RC PATTERN: this exit code, a line like this
	[ "$rc" = "$1" ] && grep -qE -- "$2" "$tmp/out"
}

host=(ram=0:0x400000 ram=0x4000000:0x800000 flags=5 run=0x20:4:9:5 run=0x40:2:8:6 run=0x4500:1:4:0
	extent=0x0:512:0x41 extent=0x4530:2:0x80 tmr=0x4520000:0x2000)
export MAX_PFN=0x4800

"$make_dump" elf "$tmp/dump" "${host[@]}" region=0x4000000 || exit 1
crash snp
ok "snp finds the hand-over" is 0 '^Hand-over +0x4000000$'
ok "snp displays the platform" is 0 '^TMR +0x4520000, 8 KiB, may still be locked'
ok "snp displays the quarantine" is 0 '^  0x4530000 +2 .* guest$'
ok "snp displays what there is of guests and commands" is 0 '^Last firmware commands: 0'
crash snp -p
ok "snp -p displays the platform alone" bash -c "grep -q ^TMR '$tmp/out' && ! grep -q Quarantine '$tmp/out'"
crash snp -r
ok "snp -r displays runs" is 0 '^  0x20000 +4 +5  Guest-Valid'
crash snp -x
ok "snp -x displays the usage" is 1 '^Usage: snp'
crash snp --help
ok "snp explains itself" is 0 'what the kernel module ccp_ext left'
crash rmp
ok "rmp counts pages" is 0 '^  Guest-Valid +4 pages +16 KiB'
ok "rmp says by what" is 0 '^by what ccp_ext noted of the RMP$'
crash rmp 21
ok "rmp takes a page frame number" is 0 '^page 0x21, address 0x21000: Guest-Valid, ASID 5$'
crash rmp 4500000
ok "rmp takes an address" is 0 '^page 0x4500, address 0x4500000: Context$'
crash rmp ffff888000041000
ok "rmp takes a kernel virtual address" is 0 '^page 0x41, address 0x41000: Guest-Invalid, ASID 6$'
crash rmp ffffffff81000000
ok "rmp says that a virtual address leads nowhere" is 0 'no page$'
crash rmp 10
ok "rmp knows the host's pages" is 0 "page 0x10, address 0x10000: the host's$"
crash rmp -a 6
ok "rmp -a lists a guest's pages" bash -c "grep -q '0x40000 ' '$tmp/out' && grep -q '^  2 pages' '$tmp/out'"
crash rmp -s tmr
ok "rmp -s lists pages of a state" bash -c "grep -q '0x4520000 ' '$tmp/out' && grep -q '^  2 pages' '$tmp/out'"
crash rmp -a five
ok "rmp refuses an ASID that is none" is 1 '^Usage: rmp'
crash rmp -s tmr 10
ok "rmp refuses a page and a state" is 1 '^Usage: rmp'
crash rmp xyz
ok "rmp refuses what is no number" is 1 'invalid input'
crash rmp --help
ok "rmp explains itself" is 0 'whose a page of memory is'

"$make_dump" elf "$tmp/dump" "${host[@]}" rmp=0x4600000:0x46a3fff entry=0x18:2:0x4038000000007001 \
	region=0x4000000 || exit 1
crash rmp 18
ok "rmp reads an RMP that is in the dump" is 0 '^page 0x18, address 0x18000: Guest-Valid, ASID 7$'
ok "rmp decodes its entry" is 0 '^  Guest-Valid, 4 KiB, ASID 7, GPA 0x7000, validated$'
"$make_dump" elf "$tmp/dump" "${host[@]}" hop=1 region=0x4000000 hop=2 region=0x4400000 || exit 1
crash snp -p
ok "of two regions the later hop's counts" is 0 '^Hand-over +0x4400000$'
crash snp -p -a 4000000
ok "snp -a picks the other" is 0 '^Hand-over +0x4000000$'
crash snp -a 4200000
ok "snp -a says that there is none" is 0 'no hand-over region at 0x4200000'
MAX_PFN='' crash rmp 4500000
ok "without the kernel's symbols a number above 4 GiB of pages is an address" is 0 \
	'^page 0x4500, address 0x4500000: Context$'
"$make_dump" elf "$tmp/dump" "${host[@]}" || exit 1
crash rmp
ok "without a region says so" is 0 'no hand-over region in this dump'
"$make_dump" elf "$tmp/dump" "${host[@]}" region=0x4000000 text=0x4001080:x || exit 1
crash snp
ok "a damaged blob is not believed" is 0 '^blob: bad header checksum'
timeout 60 "$fake" "$so" live snp >"$tmp/out" 2>&1
rc=$?
ok "a live system is asked through sysfs alone" is 0 '^live, and .*/ccp_ext/blob cannot be read'

VERSION=7.3.2 crash snp
ok "into another crash than it was built for it does not load" is 3 '^snp.so: built for crash [0-9.]+, and this is 7.3.2'

tap_end
