#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The command line of machinectl, against a machine that runs no kernel.
#   machinectl.sh MACHINECTL JSON_SCHEMA
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=tests/lib/loopback.sh
. "$(dirname "$0")/../lib/loopback.sh"
subject=machinectl
machinectl=$1
schema=$2
control=$tmp/control
observer=$tmp/observer
machine=
trap 'stop; rm -rf "$tmp"' EXIT

start() { # ARGUMENT...: of snp-machine
	tests/machine/snp-machine --memory 512M "$@" </dev/null 2>"$tmp/qemu" &
	machine=$!
}

stop() {
	[ -z "$machine" ] || kill "$machine" 2>/dev/null
	[ -z "$machine" ] || wait "$machine" 2>/dev/null
	machine=
}

run() { # ARGUMENT...: leaves rc, out, err
	timeout 30 "$machinectl" "$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
}

# shellcheck disable=SC2317 # called by name
is() { # RC WHERE TEXT
	[ "$rc" = "$1" ] && grep -qF -- "$3" "$tmp/$2"
}

# shellcheck disable=SC2317
wait_for() { # FILE TEXT
	for _ in $(seq 100); do
		grep -qF -- "$2" "$1" 2>/dev/null && return 0
		sleep 0.1
	done
	return 1
}

# shellcheck disable=SC2317
counts_resets() { # N
	run counters
	is 0 out "Resets  $1"
}

# shellcheck disable=SC2317
described() { # DEFINITION
	[ "$rc" = 0 ] && "$schema" docs/machine-control.schema.json "$1" <"$tmp/out" >"$tmp/err"
}

# ---- without a machine ----
run --help
ok "--help lists the commands" is 0 out "faults list | add OBJECT | clear [ID]"
run
ok "without arguments says how it is used" is 2 err "usage: machinectl"
run -s "$control" dance
ok "refuses an unknown command" is 2 err "no such command: dance"
run -s "$control" --loud status
ok "refuses an unknown option" is 2 err "no such option, or without its value: --loud"
run status
ok "wants to know which machine" is 2 err "--socket SOCKET is needed"
run -s "$control" status
ok "says that there is no socket, and what makes one" is 2 err "snp-machine --control $control"
run -s "/$(printf '%0200d' 0)" status
ok "refuses a path that is too long" is 2 err "longer than a socket's path can be"

# ---- a machine ----
cat >"$tmp/faults" <<-'END'
	# one that will never act
	{"command": "SNP_COMMIT", "status": 19, "nth": 1000}
END
start --control "$control" --observer "$observer" --set "faults=$tmp/faults"
for _ in $(seq 100); do
	[ -S "$observer" ] && break
	sleep 0.1
done
export MACHINE_CONTROL=$control
run status
ok "status is a table" is 0 out "SNP           UNINIT, SNPEn on 0 of 2 CPUs"
run census
ok "census too" is 0 out "Hypervisor"
run counters --clean
ok "counters --clean exits with 0 where nothing was counted" is 0 out "  nothing"
run faults
ok "faults shows what came from a file" is 0 out '"command":"SNP_COMMIT"'
run faults add '{"command": 4, "action": "hang"}'
ok "faults add tells the number" is 0 out "fault 2"
run faults add '{"command": 4}'
ok "faults add says why the machine refuses" is 1 err "fault-add: 'action' is needed"
run faults add 'hang'
ok "faults add wants JSON" is 2 err "not a JSON object: hang"
run faults clear 7
ok "faults clear knows its faults" is 1 err "there is no fault 7"
run faults clear 2
ok "faults clear clears one" is 0 out "1 cleared"
run snapshot before
ok "snapshot says nothing" test "$rc" = 0 -a ! -s "$tmp/out"
run mark 5
run diff before
ok "diff shows what happened since" is 0 out "counters/moments/mark"
run diff never
ok "diff names a snapshot that is missing" is 1 err "there is no snapshot 'never'"
run reset now
ok "reset takes no argument" is 2 err "reset: too many arguments: now"
run reset
ok "reset says nothing" test "$rc" = 0 -a ! -s "$tmp/out"
# it counts the one that it began with
ok "and the machine was reset" until_true 10 counts_resets 2
for request in status counters census events; do
	run --json "$request"
	ok "--json $request is as documented" described "$request"
done
run --json faults list
ok "--json faults list is as documented" described fault-list
run --json snapshot a
ok "--json snapshot is as documented" described snapshot
run --json diff before
ok "--json diff is as documented" described diff

# ---- two clients ----
timeout 60 "$machinectl" -s "$observer" events --follow >"$tmp/followed" 2>&1 &
follower=$!
# it has asked for the events so far before it follows
sleep 1
run mark 6
ok "events --follow sees a mark while another client drives" wait_for "$tmp/followed" mark
run -s "$observer" status
ok "a second observer is told that the socket is busy" is 2 err "another client holds the socket"
stop
wait "$follower"
ok "events --follow ends with the machine" test $? = 0
start --observer "$observer"
for _ in $(seq 100); do
	"$machinectl" -s "$observer" status >/dev/null 2>&1 && break
	sleep 0.1
done
run -s "$observer" snapshot a
ok "an observer may only ask" is 1 err "an observer may only ask"
stop
run -s "$observer" status
ok "says that the machine is gone" is 2 err "no such socket"

# ---- files of faults ----
for bad in '{"command": 4}' 'no JSON' '[]'; do
	printf '\n%s\n' "$bad" >"$tmp/faults"
	start --set "faults=$tmp/faults"
	wait "$machine"
	cp "$tmp/qemu" "$tmp/err"
	ok "a file of faults with $bad: error with file and line" grep -qF "$tmp/faults:2: " "$tmp/qemu"
done
machine=
start --set "faults=$tmp/none"
wait "$machine"
cp "$tmp/qemu" "$tmp/err"
ok "a file of faults that is not there is named" grep -qF "$tmp/none" "$tmp/qemu"
machine=

tap_end
