# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Emulated hosts of a fleet: overlays on build/fleet/disk.ext4, with sshd on ports of 127.0.0.1. Sourced, behind tap.sh and
# loopback.sh.
# Their logs, and what Ansible says, are in $OUT/fleet.

fleet=$BUILD/fleet
logs=$OUT/fleet
# shellcheck disable=SC2154 # tmp is tap.sh's
inventory=$tmp/inventory
machinectl=$BUILD/tests/machinectl
ssh_words=(-q -i "$fleet/key" -o BatchMode=yes -o "UserKnownHostsFile=$tmp/known_hosts" -o StrictHostKeyChecking=yes)
declare -A pid port

# fleet_of HOST...: disks, keys, an inventory in this order; nothing runs yet
fleet_of() {
	local host ports
	rm -rf "$logs"
	mkdir -p "$logs"
	read -ra ports <<<"$(free_ports $#)"
	for host in "$@"; do
		port[$host]=${ports[0]}
		ports=("${ports[@]:1}")
		qemu-img create -q -f qcow2 -F raw -b "$fleet/disk.ext4" "$tmp/$host.qcow2"
		sed "s/^/[127.0.0.1]:${port[$host]} /" "$fleet/host_key.pub" >>"$tmp/known_hosts"
		echo "$host ansible_port=${port[$host]}" >>"$inventory"
	done
	cat >>"$inventory" <<-END
	[all:vars]
	ansible_host=127.0.0.1
	ansible_user=root
	ansible_ssh_private_key_file=$fleet/key
	ansible_ssh_common_args=-o UserKnownHostsFile=$tmp/known_hosts -o StrictHostKeyChecking=yes -o ServerAliveInterval=30 -o ServerAliveCountMax=20
	ansible_python_interpreter=/usr/bin/python3
	END
	export ANSIBLE_NOCOLOR=1 ANSIBLE_HOME=$tmp/ansible ANSIBLE_LOCAL_TEMP=$tmp/ansible ANSIBLE_PIPELINING=True ANSIBLE_TIMEOUT=120 \
		ANSIBLE_SSH_CONTROL_PATH_DIR=$tmp/cp
}

# power_on HOST SERIES: what its boot loader would start, now and after each reset
power_on() {
	setpriv --pdeathsig KILL "$TOP/tests/machine/snp-machine" --memory 1536M --smp "${CPUS:-1}" \
		--kernel "$fleet/vmlinuz-$2" --initrd "$fleet/initrd-$2" --disk "$tmp/$1.qcow2" --ssh "${port[$1]}" \
		--control "$tmp/$1.control" --console "$logs/$1.console" \
		--append "root=/dev/vda rw console=ttyS0 no_timer_check panic=-1 oops=panic net.ifnames=0 crashkernel=256M systemd.hostname=$1" \
		>"$logs/$1.qemu" 2>&1 </dev/null &
	pid[$1]=$!
}

# power_off [HOST...]: all without one
power_off() {
	local host
	[ $# -gt 0 ] || set -- "${!pid[@]}"
	for host in "$@"; do
		kill -KILL "${pid[$host]}" 2>/dev/null && wait "${pid[$host]}" 2>/dev/null
		unset "pid[$host]"
	done
	return 0
}

# reset_host HOST: as its power button would, whatever it is doing
reset_host() { ask "$1" reset; }

# ask HOST WORD...: its hardware
ask() { "$machinectl" --socket "$tmp/$1.control" "${@:2}"; }

# on HOST COMMAND...: as root there
on() { timeout 300 ssh -n "${ssh_words[@]}" -o ConnectTimeout=60 -p "${port[$1]}" root@127.0.0.1 "${@:2}"; }

# tunnel HOST PORT: PORT here is its node_exporter, which listens there alone
tunnel() {
	setpriv --pdeathsig KILL ssh -n -N "${ssh_words[@]}" -o ExitOnForwardFailure=yes -p "${port[$1]}" \
		-L "127.0.0.1:$2:127.0.0.1:9100" root@127.0.0.1 &
}

# from HOST FILE TO: a copy of its file
from() { scp "${ssh_words[@]}" -P "${port[$1]}" "root@127.0.0.1:$2" "$3"; }

# is_up HOST: it answers, and has all its services
is_up() { on "$1" systemctl is-active -q multi-user.target; }

# forbidden HOST: touches, by the machine's count
forbidden() { ask "$1" --json counters | python3 -c 'import json,sys; print(json.load(sys.stdin)["forbidden"])'; }
