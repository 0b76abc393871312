#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The Ansible roles without a machine: this host plays the fleet, a directory plays ccp_ext, and a script snp-kexec. The jump
# itself is where Ansible refuses, because it would end this host.
#   ansible.sh RMPCTL
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=tests/cli/ccp_ext.sh
. "$(dirname "$0")/ccp_ext.sh"
# shellcheck disable=SC2034 # tap.sh's
subject=ansible
top=$(cd "$(dirname "$0")/../.." && pwd)
roles=$top/packaging/ansible
mkdir "$tmp/bin"
cp "$1" "$tmp/bin/rmpctl.real"
printf '#!/bin/sh\nexec %s/bin/rmpctl.real "$@" --sysfs %s\n' "$tmp" "$sysfs" >"$tmp/bin/rmpctl"
cat >"$tmp/bin/snp-kexec" <<END
#!/bin/sh
echo "\$*" >>$tmp/asked
word=\$2
if [ -e $tmp/no-\$word ]; then
	echo '{"verdict":"not-safe","reasons":[{"kind":"note","text":"by the way"},{"kind":"refusal","text":"'\$word' says no"}]}'
	exit 1
fi
echo '{"verdict":"safe","reasons":[]}'
END
chmod 755 "$tmp"/bin/*
# what a playbook would do to this host it is asked to do as who it is; nothing of it is written but below $tmp
printf 'h1\nh2\n[all:vars]\nansible_connection=local\nansible_become=false\nansible_python_interpreter=/usr/bin/python3\n' >"$tmp/inventory"
export PATH=$tmp/bin:$PATH ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=False ANSIBLE_HOME=$tmp/ansible ANSIBLE_PIPELINING=True ANSIBLE_LOCAL_TEMP=$tmp \
	ANSIBLE_REMOTE_TEMP=$tmp
release=$(uname -r)

fresh() { # a host that is well
	fresh_sysfs
	sed -i 's/^running/done/; s/^pages_pending .*/pages_pending 0/; s/^\(kept_[a-z]*\|top_cut\) .*/\1 0/' "$sysfs/giveback"
	sed -i 's/^pages_\(pending\|kept\) .*/pages_\1 0/' "$sysfs/restore"
	sed -i 's/ 3 2 1 1500001$/ 3 0 0 1500001/' "$sysfs/psp"
	sed -i 's/^guests_\(.*\) .*/guests_\1 0/' "$sysfs/psp"
	echo evict >"$sysfs/policy"
	rm -f "$tmp"/no-* "$tmp/asked" "$tmp"/report.*
	: >"$sysfs/adopted"
}
play() { # PLAYBOOK ARGUMENT...: leaves rc, out
	(cd "$tmp" && timeout 1800 ansible-playbook -i "$tmp/inventory" "$roles/$1" -e "snp_kexec_report=$tmp/report" "${@:2}") \
		>"$tmp/out" 2>&1 </dev/null
	rc=$?
}
there() { play rolling-kexec.yml -e "snp_kexec_release=$release" -e snp_kexec_giveback_timeout=5 "$@"; }
away() { play rolling-kexec.yml -e snp_kexec_release=another --limit h1 -e snp_kexec_preflight="$tmp/preflight.json" "$@"; }
# shellcheck disable=SC2317 # called by name
outcomes() { # WORD...: of h1, h2
	[ "$(python3 -c 'import json,sys; print(*["-".join(h["outcome"].split()) for h in json.load(open(sys.argv[1]))["hosts"]])' \
		"$tmp/report.json" 2>&1)" = "$*" ]
}
# shellcheck disable=SC2317 # called by name
stopped() { # TEXT: the first host was the last, for this reason, in one line and in both reports
	[ "$rc" != 0 ] && outcomes stopped not-reached && grep -qF "\"msg\": \"h1: $1" "$tmp/out" &&
		grep -qF "stopped: $1" "$tmp/report.txt" && grep -qF "\"reason\": \"$1" "$tmp/report.json"
}
# shellcheck disable=SC2317 # called by name
says() { [ "$rc" != 0 ] && grep -qF -- "$1" "$tmp/out"; }

# ---- what it is written like ----

for book in rolling-kexec kdump-collect; do
	ok "the syntax of $book.yml is right" ansible-playbook -i "$tmp/inventory" --syntax-check "$roles/$book.yml"
done
ok "yamllint has nothing to say" yamllint --strict -c "$roles/.yamllint" "$roles"
(cd "$roles" && ansible-lint --offline -q ./*-*.yml roles/*) >"$tmp/out" 2>&1 </dev/null
rc=$?
ok "nor has ansible-lint, profile production" test $rc = 0
ok "each default is in the argument specification, and each in docs/operations.md" test -z "$(
	for role in snp_kexec snp_kexec_kdump; do
		sed -nE 's/^(snp_kexec_[a-z_]+):.*/\1/p' "$roles/roles/$role/defaults/main.yml" | while read -r name; do
			grep -q "^      $name:" "$roles/roles/$role/meta/argument_specs.yml" && grep -q "^| \`$name\`" "$top/docs/operations.md" ||
				echo "$name"
		done
	done)"
ok "each gate may be waived, and is in docs/operations.md" test -z "$(
	sed -nE 's/^  - name: ([a-z]+)$/\1/p' "$roles/roles/snp_kexec/vars/main.yml" | while read -r name; do
		grep -qE "choices: .*\b$name\b" "$roles/roles/snp_kexec/meta/argument_specs.yml" && grep -q "^| \`$name\` |" "$top/docs/operations.md" ||
			echo "$name"
	done)"

# ---- hosts that are there already ----

fresh
there
ok "hosts that run the release and are well are skipped" test "$rc" = 0
ok "and are in the report" outcomes already already
ok "with what their last jump was like" grep -qE '^h1 +already .* 0.25 +1.234567 +10485760 +409600 +0 *$' "$tmp/report.txt"
ok "stage by stage" grep -q 'shutdown, seconds: evict 0.2, df-flush 0.004, snp-shutdown 0.009' "$tmp/report.txt"
ok "as numbers, too" python3 -c 'import json,sys; h=json.load(open(sys.argv[1]))["hosts"][0]; assert h["seen"]["blackout_seconds"] == 1.234567 and h["stages"]["evict"] == 0.2' "$tmp/report.json"

# each gate: what is wrong, its name, what is said
while IFS='|' read -r name wrong text; do
	fresh
	(cd "$sysfs" && eval "$wrong")
	there
	ok "gate $name stops the roll-out at the first host" stopped "$text"
	there --limit h1 -e "{\"snp_kexec_waive\": [\"$name\"]}"
	ok "the control: without gate $name it goes on" test "$rc" = 0
	ok "and says what was waived" grep -q "waived: $text" "$tmp/report.txt"
done <<-'END'
	state|echo degraded >state|ccp_ext is degraded
	psp|sed -i 's/ 3 0 0 1500001$/ 3 2 1 1500001/' psp|the secure processor did not answer 1 commands
	handover|sed -i 's/^error .*/error -5 unknown incompatible feature/' restore|what the previous kernel handed over was not accepted
	giveback|sed -i 's/^done/running/; s/^pages_pending .*/pages_pending 2/' giveback|after 5 s the give-back is running
	lost|sed -i 's/^pages_kept .*/pages_kept 512/' restore|2097152 bytes of RAM are lost
END
fresh
rm -r "$sysfs"
there
ok "gate module stops the roll-out at the first host" stopped "ccp_ext is not loaded"

# ---- hosts that are to jump ----

fresh
away
ok "a host that is well is asked in this order" test "$(sed 's/^--json //; s/ .*//' "$tmp/asked" | xargs)" = "preflight load status"
ok "about the right files" grep -qx -- '--json preflight /boot/vmlinuz-another /boot/initrd.img-another' "$tmp/asked"
ok "and only then told to jump, which Ansible does not do to the host that it runs on" says "with local connection would reboot the control node"
for word in preflight load status; do
	fresh
	touch "$tmp/no-$word"
	away
	ok "a no of $word stops it" says "h1: snp-kexec $word: $word says no"
	ok "and nothing is asked after it" test "$(tail -n 1 "$tmp/asked" | cut -d' ' -f2)" = "$word"
done
fresh
sed -i 's/^guests_snp .*/guests_snp 2/' "$sysfs/psp"
away
ok "guests stop it" says "h1: 2 guests are left, and snp_kexec_guests_allowed is not true"
ok "before anything is asked" test ! -e "$tmp/asked"
away -e '{"snp_kexec_guests_allowed": true}'
ok "unless they are allowed" grep -q status "$tmp/asked"
printf -- '- name: Away\n  ansible.builtin.command: sed -i "s/^guests_snp .*/guests_snp 0/" %s/psp\n  changed_when: true\n' "$sysfs" >"$tmp/drain.yml"
rm -f "$tmp/asked"
away -e "snp_kexec_drain=$tmp/drain.yml"
ok "or drained" grep -q status "$tmp/asked"

# ---- wrong use ----

play rolling-kexec.yml
ok "without a release it says what is missing" says "no kernel is named: -e snp_kexec_release=RELEASE"
play rolling-kexec.yml -e snp_kexec_release=x -e '{"snp_kexec_waive": ["everything"]}'
ok "a gate that there is none of is refused" says "Got no match for: everything"
play rolling-kexec.yml -e snp_kexec_release=x -e snp_kexec_jump_timeout=soon
ok "a time-out that is no number is refused" says "snp_kexec_jump_timeout"
play kdump-collect.yml
ok "without a collector it says what is missing" says "no collector is named: -e snp_kexec_dump_host=HOST"
play kdump-collect.yml -e snp_kexec_dump_host=h9
ok "so it does for one that the inventory does not have" says "no collector is named"

tap_end
