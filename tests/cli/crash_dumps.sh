#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Real crashes, with their extension, on dumps that the scenarios kdump-file-* have left; what they say is compared with
# the machine's own word of that moment (machine.json).
#   crash_dumps.sh BUILD
set -u
build=$(realpath "$1")
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=tests/cli/crash_real.sh
. "$(dirname "$0")/crash_real.sh"
lines=40

# part N: what came behind "!echo == N", and before the next
part() { awk -v n="== $1" '/^== / { on = $0 == n; next } on' "$tmp/all" >"$tmp/out"; }

# shellcheck disable=SC2317 # called by name
is() { # RC PATTERN: this exit code, a line like this
	[ "$rc" = "$1" ] && grep -qE -- "$2" "$tmp/out"
}

# shellcheck disable=SC2317
fails() { # PATTERN: an exit code that is none of success, and a line like this
	[ "$rc" != 0 ] && [ "$rc" != 124 ] && grep -qiE -- "$1" "$tmp/out"
}

# shellcheck disable=SC2317
has_all() { # LINE...: each is a line of the output
	local line
	for line in "$@"; do grep -qE -- "$line" "$tmp/out" || { echo "# no line like: $line"; return 1; }; done
}

of_a_host() { # SERIES SUITE [--minimal]
	local release what pages asid sum=0 all=0 a b commands
	local -a states=() guests=() lines=() option=()
	series=$1 suite=$2
	[ -z "${3:-}" ] || option=("$3")
	subject="crash $(sed 's/[-+].*//' "$build/crash/$suite/version")${3:+ $3}, $series:"
	dump=$build/out/kdump-file-$series/vmcore
	vmlinux=$build/crash/vmlinux-$series
	extend="extend $build/crash/$suite/snp.so"
	release=$(sed 's/[+.]/[&]/g' "$build/kernels/$series/release")
	if [ ! -f "$dump" ]; then
		echo "Bail out! no $dump: make check-scenarios SCENARIOS=kdump-file-$series"
		exit 2
	fi
	commands="$extend
!echo == snp
snp
!echo == rmp
rmp
!echo == valid
rmp -s Guest-Valid
!echo == help
help snp
help rmp
!echo == banner
sym linux_banner"
	[ -n "${3:-}" ] || commands="sys
$commands"
	while read -r what a b; do
		case $what in
		state) states+=("$a $b") ;;
		guest) guests+=("$a $b") ;;
		esac
		[ "$what $a" != "guest SNP" ] || commands="$commands
!echo == asid $b
rmp -a $b"
	done < <(facts "${dump%/*}/machine.json")

	crash "$commands" "${option[@]}" "$dump"
	cp "$tmp/out" "$tmp/all"
	if [ -z "${3:-}" ]; then
		ok "opens the dump" is 0 "RELEASE: $release"
	else
		ok "opens the dump" is 0 "^NOTE: minimal mode"
	fi
	part help
	ok "explains snp" is 0 'what the kernel module ccp_ext left'
	part snp
	ok "snp displays whose the hand-over is, and that the crash kernel has read the RMP" \
		has_all "^Kernel +$release\$" '^Written by .*crash kernel'
	for a in "${guests[@]}"; do lines+=("^  ${a% *} +ASID ${a#* } "); done
	ok "snp displays the machine's guests (${guests[*]})" has_all "${lines[@]}" "^Guests: ${#guests[@]}\$"
	lines=()
	for a in "${states[@]}"; do
		lines+=("^  ${a% *} +${a#* } pages")
		case $a in
		Guest-Valid*) pages=${a#* } all=$((all + pages)) ;;
		*Guest*) all=$((all + ${a#* })) ;;
		esac
	done
	part rmp
	ok "rmp counts in each state what the machine counts (${states[*]})" \
		has_all "${lines[@]}" '^by what ccp_ext noted of the RMP$'
	part valid
	ok "rmp -s Guest-Valid lists $pages pages" is 0 "^  $pages pages\$"
	read -r a _ asid _ < <(grep -E '^  0x.* Guest-Valid$' "$tmp/out")
	for b in "${guests[@]}"; do
		[ "${b% *}" = SNP ] || continue
		part "asid ${b#* }"
		b=$(sed -nE 's/^  ([0-9]+) pages$/\1/p' "$tmp/out")
		ok "rmp -a lists pages of a guest (${b:-0})" test "${b:-0}" -gt 0
		sum=$((sum + ${b:-0}))
	done
	ok "these are all of the guests' pages ($sum of $all)" test "$sum" = "$all"
	part banner
	b=$(sed -nE 's/^([0-9a-f]{16}) .*linux_banner.*/\1/p' "$tmp/out")

	crash "$extend
!echo == page
rmp ${a#0x}
!echo == content
rd -p ${a#0x} 512
!echo == banner
rmp $b
!echo == usage
rmp -s TMR 10" "${option[@]}" "$dump"
	cp "$tmp/out" "$tmp/all"
	part page
	ok "rmp ADDRESS says whose that page is" is 0 "address $a: Guest-Valid, ASID $asid\$"
	ok "and that its RMP entry is not in the dump" is 0 'RMP entry \(0x[0-9a-f]+\) is not in the dump'
	part content
	ok "and nothing of it can be read" \
		bash -c "! grep -E '^ *[0-9a-f]+: ' '$tmp/out' | grep -vqE ':  (0{16}|f{16}) (0{16}|f{16}) '"
	part usage
	ok "rmp refuses a state and a page" is 0 '^Usage: *$|^ *rmp .*-s state'
	[ -z "${3:-}" ] || return 0
	part banner
	ok "rmp takes the address of a symbol, and it is the host's" is 0 ": the host's\$"
}

refusals() { # SERIES SUITE: dumps that are none; another kernel's; another crash's extension
	series=$1 suite=$2
	subject="crash $(sed 's/[-+].*//' "$build/crash/$suite/version"):"
	vmlinux=$build/crash/vmlinux-$series
	head -c 4096 "$build/out/kdump-file-$series/vmcore" >"$tmp/cut"
	crash snp "$tmp/cut"
	ok "does not open a dump of 4 KiB, says so and fails" fails 'cut.*(not a supported|invalid|cannot|failed|truncated)|(seek|read) error|(initialization|dump).*failed'
	echo "no dump at all, but longer than a line" >"$tmp/text"
	crash snp "$tmp/text"
	ok "does not open a text, says so and fails" fails 'not a supported file format'
	crash snp "$build/out/kdump-file-$3/vmcore"
	ok "does not open a dump with another kernel's symbols, says so and fails" fails 'do not match|incompatible|cannot|invalid'
	crash "extend $build/crash/bookworm/snp.so" --minimal "$build/out/kdump-file-$series/vmcore"
	ok "does not take the extension of another crash" is 0 '^snp.so: built for crash 8.0.2, and this is '
}

with_drgn() { # SERIES
	local dump=$build/out/kdump-file-$1/vmcore lines=() what a b
	subject="crash drgn:"
	"$build/crash/drgn/drgn" -q -c "$dump" -s "$build/crash/vmlinux-$1" "${0%/*}/../../tools/drgn/snp.py" >"$tmp/out" 2>&1
	rc=$?
	while read -r what a b; do
		case $what:$a in
		state:Guest-*) lines+=("^  $a +$b pages\$") ;;
		guest:*) lines+=("^  $a +ASID $b ") ;;
		esac
	done < <(facts "${dump%/*}/machine.json")
	ok "snp.py finds the guests and their pages in a dump of $1" has_all "${lines[@]}" '^Hand-over 0x'
}

untold() { # SUITE: a dump of which nobody knows whose its pages are
	dump=$build/out/kdump-file-untold/vmcore suite=$1 series=7.3
	subject="crash $(sed 's/[-+].*//' "$build/crash/$suite/version"):"
	vmlinux=$build/crash/vmlinux-$series
	crash "extend $build/crash/$suite/snp.so
rmp
rmp 1000" --minimal "$dump"
	ok "says that it does not know whose pages are where nobody has told" \
		has_all '^not complete: SNP was enabled' 'whose is not known$'
}

# crash 8.0.2 is too old for 6.12, and 9.0.2 for 7.3: in minimal mode they read memory all the same
of_a_host 6.12 trixie
of_a_host 6.12 sid
of_a_host 6.12 bookworm --minimal
of_a_host 7.3 sid --minimal
untold sid
refusals 6.12 trixie 7.3
refusals 7.3 sid 6.12
with_drgn 6.12
with_drgn 7.3

tap_end
