# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Paths, progress and caching that every script here shares. Sourced, never run.

set -euo pipefail
export LC_ALL=C.UTF-8 PATH=$PATH:/usr/sbin:/sbin

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$TOP/$BUILD ;; esac
CACHE=${CACHE:-${HOME:-/root}/.cache/snp-kexec}
OUT=$BUILD/out
# The Makefile exports the second at which it began, so that all lines of one run share a clock.
SNP_T0=${SNP_T0:-$(date +%s)}
ME=$(basename "$0" .sh)
# the kernels that this project is tested with
# shellcheck disable=SC2034 # by those who source this
SERIES="6.1 6.12 7.3"
export TOP BUILD CACHE OUT SNP_T0

# say TEXT: one progress line with the seconds since the run began
say() { printf '[%4ds] %s: %s\n' $(($(date +%s) - SNP_T0)) "$ME" "$*" >&2; }

# die TEXT [STATUS]: what went wrong and what to do about it
die() { printf '%s: %s\n' "$ME" "$1" >&2; exit "${2:-1}"; }

# logged LOG COMMAND...: run quietly; on failure show the log's last lines and where it is
logged() {
	local log=$1 rc=0
	shift
	mkdir -p "$(dirname "$log")"
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	[ $rc -eq 0 ] && return 0
	tail -n 15 "$log" | sed 's/^/    /' >&2
	printf '%s: "%s" failed with status %d; whole log: %s\n' "$ME" "$1" $rc "$log" >&2
	return $rc
}

# hash_of FILE-OR-DIRECTORY...: one hash over names and contents, the same on every machine
hash_of() {
	find "$@" -type f -print0 | sort -z | xargs -0 sha256sum |
		sed "s#  $TOP/#  #" | sha256sum | cut -c1-24
}

# fresh STAMP KEY: has this step already been finished for these inputs?
fresh() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

# stamp STAMP KEY: written whole or not at all, so that an interrupted step counts as not done
stamp() {
	mkdir -p "$(dirname "$1")"
	printf '%s\n' "$2" >"$1.tmp.$$"
	mv "$1.tmp.$$" "$1"
}

# tap_sum LOG: how many of what was planned passed, as the last line; false unless all did
tap_sum() {
	awk '/^1\.\./ { plan += substr($1, 4) } /^ok/ { good++ }
		END { print good + 0 " passed, " plan - good " failed"; exit !plan || good != plan }' "$1"
}

# locked FILE: hold this lock until the script ends, for steps that share a directory
locked() {
	mkdir -p "$(dirname "$1")"
	exec 9>"$1"
	flock -n 9 || { say "waiting for another run"; flock 9; }
}

# apt_options: how this machine's apt reaches its archives, as words for mmdebstrap, a line each
apt_options() {
	apt-config dump | grep -E '^Acquire::(https?::(.*::)?Proxy|Check-Valid-Until|Check-Date|Retries) ' | sed 's/^/--aptopt=/'
}
