#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The command line of stress, as far as it needs no machine.
#   stress.sh STRESS
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
subject=stress
stress=$(realpath "$1")
make_stress=$(realpath "$(dirname "$0")/../../scripts/stress.sh")
mkdir -p "$tmp/build/kernels/6.12"
echo 6.12.0 >"$tmp/build/kernels/6.12/release"
export BUILD=$tmp/build
cd "$tmp" || exit 1

run() { # ARGUMENT...: leaves rc, out, err
	timeout 30 "$stress" "$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
}

# shellcheck disable=SC2317 # called by name
is() { # RC WHERE TEXT
	[ "$rc" = "$1" ] && grep -qF -- "$3" "$tmp/$2"
}

# One line, and nothing done.
# shellcheck disable=SC2317
refused() { # TEXT
	is 2 err "$1" && [ "$(wc -l <"$tmp/err")" = 1 ] && [ ! -e "$BUILD/stress" ] && [ ! -s "$tmp/out" ]
}

run --help
ok "--help says how it is used" is 0 out "usage: stress"
run --list
ok "--list names the faults and what must come of them" is 0 out "shutdown-refused "
ok "--list names the controls" is 0 out "retries-off "
# make's variables, before anything is built
while IFS='|' read -r words text; do
	env "$words" timeout 30 "$make_stress" >"$tmp/out" 2>"$tmp/err"
	rc=$?
	ok "make stress refuses $words" refused "$text"
done <<'END'
N=many|N=many: no number
SEED=-1|SEED=-1: no number
JOBS=2.5|JOBS=2.5: no number
KERNELS=6.12 ../kernels|KERNELS=../kernels: no kernel; like 6.12, 7.2-last
KERNELS=6.12,last|KERNELS=last: no kernel
END
run -n 0
ok "refuses to hop no time" refused '-n is a number from 1 to 1000000, not "0"'
run -n 3x
ok "refuses what is no number" refused 'not "3x"'
run --seed -1
ok "refuses a seed that is none" refused '--seed is a number'
run --seed 18446744073709551616
ok "refuses a seed that is too large" refused '--seed is a number'
run --kernels 6.12 --faults dance
ok "refuses a fault that the machine does not have" refused 'no fault "dance"; stress --list names them'
run --kernels 9.9
ok "refuses a kernel that is not there, and says how to get it" refused 'no kernel "9.9" below build/kernels; run scripts/kernels.sh 9.9'
run --kernels ../kernels/6.12
ok "refuses a kernel by a path" refused 'no kernel "../kernels/6.12"'
run --kernels ' '
ok "refuses to go without a kernel" refused '--kernels names no kernel'
run --kernels 6.12 --hops 3,5-
ok "refuses a list of hops that is none, and shows one" refused '--hops: "5-" is no hop; a list looks like'
run --kernels 6.12 --hops 3 --from 2
ok "refuses a list and a beginning" refused '--from and --hops exclude each other'
run --kernels 6.12 --from 1000000 -n 2
ok "refuses hops beyond the last" refused 'there are 1000000 hops at most'
run --kernels 6.12 --jobs 2 --hops 3
ok "refuses to share out a list" refused '--jobs: several hosts share a range of hops out, not --hops'
run --kernels 6.12 --jobs 9
ok "refuses more hosts than it drives" refused '--jobs is a number from 1 to 8'
run --kernels 6.12 dance
ok "refuses arguments" refused 'there are no arguments beside options: "dance"'
run --dance
ok "refuses an unknown option" is 2 err 'see stress --help'
run --kernels 6.12 --control dance
ok "refuses a control that there is not" is 2 err 'no control "dance"; stress --list names them'
run --kernels 6.12 -n 1 --directory /proc/no/such
ok "says which directory cannot be made" is 2 err '/proc/no'
run --kernels 6.12 -n 1 --directory /dev/full
ok "says that a file is no directory" is 2 err '/dev/full'
run --kernels 6.12 -n 1
ok "says what is missing when there is no machine" is 2 err 'hop 1 cannot be reached: '
ok "and keeps a record of the run, to go on with" grep -q '"state":"interrupted"' <(tr -d ' ' <"$BUILD/stress/42/run.json")

tap_end
