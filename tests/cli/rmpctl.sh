#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The command line of rmpctl, good and bad input.
#   rmpctl.sh RMPCTL PATCH_BLOB
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
subject=rmpctl
chmod 755 "$tmp"
cp "$1" "$tmp/rmpctl"
rmpctl=$tmp/rmpctl
patch=$2
golden=$tmp/handover-1.blob
cp tests/golden/handover-1.blob "$golden"

run() { # ARGUMENT...: leaves rc, out, err
	timeout 20 "$rmpctl" "$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
}

# shellcheck disable=SC2317 # called by name
is() { # RC WHERE TEXT: this exit code, this text in out or err
	[ "$rc" = "$1" ] && grep -qF -- "$3" "$tmp/$2"
}

refuses() { # NAME FILE TEXT
	run check "$2"
	ok "$1" is 1 out "rmpctl: $2: $3"
}

cannot_tell() { # NAME TEXT ARGUMENT...
	local name=$1 text=$2
	shift 2
	run "$@"
	ok "$name" is 2 err "$text"
	[ ! -s "$tmp/out" ] || ok "$name, and prints nothing else" false
}

# ---- good input ----
run check "$golden"
ok "check accepts a sound blob" is 0 out "$golden: sound: 1096 bytes, generation 42"
run check --json "$golden"
ok "check --json says so too" is 0 out '"sound":true'
run check - <"$golden"
ok "check reads standard input" is 0 out "standard input: sound"
run check - < <(cat "$golden")
ok "check reads a pipe" is 0 out "standard input: sound"

run show "$golden"
ok "show succeeds and says nothing on standard error" test "$rc" = 0 -a ! -s "$tmp/err"
while IFS='|' read -r name text; do
	ok "show prints $name" is 0 out "$text"
done <<-'END'
	the writer|Written by    ccp_ext 0.1 (golden)
	the release|Kernel        6.12.117+deb12-amd64
	the firmware|Firmware      1.55 build 30, stopped answering
	the state of SEV|SEV           INIT, guests: 1
	the state of SNP|SNP           INIT, enforced on all CPUs
	the TMR|TMR           0x76e00000, 2 MiB, may still be locked
	the landing zone|Landing zone  0x68000000, 128 MiB
	the assigned pages|Assigned      1540 pages (6.0 MiB), 515 of them immutable
	the quarantine|Quarantine: 3 extents, 1.0 GiB
	why pages are kept out|assigned,tmr,firmware
	pages by state|Guest-Valid          2 runs          513 pages
	SNP guests|SNP    ASID 5    context 0x10204000   policy 0x30000  lost, was RUNNING
	SEV guests|SEV    ASID 102  handle  4            policy 0x1      decommissioned
	the steps|sev-shutdown      45.010     70.000     3        0  errno 110, no answer
	firmware commands|0x86 SNP_SHUTDOWN_EX              35 us  0xf DFFLUSH_REQUIRED
	commands without answer|0x02 SHUTDOWN                      0 us  no answer (ccp_ext)
END
ok "show does not list runs" test "$(grep -c 'VMSA' "$tmp/out")" = 0
run show --runs "$golden"
ok "show --runs lists runs" is 0 out "0x10203000                  1     5  Guest-Valid, VMSA"
run show --json "$golden"
ok "show --json has the fields of the format" is 0 out '"nr_immutable":515'
ok "show --json has guests" is 0 out '"fate":"evicted"'
ok "show --json names a guest's state" is 0 out '"state":"RUNNING"'
ok "show --json sums up states" grep -q '"Guest-Valid":{' "$tmp/out"
run show --json --runs "$golden"
ok "show --json --runs lists runs" is 0 out '"asid":7'
run --help
ok "--help lists the commands" is 0 out "check    Say whether"
run check --help
ok "check --help explains check" is 0 out "Usage: rmpctl check"
run --version
ok "--version tells the version" is 0 out "rmpctl "

# ---- map ----
run map "$golden"
ok "map succeeds and says nothing on standard error" test "$rc" = 0 -a ! -s "$tmp/err"
ok "map draws a row of cells" is 0 out \
	"0x10000000  CM.............................................................."
ok "map draws what is kept out" is 0 out "0x100000000  qqqqqqqq"
ok "map says how large a cell is" is 0 out "handover-1.blob, 4096 KiB a cell:"
ok "map's legend counts pages that no cell shows" is 0 out \
	"G  Guest-Valid            513 pages          2.004 MiB        0 cells"
ok "map is no wider than a terminal without a size" \
	test "$(awk '{ if (length > n) n = length } END { print n }' "$tmp/out")" = 80
esc=$(printf '\033')
ok "map writes no escape sequences into a file" test "$(grep -c "$esc" "$tmp/out")" = 0
script -qec "'$rmpctl' map '$golden'" /dev/null </dev/null >"$tmp/out"
ok "map writes colours on a terminal" grep -q "$esc" "$tmp/out"
script -qec "NO_COLOR=1 '$rmpctl' map '$golden'" /dev/null </dev/null >"$tmp/out"
ok "but not if NO_COLOR is set" test "$(grep -c "$esc" "$tmp/out")" = 0
run map --from 0x10203000 --to 0x10205000 --width 1 "$golden"
ok "map --from --to draws page by page" is 0 out "0x10204000  C"
ok "and counts no more than that" test "$(grep -c ' pages ' "$tmp/out")" = 2
run map --from 0x10203001 --to 0x10203002 "$golden"
ok "map draws the page that an address is in" is 0 out "0x10203000  G"
run map --json --width 8 "$golden"
ok "map --json has the rows" is 0 out '"C......."'
ok "map --json sums up states" python3 -c "
import json
m = json.load(open('$tmp/out'))
assert sum(s['pages'] for s in m['states'].values()) == m['pages']
assert sum(s['cells'] for s in m['states'].values()) == sum(map(len, m['rows']))
assert [r['state'] for r in m['runs']][-1] == 'Firmware' and len(m['kept_out']) == 3"
run map --svg "$tmp/map.svg" "$golden"
ok "map --svg prints the legend alone" is 0 out "quarantine"
ok "and no row" test "$(grep -c 'CM\.\.' "$tmp/out")" = 0
ok "and writes a picture with each state of the legend" python3 -c "
import xml.etree.ElementTree as e
s = '{http://www.w3.org/2000/svg}'
r = e.parse('$tmp/map.svg').getroot()
t = ' '.join(x.text for x in r.iter(s + 'text'))
for state in 'Hypervisor', 'Firmware', 'Context', 'Metadata', 'Guest-Invalid', 'Guest-Valid', 'quarantine':
	assert state + ': ' in t, state
assert r.tag == s + 'svg' and r.find(s + 'title').text and r.find(s + 'desc').text
assert any(x.text.startswith('0x10000000') for x in r.iter(s + 'title'))"
run map --from 0x10200000 --to 0x10208000 --width 4 --png "$tmp/map.png" "$golden"
ok "map --png writes a picture whose pixels are the cells" python3 -c "
import struct, zlib
d = open('$tmp/map.png', 'rb').read()
assert d[:8] == b'\x89PNG\r\n\x1a\n'
d, chunks = d[8:], {}
while d:
	n, = struct.unpack('>I', d[:4])
	assert zlib.crc32(d[4:8 + n]) == struct.unpack('>I', d[8 + n:12 + n])[0]
	chunks[d[4:8]] = d[8:8 + n]
	d = d[12 + n:]
w, h, bits, kind = struct.unpack('>IIBB', chunks[b'IHDR'][:10])
assert (w, h, bits, kind, list(chunks)[-1]) == (24, 12, 4, 3, b'IEND')
raw = zlib.decompress(chunks[b'IDAT'])
assert len(raw) == 12 * 13
cells = [raw[y * 13 + 1 + x * 3] & 15 for y in (0, 6) for x in range(4)]
assert cells == [9, 9, 9, 9, 4, 11, 11, 11], cells"
run map --svg "$tmp/none/map.svg" "$golden"
ok "map says that it cannot write" is 2 err "none/map.svg: No such file or directory; nothing was written"
run map --png /dev/full "$golden"
ok "map writes regular files alone" is 2 err "/dev/full: not a regular file; nothing was written"
echo old >"$tmp/map.svg"
(ulimit -f 1; trap '' XFSZ; timeout 20 "$rmpctl" map --svg "$tmp/map.svg" --width 512 --to 0x10800000 "$golden") \
	>"$tmp/out" 2>"$tmp/err"
rc=$?
ok "map that cannot write all leaves what was there" is 2 err "map.svg: File too large; nothing was written"
ok "and nothing beside it" test "$(cat "$tmp/map.svg")" = old -a -z "$(find "$tmp" -name '.map*')"

# what nobody read is not the host's, and what a blob claims far away costs no time
"$patch" "$golden" 392=21 >"$tmp/bad"
run map "$tmp/bad"
ok "map says that the RMP was not read" is 0 out "may be anybody's"
ok "and takes no page for the host's then" test "$(grep -c Hypervisor "$tmp/out")" = 0
"$patch" "$golden" 392=21 408=0000000000000000 >"$tmp/bad"
run map "$tmp/bad"
ok "map says that there is no RMP" is 0 out "There is no RMP"
"$patch" "$golden" 392=2d >"$tmp/bad"
run map "$tmp/bad"
ok "map says that runs were merged" is 0 out "blocks of 2 MiB, which are Mixed"
"$patch" "$golden" 696=0000f0ffff000000 >"$tmp/bad"
run map --width 4 "$tmp/bad"
ok "map draws 4 PiB in no more rows than others" is 0 out "0x2000000000000  qqqq"
"$patch" "$golden" 726=0b >"$tmp/bad"
run map "$tmp/bad"
ok "map refuses what check refuses" is 1 out "value out of range"
run map --help
ok "map --help says which state a cell shows" is 0 out "shows the most dangerous one"

# records of VMMs: whose and how large, and nothing of what they say
records=tests/golden/handover-2.blob
run check "$records"
ok "check accepts a blob with records" is 0 out "record-data"
run show "$records"
ok "show prints records" is 0 out \
	"SNP    ASID 5    evicted        user 64055       21 bytes, 0 hops, sound"
ok "show prints no byte of a record" test "$(grep -c 'shared pages' "$tmp/out")" = 0
run show --json "$records"
ok "show --json prints records" is 0 out '"uid":64055'
ok "show --json prints no byte of a record" test "$(grep -cE 'shared pages|02d449' "$tmp/out")" = 0
at=$(grep -abo 'shared pages' "$records" | cut -d: -f1)
"$patch" "$records" "$at=78" >"$tmp/bad"
cp "$records" "$tmp/flip"
printf x | dd of="$tmp/flip" bs=1 seek="$at" conv=notrunc status=none
refuses "check refuses a damaged record" "$tmp/flip" \
	"bad record checksum at offset $at (section record-data, entry 0)"
run show "$tmp/flip"
ok "show says that a record is damaged" is 0 out "21 bytes, 0 hops, damaged"
ok "and that the other is not" is 0 out "8 bytes, 2 hops, sound"
run check "$tmp/bad"
ok "a new seal on the section makes no damaged record sound" is 1 out "bad record checksum"

# the worked example of the documentation is a blob, and it is the one described
hex=$(sed -nE 's/^[0-9a-f]{8}:((  ?[0-9a-f]{2})+)$/\1/p' docs/format.md | sed 's/ /\\x/g' | tr -d '\n')
printf '%b' "$hex" >"$tmp/example"
run check "$tmp/example"
ok "check accepts the example of docs/format.md" is 0 out "sound: 472 bytes, generation 1"
run show "$tmp/example"
ok "show reads the example as docs/format.md does" is 0 out \
	"0x3fe00000                  512      2 MiB  tmr,rounding"

# ---- more than a blob ----
{ cat "$golden"; head -c 5000 /dev/zero; } >"$tmp/longer"
run check "$tmp/longer"
ok "check ignores bytes behind the blob" is 0 out "sound: 1096 bytes"
ok "check notes bytes behind the blob" is 0 err "note: 5000 bytes behind the blob ignored"
{ printf '\0\0\0\0\0\0\0\0HPNS\0\0\1\0'; head -c 4080 /dev/zero; cat "$golden"; } >"$tmp/region"
run check "$tmp/region"
ok "check finds the blob in a dump of the region" is 0 out "sound: 1096 bytes"
ok "check notes a dump of the region" is 0 err "the blob begins at offset 4096"
"$patch" "$golden" 52=01 >"$tmp/bad"
{ head -c 4096 "$tmp/region"; cat "$tmp/bad"; } >"$tmp/bad-region"
refuses "check counts offsets from the start of a dump" "$tmp/bad-region" \
	"reserved bits not zero or text not terminated at offset 4148"

# ---- bad blobs ----
head -c 700 "$golden" >"$tmp/cut"
refuses "check refuses a truncated blob" "$tmp/cut" "truncated at offset 700 (header)"
head -c 10 "$golden" >"$tmp/cut"
refuses "check refuses a blob shorter than its header" "$tmp/cut" "truncated at offset 10 (header)"
head -c 4096 /dev/zero >"$tmp/zero"
refuses "check refuses zeros" "$tmp/zero" "bad magic: not a hand-over blob at offset 0 (header)"
cp "$golden" "$tmp/flip"
printf '\377' | dd of="$tmp/flip" bs=1 seek=900 conv=notrunc status=none
refuses "check refuses a flipped byte" "$tmp/flip" \
	"bad section checksum at offset 808 (section guests, entry 0)"
"$patch" "$golden" 23=80 >"$tmp/bad"
refuses "check refuses another version, and says which feature it lacks" "$tmp/bad" \
	"unknown incompatible feature at offset 16 (bit 63 ?)"
"$patch" "$golden" 640=0000000000000000 664=0100000000000000 >"$tmp/bad"
refuses "check refuses overlapping extents" "$tmp/bad" \
	"ranges unsorted, overlapping or touching at offset 664 (section quarantine, entry 1)"
"$patch" "$golden" 640=ff >"$tmp/bad"
run show "$tmp/bad"
ok "show shows an odd but sound blob" is 0 out "0x100ff000"
run show "$tmp/flip"
ok "show refuses what check refuses" is 1 out "bad section checksum at offset 808"
run check --json "$tmp/flip"
ok "check --json says what and where" is 1 out '"offset":808'
run show --json "$tmp/flip"
ok "show --json refuses what check refuses" test "$rc" = 1
# the writer's name: a terminal's escape sequence and a byte that is no UTF-8
"$patch" "$golden" 64=1b5b324aff >"$tmp/bad"
run show "$tmp/bad"
ok "show prints no control characters of a blob" is 0 out "Written by    ?[2J?xt 0.1 (golden)"
run show --json "$tmp/bad"
ok "show --json prints no control characters either" is 0 out '"writer":"?[2J?xt'

# ---- no blob at all ----
: >"$tmp/empty"
cannot_tell "cannot tell from an empty file" "empty, nothing was handed over" check "$tmp/empty"
cannot_tell "cannot tell from a missing file" "rmpctl: $tmp/none: No such file" show "$tmp/none"
cannot_tell "cannot tell from a directory" "rmpctl: $tmp: Is a directory" check "$tmp"
cannot_tell "cannot tell from endless input" "more than 64 MiB" check /dev/zero
cannot_tell "cannot tell without the module" "is the ccp_ext module loaded?" show --incoming
cp "$golden" "$tmp/secret"
chmod 000 "$tmp/secret"
if [ "$(id -u)" = 0 ]; then
	as_other=(setpriv --reuid 65534 --regid 65534 --clear-groups)
else
	as_other=()
fi
"${as_other[@]}" "$rmpctl" check "$tmp/secret" >"$tmp/out" 2>"$tmp/err"
rc=$?
ok "cannot tell without permission" is 2 err "secret: Permission denied"
"$rmpctl" check - <&- >"$tmp/out" 2>"$tmp/err"
rc=$?
ok "cannot tell from a closed input" is 2 err "standard input: Bad file descriptor"
"$rmpctl" show "$golden" >/dev/full 2>"$tmp/err"
rc=$?
ok "says when its output cannot be written" is 2 err "standard output: No space left"

# ---- wrong usage ----
cannot_tell "says where there is help without a command" "no command given; try: rmpctl --help"
cannot_tell "refuses an unknown command" "no such command: frobnicate" frobnicate
cannot_tell "refuses an unknown option" "no such option: --frob" show --frob
cannot_tell "refuses an option of another command" "no such option: --runs" check --runs
cannot_tell "refuses an option with an argument of another command" "no such option: --width" show --width 5
cannot_tell "refuses an option without its argument" "an argument is missing: --from" map --from
cannot_tell "refuses a width of 0" "not a width from 1 to 1024: 0" map --width 0 "$golden"
cannot_tell "refuses a width that is none" "not a width from 1 to 1024: 8x" map --width 8x "$golden"
cannot_tell "refuses an address that is none" "not an address: low" map --to low "$golden"
cannot_tell "refuses a range that is none" "nothing to draw: --from" map --from 0x2000 --to 0x1000 "$golden"
cannot_tell "refuses a range behind memory" "nothing to draw: --from" map --from 0xffffffffff000 "$golden"
cannot_tell "refuses two files" "too many arguments: b" show a b
cannot_tell "refuses --incoming with a file" "--incoming and a file" show --incoming a

tap_end
