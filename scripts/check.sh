#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "make check": every part prints TAP, this counts it. A part that is missing, skips something,
# stops before its plan is fulfilled or fails without saying so counts as failed.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

scripts=$TOP/scripts
cd "$TOP"
mkdir -p "$OUT"
passed=0
failures=()
controls=''
trap 'echo; echo "interrupted: nothing is decided"; [ -z "$controls" ] || kill "$controls" 2>/dev/null; exit 130' INT TERM

# Counts of one TAP log: passed, then a line for each failure, with the first that it says of itself. Many test
# programs may share a log, each with its own plan.
count_tap() {
	awk '
	failed && /^# / { print failed ": " substr($0, 3, 600); failed = ""; next }
	failed { print failed; failed = "" }
	/^1\.\.[0-9]+/ { plan += substr($1, 4); plans++; next }
	/^not ok/ { seen++; failed = "F " substr($0, 8); next }
	/^ok.*# *(SKIP|TODO|skip|todo)/ { seen++; print "F skipped: " substr($0, 4); next }
	/^ok/ { seen++; good++; next }
	/^Bail out!/ { print "F " $0 }
	END {
		if (failed)
			print failed
		if (!plans)
			print "F no plan: nothing was tested"
		else if (seen != plan)
			print "F planned " plan " tests, " seen " reported"
		print "P " good + 0
	}' "$1"
}

# part NAME COMMAND...: run it, show its verdicts that are bad (all of them if SHOW is set)
part() {
	local name=$1 log=$OUT/check-$1.log rc=0 kind text good=0 bad=0
	shift
	say "$name ..."
	set +e
	"$@" </dev/null 2>&1 | tee "$log" | grep --line-buffered -E "${SHOW:-^not ok|^Bail out}" >&2
	rc=${PIPESTATUS[0]}
	set -e
	while read -r kind text; do
		case $kind in
		P) good=$text ;;
		F) failures+=("$name: $text ($log)") bad=$((bad + 1)) ;;
		esac
	done < <(count_tap "$log")
	if [ "$rc" != 0 ] && [ $bad = 0 ]; then
		failures+=("$name: ended with status $rc ($log)")
		bad=1
	fi
	passed=$((passed + good))
	say "$name: $good passed, $bad failed"
}

# verdict N NAME COMMAND...: a command's exit status as a TAP line
verdict() {
	local number=$1 name=$2
	shift 2
	if "$@"; then echo "ok $number - $name"; else echo "not ok $number - $name"; fi
}

# A background job of a shell without job control, as CI may start us, ignores Ctrl-C, and so would
# the programs that are tested for it.
unit() {
	env --default-signal=INT,TERM -u MAKELEVEL CMOCKA_MESSAGE_OUTPUT=TAP make --no-print-directory -s -k -O -j"$(nproc)" check-unit
}

modules() {
	local series number=0
	echo "1..$(wc -w <<<"$SERIES")"
	for series in $SERIES; do
		verdict $((++number)) "ccp_ext builds for $series without a warning, sparse clean" \
			"$scripts/build-module.sh" "$series" --strict
	done
}

style() {
	echo 1..1
	verdict 1 "checkpatch has no complaint" "$scripts/checkpatch.sh"
}

said_before() { # STATUS FILE
	cat "$2"
	return "$1"
}

unset MAKEFLAGS MFLAGS
"$scripts/deps.sh"
"$scripts/kernels.sh"
part modules modules
part unit unit
part style style
part prometheus make --no-print-directory -s check-prometheus
if "$scripts/prepare.sh"; then
	SHOW='^(not )?ok|^Bail out' part machine tests/machine/run-tests
	part machinectl make --no-print-directory -s check-cli-machinectl
	SHOW='^(not )?ok|^Bail out' part scenarios "$BUILD/tests/scenarios"
	rm -rf "$OUT/stress-check" # all of it, not the rest of an interrupted one
	# a host keeps one processor busy
	env --default-signal=INT,TERM "$BUILD/tests/stress" --control all </dev/null >"$OUT/stress-controls.tap" 2>&1 &
	controls=$!
	SHOW='^(not )?ok|^Bail out' part stress "$BUILD/tests/stress" -n 20 --seed 42 --crash-every 10 --tap --no-shrink \
		--directory "$OUT/stress-check"
	rc=0
	wait "$controls" || rc=$?
	controls=''
	SHOW='^(not )?ok|^Bail out' part stress-controls said_before $rc "$OUT/stress-controls.tap"
else
	failures+=("machine and scenarios: could not be prepared, see above")
fi

for failure in "${failures[@]}"; do echo "FAILED: $failure"; done
echo "$passed passed, ${#failures[@]} failed"
[ ${#failures[@]} -eq 0 ]
