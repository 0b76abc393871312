#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# rmpctl on dumps of a whole machine: show, vmcore audit, vmcore scrub; good and bad input.
#   vmcore.sh RMPCTL MAKE_DUMP RMPCTL_WITHOUT_LIBKDUMPFILE FUZZ_DUMP
set -u
rmpctl=$1
make_dump=$2
static=$3
fuzz=$4
# libkdumpfile asks for whatever a header says
export ASAN_OPTIONS=allocator_may_return_null=1
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
subject=rmpctl

run() { # ARGUMENT...: leaves rc, out, err
	timeout 60 "$rmpctl" "$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
}

# shellcheck disable=SC2317 # called by name
is() { # RC WHERE PATTERN: this exit code, a line like this in out or err
	[ "$rc" = "$1" ] && grep -qE -- "$3" "$tmp/$2"
}

# shellcheck disable=SC2317
nothing_left() { # RC: and neither the file that was to be written nor a piece of it
	[ "$rc" = "$1" ] && [ ! -e "$tmp/scrubbed" ] && [ -z "$(find "$tmp" -name '.scrubbed.*')" ] &&
		grep -q 'nothing was written' "$tmp/err"
}

# A host with an SNP guest of 4 pages, its context, one HV-Fixed page; a SEV guest of 2 pages in
# the quarantine; a TMR of 2 pages; 3 pages of its own beside them
host=(ram=0:0x400000 ram=0x4000000:0x800000 flags=5
	fill=0x10000:3:HOSTPAGE
	run=0x20:4:9:5 run=0x4500:1:4:0 run=0x4510:1:1:0 run=0x4520:2:2:0
	extent=0x0:512:0x41 extent=0x4530:2:0x80 tmr=0x4520000:0x2000)
guests=(fill=0x20000:4:GUESTSECRET fill=0x4500000:1:context fill=0x4510000:1:hvfixed
	fill=0x4520000:2:TMRTMRTMR fill=0x4530000:2:SEVSECRET)
region=region=0x4000000

dump_as() { # FORMAT FILE WORD...
	"$make_dump" "$1" "$tmp/$2" "${@:3}" || { echo "Bail out! make-dump failed"; exit 1; }
}

for kind in elf kdump zlib lzo snappy zstd; do
	format=kdump
	words=("method=$kind")
	case $kind in
	elf | kdump) format=$kind words=() ;;
	esac
	dump_as "$format" dump "${host[@]}" "${guests[@]}" "${words[@]}" $region
	run vmcore audit "$tmp/dump"
	ok "vmcore audit finds what a dump without a filter has ($kind)" is 1 out '^9 of 9 pages'
	ok "vmcore audit lists the pages ($kind)" is 1 out '^  0x20000 +4 +5  Guest-Valid$'
	ok "vmcore audit names contexts ($kind)" is 1 out '^Context +1 +0 +0 +0 +1$'
	ok "vmcore audit takes HV-Fixed pages for the host's ($kind)" test "$(grep -c HV-Fixed "$tmp/out")" = 0
	ok "vmcore audit finds pages that only the quarantine names ($kind)" is 1 out '^  0x4530000 +2 +0  SEV guest$'
	run vmcore audit --text GUESTSECRET --text 'HOSTPAGE 0x12' --hex 5345565345435245542030 "$tmp/dump"
	ok "vmcore audit finds known bytes, and says whose ($kind)" is 1 out '^  0x22000 +--text GUESTSECRET  \(Guest-Valid\)$'
	ok "vmcore audit finds them in the host's memory ($kind)" is 1 out '^  0x12000 +--text HOSTPAGE 0x12  \(the host.s\)$'
	ok "vmcore audit finds bytes given as digits ($kind)" is 1 out '^  0x4531000 +--hex .*  \(SEV guest\)$'
	ok "vmcore audit counts known bytes ($kind)" is 1 out 'searched for, found 7 times'
	run vmcore audit --json "$tmp/dump"
	ok "vmcore audit --json tells the same ($kind)" is 1 out '"in_dump":9'
	run show "$tmp/dump"
	ok "show reads the blob of a dump ($kind)" is 0 out '^Blob .* hop 1 since power-on'
	ok "show says where it was ($kind)" is 0 err 'note: a dump, its hand-over region is at 0x4000000$'
	run check "$tmp/dump"
	ok "check checks the blob of a dump ($kind)" is 0 out 'sound'

	run vmcore scrub "$tmp/dump" "$tmp/scrubbed"
	ok "vmcore scrub writes a dump ($kind)" is 0 out 'written without 9 pages \(36 KiB\)'
	run vmcore audit --text GUESTSECRET --text SEVSECRET --text TMRTMRTMR "$tmp/scrubbed"
	ok "vmcore audit finds nothing in it ($kind)" is 0 out '^0 of 9 pages'
	ok "and no byte of a guest is left in the file ($kind)" \
		bash -c "! grep -qE 'GUESTSECRET|SEVSECRET|TMRTMRTMR' '$tmp/scrubbed'"
	run vmcore audit --text 'HOSTPAGE 0x11' --text 'hvfixed 0x4510' "$tmp/scrubbed"
	ok "and all that is the host's is ($kind)" is 1 out 'found 2 times'
	run show "$tmp/scrubbed"
	ok "and its blob is what it was ($kind)" is 0 out '^Blob .* hop 1'
	cp "$tmp/dump" "$tmp/same"
	run vmcore scrub "$tmp/same" "$tmp/same"
	ok "vmcore scrub can replace the dump itself ($kind)" cmp -s "$tmp/same" "$tmp/scrubbed"
	rm "$tmp/scrubbed"

	dump_as "$format" clean "${host[@]}" "${words[@]}" $region
	run vmcore audit "$tmp/clean"
	ok "vmcore audit accepts zeros, as a filter leaves them ($kind)" is 0 out '^0 of 9 pages'
	dump_as "$format" dump "${host[@]}" "${words[@]}" fill=0x20000:4:ones $region
	run vmcore audit "$tmp/dump"
	ok "vmcore audit takes ones for pages that were read ($kind)" is 1 out '^Guest-Valid +4 +0 +0 +4 +0$'
done

dump_as kdump dump "${host[@]}" "${guests[@]}" machine=Unknown $region
run vmcore audit "$tmp/dump"
ok "vmcore audit reads what QEMU writes, which does not say of what machine it is" is 1 out '^9 of 9 pages'

# ---- flattened, as kdump-tools have makedumpfile write ----
be64() { # NUMBER
	local hex i
	hex=$(printf '%016x' "$1")
	for i in 0 2 4 6 8 10 12 14; do printf '%b' "\\x${hex:i:2}"; done
}
piece() { # FILE OFFSET SIZE
	be64 "$2"
	be64 "$3"
	tail -c "+$(($2 + 1))" "$1" | head -c "$3"
}
flatten() { # FILE: the end first, the head in two versions
	local size
	size=$(stat -c %s "$1")
	printf 'makedumpfile\0\0\0\0'
	be64 1
	be64 1
	head -c 4064 /dev/zero
	piece "$1" 10000 $((size - 10000))
	be64 0
	be64 4096
	head -c 4096 /dev/zero
	piece "$1" 0 5000
	piece "$1" 5000 5000
	be64 -1
	be64 -1
}
unnamed=$tmp/unnamed
mkdir "$unnamed"
export TMPDIR=$unnamed
for kind in elf kdump; do
	dump_as "$kind" dump "${host[@]}" "${guests[@]}" $region
	flatten "$tmp/dump" >"$tmp/flat"
	run vmcore audit --text 'HOSTPAGE 0x12' "$tmp/flat"
	ok "vmcore audit reads a flattened dump ($kind)" is 1 out '^9 of 9 pages'
	ok "with all that is in it ($kind)" is 1 out '^  0x12000 +--text HOSTPAGE 0x12  \(the host.s\)$'
	run show "$tmp/flat"
	ok "show reads the blob of a flattened dump ($kind)" is 0 out '^Blob .* hop 1'
	run vmcore scrub "$tmp/dump" "$tmp/expected"
	run vmcore scrub "$tmp/flat" "$tmp/scrubbed"
	ok "vmcore scrub writes a flattened dump in order ($kind)" cmp -s "$tmp/scrubbed" "$tmp/expected"
	cp "$tmp/flat" "$tmp/same"
	chmod 600 "$tmp/same"
	run vmcore scrub "$tmp/same" "$tmp/same"
	ok "and in its place, with its mode ($kind)" bash -c "cmp -s '$tmp/same' '$tmp/expected' && test \$(stat -c %a '$tmp/same') = 600"
	ok "and nothing of it stays in TMPDIR ($kind)" test -z "$(ls -A "$unnamed")"
	rm "$tmp/scrubbed"
done
size=$(stat -c %s "$tmp/flat")
for n in 20 4100 8000 $((size - 16)); do
	head -c "$n" "$tmp/flat" >"$tmp/cut"
	run vmcore audit "$tmp/cut"
	ok "a flattened dump cut to $n bytes is refused" is 2 err truncated
done
for at in $((size + (1 << 20) + 4096)) 0x7fffffffffffffff -16; do
	{ head -c 4096 "$tmp/flat"; be64 "$at"; be64 16; tail -c +4097 "$tmp/flat"; } >"$tmp/bad"
	run vmcore audit "$tmp/bad"
	ok "a flattened dump with a piece for $at is refused" is 2 err 'for nowhere: damaged'
done
{ head -c 4096 "$tmp/flat"; be64 0; be64 "$size"; cat "$tmp/flat"; be64 -1; be64 -1; } >"$tmp/bad"
run vmcore audit "$tmp/bad"
ok "a dump that was flattened twice is refused" is 2 err 'flattened twice'
TMPDIR=$tmp/none run vmcore audit "$tmp/flat"
ok "a flattened dump without room to put it in order is refused, and it says where" is 2 err "in a file in $tmp/none \(TMPDIR\)"
unset TMPDIR

# ---- zeros of the host's and of a guest's are the same bytes of a kdump-compressed file ----
dump_as kdump dump "${host[@]}" fill=0x20000:1:GUESTSECRET $region
run vmcore scrub "$tmp/dump" "$tmp/scrubbed"
ok "vmcore scrub leaves zeros that are the host's, too" is 0 out 'without 1 page'
run vmcore audit --text 'HOSTPAGE 0x10' "$tmp/scrubbed"
ok "and the dump can be read" is 1 out 'found 1 times'
rm "$tmp/scrubbed"
dump_as kdump dump "${host[@]}" "${guests[@]}" absent=0x20000:4 $region
run vmcore audit "$tmp/dump"
ok "vmcore audit does not count pages that are not in the dump" is 1 out '^Guest-Valid +4 +4 +0 +0 +0$'

# ---- a scrubbed ELF core is, byte for byte, what a filter would have given ----
dump_as elf dump "${host[@]}" "${guests[@]}" $region
dump_as elf expected "${host[@]}" fill=0x4510000:1:hvfixed $region
run vmcore scrub "$tmp/dump" "$tmp/scrubbed"
ok "vmcore scrub leaves an ELF core as the filter would have" cmp -s "$tmp/scrubbed" "$tmp/expected"
rm "$tmp/scrubbed"
dump_as elf dump "${host[@]}" "${guests[@]}" again=0x20000:0x2800 note=NOTEGUESTSECRET $region
run vmcore audit --text NOTEGUESTSECRET "$tmp/dump"
ok "vmcore audit searches notes" is 1 out '^  0x1000 +--text .* a note\)$'
run vmcore scrub "$tmp/dump" "$tmp/scrubbed"
ok "vmcore scrub finds both copies of a page" bash -c "! grep -q 'GUESTSECRET 0x2' '$tmp/scrubbed'"
rm "$tmp/scrubbed"

# ---- known bytes across pages ----
dump_as elf dump "${host[@]}" text=0x10ff8:0123456789abcdef $region
run vmcore audit --text 0123456789abcdef "$tmp/dump"
ok "vmcore audit finds bytes across two pages" is 1 out '^  0x10ff8 '
dump_as elf dump "${host[@]}" text=0x3ffff8:01234567 text=0x4400000:89abcdef $region
run vmcore audit --text 0123456789abcdef "$tmp/dump"
ok "but not across pages that are no neighbours" is 0 out 'found 0 times'
head -c 100 /dev/urandom >"$tmp/key"
run vmcore audit --pattern "$tmp/key" "$tmp/dump"
ok "vmcore audit takes what to search for from a file" is 0 out '1 searched for, found 0 times'

# ---- which blob ----
dump_as elf dump "${host[@]}" hop=3 region=0x4000000 hop=9 home=0x4000000 region=0x4400000
run vmcore audit "$tmp/dump"
ok "a region that says it lies elsewhere counts less" is 0 out 'at 0x4000000, .*more than one'
dump_as elf dump "${host[@]}" hop=3 region=0x4000000 hop=4 region=0x4400000
run vmcore audit "$tmp/dump"
ok "of two regions the later hop's counts" is 0 out 'at 0x4400000'
run vmcore audit --handover 0x4000000 "$tmp/dump"
ok "vmcore audit --handover picks another" is 0 out 'at 0x4000000, generation 1$'
run show --handover 0x4000000 "$tmp/dump"
ok "show --handover picks another" is 0 out 'hop 3'
run show --handover 0x4200000 "$tmp/dump"
ok "show --handover says that there is none" is 2 err 'no hand-over region at 0x4200000'
dump_as elf dump "${host[@]}" ram=0x200000000:0x600000 region=0x200200000
run vmcore audit "$tmp/dump"
ok "a region above 4 GiB is found where there is none below" is 0 out 'at 0x200200000, generation 1$'
dump_as elf dump "${host[@]}" "${guests[@]}" blob=0x4201000
run vmcore audit "$tmp/dump"
ok "a blob without its region is a copy, and does not count" is 2 err 'no hand-over region in this dump'
ok "and nothing is said about pages" test ! -s "$tmp/out"
run vmcore audit --text GUESTSECRET "$tmp/dump"
ok "but known bytes are found without a blob" is 1 out '\(whose is not known\)'
run vmcore scrub "$tmp/dump" "$tmp/scrubbed"
ok "vmcore scrub without a blob writes nothing" test "$rc" = 2 -a ! -e "$tmp/scrubbed"
dump_as elf other "${host[@]}" $region
run vmcore audit --blob "$tmp/other" "$tmp/dump"
ok "vmcore audit --blob takes it from elsewhere" is 1 out '^9 of 9'
dump_as elf dump "${host[@]}" "${guests[@]}" $region text=0x4001080:x
run vmcore audit "$tmp/dump"
ok "a damaged blob tells nothing" is 2 err 'bad header checksum'
run show "$tmp/dump"
ok "show refuses it" is 1 out 'bad header checksum'

# makedumpfile leaves zeros out, also those of a blob
dump_as kdump dump "${host[@]}" "${guests[@]}" zeros=8192 $region absent=0x4002000:1
run vmcore audit "$tmp/dump"
ok "a page of zeros that is missing of a blob is taken for zeros" is 1 out '^9 of 9'
dump_as kdump dump "${host[@]}" "${guests[@]}" zeros=8192 $region absent=0x4001000:1
run vmcore audit "$tmp/dump"
ok "any other page that is missing is not" is 2 err 'no hand-over region|bad '

# ---- the RMP in the dump: Guest-Valid, ASID 7, and Firmware, in raw entries of Zen 3 ----
rmp=(rmp=0x4600000:0x46a3fff entry=0x18:2:0x4038000000000001 entry=0x4600:2:0x5)
dump_as elf dump "${host[@]}" "${rmp[@]}" fill=0x18000:2:LATEGUEST $region
run vmcore audit "$tmp/dump"
ok "vmcore audit reads an RMP that is in the dump" is 1 out '^RMP +in the dump, entries of 160 MiB$'
ok "and finds what the blob does not know" is 1 out '^  0x18000 +2 +7  Guest-Valid$'
ok "and takes the RMP itself for the host's" is 1 out '^2 of 11 pages'
dump_as elf dump "${host[@]}" "${rmp[@]}" cfg=1 fill=0x18000:2:LATEGUEST $region
run vmcore audit "$tmp/dump"
ok "vmcore audit says that it leaves a segmented RMP alone" is 0 out '^RMP +segmented, not looked for'
dump_as elf dump "${host[@]}" "${guests[@]}" flags=0 $region
run vmcore audit "$tmp/dump"
ok "where the RMP could not be read all that is kept out is not the host's" is 1 out '^9 of 51[0-9] pages|^1[0-9] of 51[0-9] pages'

# ---- SNP was on, and nothing has the RMP: the blob of a host that panics, before a crash kernel has told ----
untold=(ram=0:0x400000 ram=0x4000000:0x800000 flags=1 extent=0x4530:2:0x80 tmr=0x4520000:0x2000 guest=0x4500000:5)
dump_as elf dump "${untold[@]}" fill=0x20000:4:GUESTSECRET $region
run vmcore audit "$tmp/dump"
ok "vmcore audit does not take a dump for clean whose guests nobody knows" is 2 err 'cannot be told from the host'
ok "and says so where it prints what is known" is 2 out '^NOT COMPLETE'
ok "and lists what is known, contexts for instance" is 2 out '^Context +1 +0 +1 +0 +0$'
run vmcore audit --json "$tmp/dump"
ok "vmcore audit --json says so" is 2 out '"complete":false'
run vmcore scrub "$tmp/dump" "$tmp/scrubbed"
ok "vmcore scrub writes nothing then" nothing_left 2
run vmcore audit --text 'GUESTSECRET 0x21' "$tmp/dump"
ok "known bytes are found, and not said to be the host's" is 1 out '\(whose is not known\)$'
dump_as elf dump "${untold[@]}" fill=0x4500000:1:context $region
run vmcore audit "$tmp/dump"
ok "what is known and in the dump is reason enough for 1" is 1 out '^  0x4500000 +1 +5  Context$'
dump_as elf dump "${host[@]}" "${guests[@]}" $region
dump_as elf bare "${untold[@]}" "${guests[@]}" $region
run vmcore audit --blob "$tmp/dump" "$tmp/bare"
ok "another dump of the same crash tells" is 1 out '^9 of 9 pages'
run vmcore scrub --blob "$tmp/dump" "$tmp/bare" "$tmp/scrubbed"
ok "and is what scrub goes by" is 0 out 'without 9 pages'
rm "$tmp/scrubbed"
dump_as elf dump ram=0:0x400000 ram=0x4000000:0x800000 flags=1 rmp=0x4600000:0x4aa3fff "${rmp[1]}" \
	fill=0x18000:2:LATEGUEST $region
run vmcore audit "$tmp/dump"
ok "an RMP in the dump of which a part is missing does not make it complete" is 1 out '^NOT COMPLETE'

# ---- no dump, or not one of ours ----
refuses() { # NAME FILE TEXT: by all three commands, with nothing written
	run vmcore audit "$tmp/$2"
	ok "vmcore audit refuses $1" is 2 err "^rmpctl: $tmp/$2: .*$3"
	run vmcore scrub "$tmp/$2" "$tmp/scrubbed"
	ok "vmcore scrub refuses $1, and writes nothing" test "$rc" = 2 -a ! -e "$tmp/scrubbed" -a \
		-z "$(find "$tmp" -name '.scrubbed.*')"
}
dump_as elf dump "${host[@]}" "${guests[@]}" $region
size=$(stat -c %s "$tmp/dump")
for n in 20 100 4096 $((size - 1)); do
	head -c "$n" "$tmp/dump" >"$tmp/cut"
	refuses "an ELF core cut to $n bytes" cut truncated
done
dump_as kdump kdump "${host[@]}" "${guests[@]}" $region
size=$(stat -c %s "$tmp/kdump")
for n in 20 5000 9000 60000 $((size - 4096)); do
	head -c "$n" "$tmp/kdump" >"$tmp/cut"
	refuses "a kdump-compressed dump cut to $n bytes" cut 'truncated|libkdumpfile'
done
echo "this is a text, and longer than 16 bytes" >"$tmp/text"
refuses "a text" text "not a dump: neither"
: >"$tmp/empty"
refuses "an empty file" empty "empty"
echo ELF >"$tmp/short"
refuses "a file of 4 bytes" short "not a dump: 4 bytes"
mkdir "$tmp/dir"
refuses "a directory" dir "not a regular file"
refuses "no file" none "No such file"
cp /bin/true "$tmp/true"
refuses "a program" true "no core: not a dump"
cp "$tmp/dump" "$tmp/bad"
printf '\1' | dd of="$tmp/bad" bs=1 seek=4 conv=notrunc status=none
refuses "an ELF core of 32 bits" bad "not of x86-64"
cp "$tmp/dump" "$tmp/bad"
printf '\0\0' | dd of="$tmp/bad" bs=1 seek=56 conv=notrunc status=none
refuses "an ELF core without headers" bad "0 program headers"
cp "$tmp/dump" "$tmp/bad"
printf '\377\377\377\377\377\377\377\177' | dd of="$tmp/bad" bs=1 seek=88 conv=notrunc status=none
refuses "an ELF core with memory nowhere" bad "no physical address"
gzip -kc "$tmp/dump" >"$tmp/gz"
refuses "a dump in gzip" gz "gzip: unpack it first"
{ printf 'makedumpfile\0\0\0\0'; head -c 5000 /dev/zero; } >"$tmp/flat"
refuses "a flattened dump of an unknown version" flat "flattened in a way not known here: type 0, version 0"
dump_as kdump bad "${host[@]}" "${guests[@]}" machine=aarch64 $region
refuses "a kdump-compressed dump of another machine" bad "another machine than x86-64"
dump_as kdump bad "${host[@]}" "${guests[@]}" version=7 $region
refuses "a kdump-compressed dump of a later version" bad "version 7, known are 1 to 6"
dump_as kdump bad "${host[@]}" "${guests[@]}" split=1 $region
refuses "a part of a split dump" bad "split dump"
dump_as kdump bad "${host[@]}" "${guests[@]}" status=8 $region
refuses "an incomplete dump" bad "incomplete"
dump_as kdump bad "${host[@]}" "${guests[@]}" method=unknown $region
refuses "an unknown way of compression" bad "unknown method \(flags 0x40\)"
cp "$tmp/kdump" "$tmp/bad"
printf '\377\377\377\377' | dd of="$tmp/bad" bs=1 seek=436 conv=notrunc status=none
refuses "bitmaps longer than the file" bad "truncated: its bitmaps"
cp "$tmp/kdump" "$tmp/bad"
printf '\377\377\377\377' | dd of="$tmp/bad" bs=1 seek=$((4096 + 96)) conv=notrunc status=none
refuses "more pages than bits" bad "do not fit its bitmaps"
for field in 32:$((4096 + 32)) 48:$((4096 + 48)); do
	cp "$tmp/kdump" "$tmp/bad"
	printf '\0\0\0\0\0\1\0\0\1' | dd of="$tmp/bad" bs=1 seek=${field#*:} conv=notrunc status=none
	refuses "notes behind the end (${field%:*})" bad "its notes at offset .* end behind the file"
done
many=()
for _ in 1 2 3 4 5 6 7 8; do many+=(again=0x20000:0x2000); done
dump_as elf bad "${host[@]}" "${many[@]}" $region
refuses "a page that is in it nine times" bad "more than 8 times"
many=()
for n in $(seq 0 65); do many+=("region=$((0x10000000 + n * 0x200000))"); done
dump_as elf bad ram=0x10000000:0x9000000 flags=5 "${many[@]}"
refuses "more regions than a host can have" bad "more than 64 hand-over regions"
run vmcore audit - <"$tmp/dump"
ok "vmcore audit takes - for a name" is 2 err "No such file"
run show - < <(cat "$tmp/dump")
ok "show says that a dump cannot come through a pipe" is 2 err "no regular file"
"$static" vmcore audit "$tmp/kdump" >"$tmp/out" 2>"$tmp/err"
rc=$?
ok "without libkdumpfile says what is missing" is 2 err "built without libkdumpfile"
"$static" vmcore audit "$tmp/dump" >"$tmp/out" 2>"$tmp/err"
rc=$?
ok "without libkdumpfile reads ELF cores" is 1 out '^9 of 9'
would_make() { # DIRECTORY OF .pc FILES
	env -u MAKEFLAGS -u MAKELEVEL PKG_CONFIG_LIBDIR="$1" make -n BUILD="$tmp/build" "$tmp/build/bin/rmpctl" >"$tmp/out" 2>"$tmp/err"
	rc=$?
}
mkdir "$tmp/pc"
would_make "$tmp/pc"
ok "make says that there is no libkdumpfile" is 0 out 'echo "rmpctl without libkdumpfile'
printf '%s\n' 'Name: libkdumpfile' 'Description: -' 'Version: 0.5.1' 'Requires.private: no-such-library' 'Libs: -lkdumpfile' \
	>"$tmp/pc/libkdumpfile.pc"
would_make "$tmp/pc"
ok "make takes libkdumpfile without what only static programs need" is 0 out '/kdump_content\.o .*-lkdumpfile'

# two pages that share some of their bytes: one would go with the other
dump_as kdump bad "${host[@]}" "${guests[@]}" $region
desc=$((8192 + 2 * 4096))
cp "$tmp/bad" "$tmp/overlap"
# the first page of memory gets the place of page 0x20, four bytes further
dd if="$tmp/bad" bs=1 skip=$((desc + 0x20 * 24)) count=8 status=none |
	perl -e 'read STDIN, $b, 8; print pack("Q<", unpack("Q<", $b) + 4)' |
	dd of="$tmp/overlap" bs=1 seek=$desc conv=notrunc status=none
run vmcore scrub "$tmp/overlap" "$tmp/scrubbed"
ok "vmcore scrub refuses pages that overlap" nothing_left 2

# ---- full disks, signals ----
dump_as elf dump "${host[@]}" "${guests[@]}" fill=0x100000:100:HOSTPAGE $region
(ulimit -f 100; exec "$rmpctl" vmcore scrub "$tmp/dump" "$tmp/scrubbed") >"$tmp/out" 2>"$tmp/err"
rc=$?
ok "vmcore scrub leaves nothing on a full disk" nothing_left 2
echo old >"$tmp/old"
(ulimit -f 100; exec "$rmpctl" vmcore scrub "$tmp/dump" "$tmp/old") >"$tmp/out" 2>"$tmp/err"
ok "and an older file stays what it was" test "$(cat "$tmp/old")" = old
run vmcore scrub "$tmp/dump" "$tmp/none/scrubbed"
ok "vmcore scrub says that a directory is missing" is 2 err "No such file"
run vmcore scrub "$tmp/dump" "$tmp/dir"
ok "vmcore scrub does not replace a directory" is 2 err "Is a directory"
chmod 600 "$tmp/dump"
run vmcore scrub "$tmp/dump" "$tmp/scrubbed"
ok "vmcore scrub gives its file the mode of the dump" test "$(stat -c %a "$tmp/scrubbed")" = 600
rm "$tmp/scrubbed"
dump_as elf large "${host[@]}" "${guests[@]}" ram=0x100000000:0x400000000 $region
for signal in INT TERM; do
	# a shell without job control starts what runs behind it with SIGINT ignored
	env --default-signal=INT "$rmpctl" vmcore scrub --handover 0x4000000 "$tmp/large" "$tmp/scrubbed" \
		>"$tmp/out" 2>"$tmp/err" &
	pid=$!
	for _ in $(seq 100); do
		[ -n "$(find "$tmp" -name '.scrubbed.*')" ] && break
		sleep 0.05
	done
	kill -$signal $pid
	wait $pid
	rc=$?
	ok "vmcore scrub leaves nothing after SIG$signal" nothing_left 2
	ok "and says that it was interrupted (SIG$signal)" is 2 err ': interrupted$'
	rm -f "$tmp/scrubbed"
done

# ---- bytes at random: any verdict, but a verdict ----
verdicts=''
dump_as kdump zlib "${host[@]}" "${guests[@]}" method=zlib $region
perl -e '
	srand 1;
	for my $file (@ARGV) {
		open F, "<", $file; binmode F; local $/; my $whole = <F>; close F;
		for my $i (0..99) {
			my $b = $whole;
			my $most = $i % 2 ? 600 : 17000;
			$most = length $b if $most > length $b;
			substr($b, int rand $most, 1) = chr int rand 256 for 0 .. int rand 4;
			open F, ">", "$file.fuzz$i"; binmode F; print F $b; close F;
		}
	}' "$tmp/kdump" "$tmp/zlib"
perl -e '
	srand 2; open F, "<", $ARGV[0]; binmode F; read F, my $head, 0x40000; close F;
	for my $i (0..99) {
		my $b = $head;
		substr($b, int rand 232, 1) = chr int rand 256 for 0 .. int rand 4;
		open F, ">", "$ARGV[0].fuzz$i"; binmode F; print F $b; truncate F, 12591104; close F;
	}' "$tmp/dump"
for file in "$tmp"/*.fuzz*; do
	timeout 20 "$rmpctl" vmcore audit --text HOSTPAGE "$file" >"$tmp/out" 2>"$tmp/err"
	rc=$?
	case $rc in 0 | 1 | 2) ;; *) verdicts="$verdicts $rc:$(basename "$file")"; cat "$tmp/err" >>"$tmp/fuzz" ;; esac
	timeout 20 "$rmpctl" vmcore scrub "$file" "$tmp/scrubbed" >"$tmp/out" 2>"$tmp/err"
	rc=$?
	case $rc in 0 | 2) ;; *) verdicts="$verdicts scrub $rc:$(basename "$file")"; cat "$tmp/err" >>"$tmp/fuzz" ;; esac
	rm -f "$tmp/scrubbed" "$file"
done
[ ! -e "$tmp/fuzz" ] || cp "$tmp/fuzz" "$tmp/err"
ok "comes to a verdict on 300 damaged dumps$verdicts" test -z "$verdicts"

small=(ram=0x10000:0x8000 ram=0x4000000:0x3000 flags=5 fill=0x10000:3:HOSTPAGE fill=0x13000:2:GUESTSECRET
	run=0x13:2:9:5 extent=0x15:1:0x80 tmr=0x16000:0x1000)
dump_as elf small1 "${small[@]}" again=0x12000:0x3000 note=NOTE rmp=0x100000:0x110000 $region
dump_as kdump small2 "${small[@]}" $region
dump_as kdump small3 "${small[@]}" method=zlib $region
flatten "$tmp/small2" >"$tmp/small4"
ok "and on $((4 * ${FUZZ_DUMPS:-1000})) small ones, page by page" \
	bash -c "'$fuzz' ${FUZZ_DUMPS:-1000} ${FUZZ_SEED:-1} '$tmp'/small[1234] >'$tmp/out' 2>'$tmp/err' && ! grep '^not ok' '$tmp/out'"

# ---- usage ----
run vmcore --help
ok "vmcore --help explains itself" is 0 out '^Usage: rmpctl vmcore audit'
run vmcore audit --help
ok "vmcore audit --help, too" is 0 out '^Usage: rmpctl vmcore audit'
wrong() { # NAME TEXT ARGUMENT...
	run "${@:3}"
	ok "$1" is 2 err "$2"
}
wrong "vmcore wants a command" 'vmcore what' vmcore
wrong "vmcore refuses an unknown command" 'no such command: vmcore fix' vmcore fix
wrong "vmcore audit wants a dump" 'no dump' vmcore audit
wrong "vmcore scrub wants a file to write" 'no file to write' vmcore scrub a
wrong "vmcore audit refuses two dumps" 'too many arguments: b' vmcore audit a b
wrong "vmcore scrub does not search" 'no such option: --text' vmcore scrub --text 12345678 a b
wrong "vmcore audit refuses an address that is none" 'not an address: 0xg' vmcore audit --handover 0xg a
wrong "vmcore audit refuses two sources of a blob" '--blob and --handover' vmcore audit --blob a --handover 1 b
wrong "vmcore audit refuses short patterns" 'fewer than 8 bytes' vmcore audit --text 1234567 a
wrong "vmcore audit refuses patterns of one byte" 'all bytes are the same' vmcore audit --hex 0000000000000000 a
wrong "vmcore audit refuses odd digits" 'odd number' vmcore audit --hex 00112233445566778 a
wrong "vmcore audit refuses what are no digits" 'not hexadecimal' vmcore audit --hex 001122334455667788zz a
wrong "vmcore audit refuses a pattern file that is not there" 'No such file' vmcore audit --pattern "$tmp/none" a
wrong "vmcore audit wants an option's argument" 'an argument is missing: --text' vmcore audit --text
wrong "show refuses --handover without a dump" 'not a dump' show --handover 0 tests/golden/handover-1.blob

tap_end
