#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Does crash(8) open a dump, and show its guests with the project's extension? The newest crash that there is first.
#   crash.sh BUILD KERNEL VMLINUX DUMP MACHINE_JSON
# Prints a line "VERDICT: why", in the words of the matrix.
set -u
build=$1 kernel=$2 vmlinux=$3 dump=$4 facts=$5
here=$(dirname "$0")
# shellcheck source=tests/cli/crash_real.sh
. "$here/../cli/crash_real.sh"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
release=$(sed 's/[+.]/[&]/g' "$build/kernels/$kernel/release") || exit 2 # as a pattern

# shows_guests: each of the machine's, and no other; the kernel's own word, from the dump's memory
shows_guests() {
	local number=0 what kind asid _
	grep -qE "^Kernel +$release\$" "$tmp/out" || { echo "snp does not name the kernel"; return 1; }
	while read -r what kind asid _; do
		[ "$what" = guest ] || continue
		number=$((number + 1))
		grep -qE "^  $kind +ASID $asid " "$tmp/out" || { echo "snp does not show the $kind guest of ASID $asid"; return 1; }
	done < <(facts "$facts")
	[ $number -gt 0 ] || { echo "the machine had no guests"; return 1; }
	grep -qE "^Guests: $number\$" "$tmp/out" || { echo "snp does not count $number guests"; return 1; }
}

version() { sed 's/[-+].*//' "$build/crash/$suite/version"; }

refused=''
for suite in sid trixie bookworm; do
	[ -e "$build/crash/$suite/snp.so" ] || continue
	extend="extend $build/crash/$suite/snp.so"
	crash "sys
$extend
snp" "$dump"
	if grep -qE "RELEASE: $release" "$tmp/out"; then
		why=$(shows_guests) && echo "pass: crash $(version), sys and snp" || echo "fail: crash $(version) opens it, but $why"
		exit 0
	fi
	refused="$refused${refused:+; }crash $(version): $(grep -E '^(crash|WARNING)?:? *.' "$tmp/out" | grep -iE 'crash: |cannot|invalid|error' | head -n 1 | sed -E 's#(^|[ (])/[^ ]*/#\1#g' | cut -c1-120)"
done
[ -n "$refused" ] || { echo "not known: no crash(8) below $build/crash"; exit 0; }

# One that is too old for a kernel reads its memory all the same, if that is in order.
for suite in sid trixie bookworm; do
	[ -e "$build/crash/$suite/snp.so" ] || continue
	crash "extend $build/crash/$suite/snp.so
snp
rd -a linux_banner" --minimal "$dump"
	if why=$(shows_guests) && grep -q "Linux version $release " "$tmp/out"; then
		echo "not supported: none opens it other than --minimal, in which $(version) shows kernel and guests; $refused"
	else
		echo "fail: none opens it, with --minimal neither${why:+ ($why)}; $refused"
	fi
	exit 0
done
