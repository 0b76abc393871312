# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For tests that talk to servers on 127.0.0.1. Sourced.

# free_ports N: as the system has them
free_ports() {
	python3 -c 'import socket,sys
s = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*[x.getsockname()[1] for x in s])' "$1"
}

# until_true SECONDS COMMAND...
until_true() {
	local end=$((SECONDS + $1))
	until "${@:2}" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep "${pause:-1}"
	done
}
