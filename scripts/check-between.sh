#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "make check-between": ccp_ext builds for each kernel that Debian serves headers of, and two that lie
# between those of all other tests are previous and next kernel, guests alive.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

log=$OUT/check-between.log
scripts=$TOP/scripts
between="6.12-first 7.2-last"

mkdir -p "$OUT"
"$scripts/prepare.sh"
# shellcheck disable=SC2086 # words are meant
"$scripts/kernels.sh" $between
for series in $between; do "$scripts/build-module.sh" "$series" --strict; done
# shellcheck disable=SC2086
"$scripts/initramfs.sh" between $between
cd "$TOP"

# build RELEASE: some are built already, under another name
build() {
	local name
	for name in $SERIES $between; do
		[ "$(cat "$BUILD/kernels/$name/release")" != "$1" ] ||
			{ "$scripts/build-module.sh" "$name" --strict; return; }
	done
	"$scripts/kernels.sh" --headers "$1" && "$scripts/build-module.sh" "$1" --strict || return
	# large, and of no further use
	rm -rf "${BUILD:?}/kernels/$1"
}

builds() {
	local number=0 release
	local -a releases
	mapfile -t releases < <("$scripts/apt-private.sh" kernels | awk '{ print $3 }')
	echo "1..${#releases[@]}"
	for release in "${releases[@]}"; do
		if build "$release"; then
			echo "ok $((++number)) - ccp_ext builds for $release without a warning, sparse clean"
		else
			echo "not ok $((++number)) - ccp_ext builds for $release without a warning, sparse clean"
		fi
	done
}

rc=0
{ builds; "$BUILD/tests/scenarios" "$@" 'walk-between-*'; } | tee "$log" || rc=$?
tap_sum "$log" || rc=1
exit $rc
