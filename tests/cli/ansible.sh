#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The Ansible roles without a machine: this host plays the fleet, a directory plays ccp_ext, and scripts snp-kexec, systemctl
# and what else a jump takes. Without the connection that has them called Ansible refuses to jump, because it would end this host.
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
cat >"$tmp/bin/update-initramfs" <<END
#!/bin/sh
echo "\$0 \$*" | sed 's,^[^ ]*/,,' >>$tmp/made
END
sed s/update-initramfs/dracut/ "$tmp/bin/update-initramfs" >"$tmp/bin/dracut"
cat >"$tmp/bin/systemctl" <<END
#!/bin/sh
echo "\$*" >>$tmp/ordered
[ -e $tmp/no-jump ] || echo next >$tmp/boot_id
END
cat >"$tmp/bin/journalctl" <<END
#!/bin/sh
[ "\$*" = "-b -u snp-kexec-guard -o cat -n 20" ] && printf 'not safe: a guest came\nFailed to start it\n'
END
chmod 755 "$tmp"/bin/*
# as "local" is, but for its name; what must not be this host's is a file or a script of ours
mkdir "$tmp/plugins"
cat >"$tmp/plugins/here.py" <<END
DOCUMENTATION = """
name: here
short_description: a host that may jump
description: it is a directory
extends_documentation_fragment: [connection_pipelining]
"""
import re
from ansible.errors import AnsibleError
from ansible.plugins.connection.local import Connection as Local


class Connection(Local):
    transport = "here"

    def exec_command(self, cmd, in_data=None, sudoable=True):
        boot_id = "/proc/sys/kernel/random/boot_id"
        cmd = re.sub(r"[^ ']*systemctl kexec", "$tmp/bin/ordered kexec", cmd.replace(boot_id, "$tmp/boot_id"))
        if "systemctl" in cmd:
            raise AnsibleError("not here: " + cmd)
        if in_data:
            in_data = in_data.replace(boot_id.encode(), b"$tmp/boot_id")
        return super().exec_command(cmd, in_data, sudoable)
END
mv "$tmp/bin/systemctl" "$tmp/bin/ordered"
# what a playbook would do to this host it is asked to do as who it is; nothing of it is written but below $tmp
printf 'h1\nh2\n[all:vars]\nansible_connection=local\nansible_become=false\nansible_python_interpreter=/usr/bin/python3\n' >"$tmp/inventory"
sed s/=local/=here/ "$tmp/inventory" >"$tmp/here"
# nobody listens there, and no name is asked for
sed 's/=local/=ssh\nansible_host=127.0.0.1\nansible_port=1/' "$tmp/inventory" >"$tmp/nowhere"
export PATH=$tmp/bin:$PATH ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=False ANSIBLE_HOME=$tmp/ansible ANSIBLE_PIPELINING=True ANSIBLE_LOCAL_TEMP=$tmp \
	ANSIBLE_REMOTE_TEMP=$tmp ANSIBLE_CONNECTION_PLUGINS=$tmp/plugins
inventory=$tmp/inventory
release=$(uname -r)

fresh() { # a host that is well
	fresh_sysfs
	sed -i 's/^running/done/; s/^pages_pending .*/pages_pending 0/; s/^\(kept_[a-z]*\|top_cut\) .*/\1 0/' "$sysfs/giveback"
	sed -i 's/^pages_\(pending\|kept\) .*/pages_\1 0/' "$sysfs/restore"
	sed -i 's/ 3 2 1 1500001$/ 3 0 0 1500001/' "$sysfs/psp"
	sed -i 's/^guests_\(.*\) .*/guests_\1 0/' "$sysfs/psp"
	echo evict >"$sysfs/policy"
	rm -f "$tmp"/no-* "$tmp"/report.* "$tmp"/{asked,made,ordered,undrained,preflight.json,snp-kexec.conf}
	echo this >"$tmp/boot_id"
	: >"$sysfs/adopted"
}
play() { # PLAYBOOK ARGUMENT...: leaves rc, out
	(cd "$tmp" && timeout 1800 ansible-playbook -i "$inventory" "$roles/$1" -e "snp_kexec_report=$tmp/report" "${@:2}") \
		>"$tmp/out" 2>&1 </dev/null
	rc=$?
}
there() { play rolling-kexec.yml -e "snp_kexec_release=$release" -e snp_kexec_giveback_timeout=5 "$@"; }
away() { play rolling-kexec.yml -e snp_kexec_release=another --limit h1 -e snp_kexec_preflight="$tmp/preflight.json" "$@"; }
jump() { inventory=$tmp/here away -e snp_kexec_jump_timeout=5 "$@"; } # to the same kernel, which is not what was wanted
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

fresh
sed -i 's/^blackout_us .*/blackout_us 0/' "$sysfs/restore"
there
ok "a blackout that could not be measured is said to be unknown" grep -qE '^h1 +already .* 0.25 +\? +10485760 ' "$tmp/report.txt"
ok "as null, too" python3 -c 'import json,sys; h=json.load(open(sys.argv[1]))["hosts"][0]["seen"]; assert h["blackout_seconds"] is None and h["quiesce_seconds"] == 0.25' "$tmp/report.json"
printf -- '- name: Come\n  ansible.builtin.command: sh -c "echo {{ inventory_hostname }} >>%s/undrained"\n  changed_when: true\n' "$tmp" >"$tmp/undrain.yml"
there -e "snp_kexec_undrain=$tmp/undrain.yml" -e snp_kexec_settle=1
ok "guests may come to them: a roll-out may have stopped before they could" test "$rc" = 0 -a "$(xargs <"$tmp/undrained")" = "h1 h2"
ok "and they are looked at once more" test "$(grep -c 'Give it time' "$tmp/out")" = 2
fresh
echo degraded >"$sysfs/state"
there -e "snp_kexec_undrain=$tmp/undrain.yml"
ok "but not to one that is not well" test "$rc" != 0 -a ! -e "$tmp/undrained"

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
	told|rm last_shutdown; mkdir last_shutdown|1 attributes of ccp_ext cannot be read
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
ok "which is all that is said" grep -qF '"reason": "ccp_ext is not loaded"' "$tmp/report.json"
there --limit h1 -e '{"snp_kexec_waive": ["told", "state", "psp", "handover", "giveback", "lost"]}'
ok "with each other one waived, too" says "h1: ccp_ext is not loaded"
there --limit h1 -e '{"snp_kexec_waive": ["module", "told", "state", "psp", "handover", "giveback", "lost"]}'
ok "the control: without gate module it goes on" test "$rc" = 0

# what is not told is not 0
fresh
rm "$sysfs/psp"
there
ok "without psp the roll-out stops" stopped "rmpctl metrics does not tell ccp_ext_guests; the secure processor did not answer ? commands"
there --limit h1 -e '{"snp_kexec_waive": ["told"]}'
ok "unless that is waived, and what would have been told" says "h1: the secure processor did not answer ? commands"
away -e '{"snp_kexec_waive": ["told", "psp"]}'
ok "nor does anything jump that may have guests" says "h1: ? guests are left"
fresh
rm "$sysfs/restore"
there
ok "so it does without restore" stopped "rmpctl metrics does not tell ccp_ext_handover_found, ccp_ext_handover_error, ccp_ext_lost_bytes; nothing tells whether"
ok "for what it has lost, too" says "? bytes of RAM are lost"
fresh
sed -i '/^command/d' "$sysfs/psp"
there --limit h1
ok "a secure processor that was asked nothing has left nothing unanswered" test "$rc" = 0

# ---- hosts that cannot be asked ----

fresh
inventory=$tmp/nowhere there
ok "a host that cannot be reached stops it, and says so" stopped "unreachable: "

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
	kept=safe
	[ $word != preflight ] || kept=not-safe
	ok "what preflight said is left for the metrics: $kept" grep -q "\"verdict\": \"$kept\"" "$tmp/preflight.json"
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

# ---- a new configuration ----

fresh
configured=(-e '{"snp_kexec_config": {"zone_mb": 192}}' -e "snp_kexec_config_file=$tmp/snp-kexec.conf")
away "${configured[@]}"
ok "a new configuration comes with the jump" grep -qx 'update-initramfs -u -k another' "$tmp/made"
ok "it is what was wanted" grep -qx 'zone_mb = 192' "$tmp/snp-kexec.conf"
rm -f "$tmp/made"
away "${configured[@]}"
ok "the same one is there already" test ! -e "$tmp/made" -a -s "$tmp/asked"
touch "$tmp/no-apply"
away "${configured[@]}"
ok "unless something waits for a load" grep -qx 'update-initramfs -u -k another' "$tmp/made"
# all commands but one, whatever this machine has
mkdir "$tmp/without"
IFS=: read -ra places <<<"$PATH"
for place in "${places[@]}"; do find "$place/" -maxdepth 1 -type f,l ! -name update-initramfs -exec ln -s -t "$tmp/without" {} + 2>/dev/null; done
rm -f "$tmp/made"
PATH=$tmp/without away "${configured[@]}"
ok "where there is dracut alone, by that" grep -qx 'dracut --force --kver another /boot/initrd.img-another' "$tmp/made"

# ---- after a jump ----

fresh
jump
ok "gate release stops one that runs another kernel" says "h1: it runs $release, not another"
ok "which was told to jump, once" test "$(cat "$tmp/ordered")" = kexec
fresh
jump -e '{"snp_kexec_waive": ["release"]}' -e "snp_kexec_undrain=$tmp/undrain.yml"
ok "the control: without gate release it goes on" test "$rc" = 0
ok "and is upgraded" grep -q '"outcome": "upgraded"' "$tmp/report.json"
ok "guests may come then" test "$(cat "$tmp/undrained")" = h1
fresh
sed -i 's/^found .*/found 0/' "$sysfs/restore"
jump -e '{"snp_kexec_waive": ["release"]}' -e "snp_kexec_undrain=$tmp/undrain.yml"
ok "gate jumped stops one that was reset" says "h1: nothing was handed over"
ok "and no guest comes" test ! -e "$tmp/undrained"
fresh
sed -i 's/^found .*/found 0/' "$sysfs/restore"
jump -e '{"snp_kexec_waive": ["release", "jumped"]}'
ok "the control: without gate jumped it goes on" test "$rc" = 0
fresh
touch "$tmp/no-jump"
jump
ok "a jump that nothing came of has the guard's words" says "and snp-kexec-guard says: not safe: a guest came; Failed to start it"
ok "which are the reason" grep -q '"reason": ".*not safe: a guest came' "$tmp/report.json"

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
