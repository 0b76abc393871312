# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# TAP of a command line's tests, and a directory $tmp for them, in which a command leaves "out" and "err". Sourced.
#   subject=...  in front of each name
#   lines=N      of the output that a failure shows, from its end (all)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
subject=
number=0
failed=0

# ok NAME CONDITION...
ok() {
	local name=$1 file
	shift
	number=$((number + 1))
	if "$@"; then
		echo "ok $number - $subject $name"
		return
	fi
	echo "not ok $number - $subject $name"
	for file in "$tmp/out" "$tmp/err"; do
		[ ! -e "$file" ] || tail -n "${lines:-+1}" "$file" | sed 's/^/# /'
	done
	failed=1
}

# tap_end: ends the test
tap_end() {
	echo "1..$number"
	exit $failed
}
