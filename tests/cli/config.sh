#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# snp-kexec config, and what takes its defaults from the file, against a directory that plays the kernel.
# TAP on standard output. No root needed; nothing of this host is changed.
set -u

# shellcheck source=tests/cli/host.sh
. "$(dirname "$0")/host.sh"

# shellcheck disable=SC2154 # set by host.sh
conf=$root/etc/snp-kexec.conf
parameters=$root/sys/module/ccp_ext/parameters

config() {	# line...: becomes the file
	mkdir -p "${conf%/*}"
	printf '%s\n' "$@" >"$conf"
}

host() {
	fresh_host
	mkdir -p "$parameters"
	( cd "$parameters" && echo evict >policy && echo reset >on_unsafe && echo 10000 >budget_ms && echo 4 >region_mb &&
		echo 128 >zone_mb && echo 262144 >giveback_rate && echo 512 >lazy_spare_mb && echo 64 >cut_max_mb &&
		echo 64 >record_kb && echo 4 >record_hops && echo 2000 >panic_budget_ms &&
		for name in giveback wake_cpus panic_evict in_flight rmp_region; do echo Y >$name; done )
}

says() { [ "$rc" = "$1" ] && out_has "$2"; }
only_calls() { printf '%s\n' "$@" | diff - "$root/calls"; }
host

# ---- check ------------------------------------------------------------------

fake config check
ok "without a file everything has its default" says 0 "not there: everything has its default"
config "# mine" "" "policy = lazy" "zone_mb = 192"
fake config check
ok "a sound file is sound" says 0 "safe: sound"
config "policy = lasy" "zone_mb = 128 # MiB" "polcy = lazy"
fake config check
ok "a mistake is told with line and column" says 1 "$conf:1:10: policy takes evict, lazy or preserve, not \"lasy\""
ok "and the next one" says 1 "$conf:2:11: zone_mb takes a number from 0 to 65536"
ok "and the last one" says 1 "$conf:3:1: unknown key \"polcy\""
fake config check --json
ok "check --json lists them" json '[r["kind"] for r in d["reasons"]] == ["refusal"] * 3 and ":1:10: " in d["reasons"][0]["text"]'
ok "with exit code 1" [ $rc = 1 ]
printf 'policy = lazy\0\033[2J\n' >"$conf"
fake config check
ok "a NUL is a mistake" says 1 ":1:14: control character (byte 0x00)"
ok "and no control character reaches the terminal" [ "$(tr -d '\n' <"$dir/out" | grep -c '[[:cntrl:]]')" = 0 ]
head -c 70000 /dev/zero | tr '\0' '\n' >"$conf"
fake config check
ok "a file that is too large is none" says 1 "more than 65536 bytes"
rm "$conf"
mkdir "$conf"
fake config check
ok "a directory cannot be read" unknown "$conf: Is a directory"
rmdir "$conf"
fake --config "$dir/none" config check
ok "a file that was named must be there" unknown "$dir/none: No such file"
echo "policy = lazy" >"$dir/mine"
fake config check --config "$dir/mine" --json
ok "another file can be named, behind the command as well" json "d['file'] == '$dir/mine' and d['verdict'] == 'safe'"
chmod 000 "$dir/mine"
run as_user "$fake" --root "$root" --config "$dir/mine" config check
ok "a file that may not be read is named" unknown "$dir/mine: Permission denied"
run "$command" config check --config /dev/null
ok "check needs neither root nor ccp_ext" says 0 sound
run bash -c "'$command' config check --config /dev/null >/dev/full"
ok "a full disk is noticed" unknown "No space left"

# ---- usage ------------------------------------------------------------------

run "$command" config
ok "a word is needed" unknown "check, show, apply or modprobe?"
run "$command" config frob
ok "an unknown word is named" unknown "frob: neither check nor"
run "$command" config check apply
ok "one word only" unknown '"apply" as well'
run "$command" config check --dry-run
ok "--dry-run is for apply" unknown "apply only"
run "$command" config check --config
ok "--config wants its argument" unknown "argument is missing"
run "$command" config --help
ok "config has a help text" out_has "Usage: snp-kexec config"

# ---- show -------------------------------------------------------------------

host
config "policy = lazy" "zone_mb = 192" "budget_ms = 10000" "append = quiet splash" "giveback = yes"
fake config show
ok "show succeeds" [ $rc = 0 ]
ok "what the file says otherwise than the module waits" grep -q "^policy  *evict  *modprobe.d, or by hand; $conf:1 has lazy, which waits for: snp-kexec config apply$" "$dir/out"
ok "for a load, if it must" grep -q "^zone_mb  *128 .*$conf:2 has 192, which waits for: the next load of ccp_ext$" "$dir/out"
ok "what both say is the file's" grep -q "^budget_ms  *10000  *$conf:3$" "$dir/out"
ok "text is the file's" grep -q "^append  *quiet splash  *$conf:4$" "$dir/out"
ok "a bool reads yes" grep -q "^giveback  *yes  *$conf:5$" "$dir/out"
ok "what nobody says is the default" grep -q "^record_kb  *64  *default$" "$dir/out"
echo "quiet ccp_ext.zone_mb=256" >"$root/proc/cmdline"
echo 256 >"$parameters/zone_mb"
fake config show --json
ok "show --json tells by whom" json '{s["key"]: s["from"] for s in d["settings"]}["zone_mb"] == "cmdline"'
ok "and what waits for what" json '{s["key"]: s.get("waits_for") for s in d["settings"]}["zone_mb"] == "reload"'
ok "with values of their types" json '{s["key"]: s["value"] for s in d["settings"]} == {**{s["key"]: s["value"] for s in d["settings"]}, "giveback": True, "budget_ms": 10000, "policy": "evict", "append": "quiet splash"}'
rm -r "$root/sys/kernel/ccp_ext"
fake config show
ok "without ccp_ext show tells what it would get" says 0 "ccp_ext is not loaded"
ok "by the file" grep -q "^policy  *lazy  *$conf:1$" "$dir/out"
host
rm "$parameters/cut_max_mb"
fake config show
ok "a module that does not tell is named" unknown "parameters/cut_max_mb: No such file"
config "policy = lasy"
fake config show
ok "show refuses a file with mistakes" unknown "$conf:1:10: policy takes"

# ---- apply ------------------------------------------------------------------

host
config "policy = lazy" "on_unsafe = refuse" "budget_ms = 5000" "wake_cpus = no" "record_kb = 64" "tries = 3"
fake config apply --dry-run
ok "--dry-run says what would be set" says 0 "policy: lazy, was evict"
ok "and sets nothing" [ ! -s "$root/calls" ]
fake config apply
ok "apply sets what the file says" says 0 "safe: all that the file says is in force"
ok "each by its own file, and nothing else" only_calls policy=lazy on_unsafe=refuse budget_ms=5000 wake_cpus=0
ok "the attribute is ccp_ext's" grep -qx lazy "$ccp/policy"
ok "the parameter is the module's" grep -qx 5000 "$parameters/budget_ms"
: >"$root/calls"
fake config apply --json
ok "again there is nothing to do" json 'd["set"] == [] and d["verdict"] == "safe"'
ok "and nothing is written" [ ! -s "$root/calls" ]
config "zone_mb = 192" "policy = preserve"
fake config apply
ok "what must wait for a load is named" says 1 "zone_mb is 128 in the running ccp_ext, and 192 by $conf:1: it comes into force when ccp_ext is loaded next"
ok "and the rest is done" grep -qx preserve "$ccp/policy"
fake config apply --json
ok "apply --json gives that as a reason" json 'd["verdict"] == "not-safe" and "zone_mb" in d["reasons"][0]["text"]'
config "policy = evict" "zone_mb = x"
: >"$root/calls"
fake config apply
ok "a file with one mistake is not used at all" unknown "$conf:2:11: zone_mb takes"
config "policy = evict"
FAKE_BAD_ATTR=policy fake config apply
ok "what cannot be written is named" [ $rc = 2 ]
ok "with the reason" err_has 'writing "evict": Input/output error'
host
config "policy = lazy"
rm -r "$root/sys/kernel/ccp_ext"
fake config apply
ok "apply needs ccp_ext" unknown "ccp_ext module is not loaded"
run as_user "$command" config apply --config /dev/null
ok "apply needs root" unknown "only root"

# ---- modprobe ---------------------------------------------------------------

host
config "policy = lazy" "giveback = no" "zone_mb = 192" "append = quiet"
fake config modprobe
ok "modprobe's line has what ccp_ext takes" grep -qx "options ccp_ext policy=lazy zone_mb=192 giveback=0" "$dir/out"
ok "and nothing but that and a comment" [ "$(grep -vc '^#' "$dir/out")" = 1 ]
fake config modprobe --json
ok "modprobe --json has it as well" json 'd["options"] == "policy=lazy zone_mb=192 giveback=0"'
config "append = quiet"
fake config modprobe
ok "where the file says nothing to ccp_ext there is no line" [ "$(grep -vc '^#' "$dir/out")" = 0 ]
config "policy = lasy"
fake config modprobe
ok "a mistake is not for modprobe" unknown "$conf:1:10"
ok "which gets nothing" [ ! -s "$dir/out" ]

# ---- load and kdump ---------------------------------------------------------

host
config "append = from the file" "tries = 2"
fake load "$kernel" --json
ok "load takes its command line from the file" json 'd["cmdline"].startswith("from the file ccp_ext.handover=")'
fake load "$kernel" --append mine --json
ok "unless --append has another" json 'd["cmdline"].startswith("mine ")'
fake load "$kernel" --reuse-cmdline --json
ok "or --reuse-cmdline wants the running kernel's" json 'd["cmdline"].startswith("root=/dev/vda ")'
host
config "tries = 2"
FAKE_IMAGE=dirty fake load "$kernel"
ok "the number of tries is the file's" [ "$(grep -c ^load "$root/calls")" = 2 ]
host
config "tries = 2"
FAKE_IMAGE=dirty fake load "$kernel" --tries 3
ok "unless --tries has another" [ "$(grep -c ^load "$root/calls")" = 3 ]
host
config "file = yes"
fake load "$kernel" --json
ok "the way is the file's" json 'd["way"] == "kexec_file_load"'
host
config "file = maybe"
fake load "$kernel"
ok "load does not use a file with mistakes" unknown "$conf:1:8: file takes yes or no"
fake load "$kernel" --config /dev/null
ok "but does without it" [ $rc = 0 ]
fake status
ok "status asks nobody but the module" [ $rc = 0 ]
echo 1 >"$root/sys/kernel/kexec_crash_loaded"
echo 268435456 >"$root/sys/kernel/kexec_crash_size"
printf 'state current\nprobes 2\nsize 4096\n' >"$ccp/crash_handover"
printf 'state loaded\nby kexec_load\nkernel 1 0x1\ninitrd 1 0x1\nefi 0\ncmdline \n' >"$ccp/crash_image"
echo 'ccp_ext.kdump_handover=0x8000000 ccp_ext.kdump_hop=1' >"$ccp/kdump_words"
config "kdump_kernel = $dir/crash-kernel"
fake kdump check
ok "kdump looks at the file that is named" err_has "$dir/crash-kernel"

# ---- initramfs --------------------------------------------------------------

mkdir -p "$dir/bin" "$dir/initrd.d"
printf '#!/bin/sh\nexec "%s" --root "%s" "$@"\n' "$fake" "$root" >"$dir/bin/snp-kexec"
printf '#!/bin/sh\nexit 0\n' >"$dir/bin/modinfo"
chmod 755 "$dir/bin"/*
sed 's#^\. /usr/share/initramfs-tools/hook-functions#manual_add_modules() { :; }#' kexec/initramfs-tools/hooks/ccp_ext-kdump >"$dir/hook"
options=$dir/initrd.d/etc/modprobe.d/snp-kexec.conf
hook() { run env PATH="$dir/bin:$PATH" DESTDIR="$dir/initrd.d" version=1 sh "$dir/hook"; }
dracut() {
	# shellcheck disable=SC2016 # evaluated there
	run env PATH="$dir/bin:$PATH" bash -c 'moddir=$1 initdir=$2 . "$1/module-setup.sh"
		inst_multiple() { :; }; inst_script() { :; }; inst_hook() { :; }; moddir=$1 initdir=$2; install' \
		- kexec/dracut/99ccp-ext-kdump "$dir/initrd.d"
}
for maker in hook dracut; do
	rm -rf "$dir/initrd.d"
	config "policy = lazy" "zone_mb = 192"
	$maker
	ok "$maker: an initramfs gets the options" grep -qx "options ccp_ext policy=lazy zone_mb=192" "$options"
	config "policy = lasy"
	$maker
	ok "$maker: of a file with mistakes it gets none" [ ! -s "$options" ]
	ok "$maker: which is said, and no reason to have no initramfs" [ $rc = 0 -a -s "$dir/err" ]
done

# ---- the example, and the module itself -------------------------------------

example=packaging/snp-kexec.conf
fake --config $example config check
ok "the example is sound" says 0 sound
sed 's/^#\([a-z_]* = \)/\1/' $example >"$dir/all"
fake --config "$dir/all" config check
ok "so it is with every line in force" says 0 sound
fake --config /dev/null config show --json
python3 - "$dir/out" <<'END' >"$dir/keys"
import json, sys
for s in json.load(open(sys.argv[1]))["settings"]:
    print(s["key"], {True: "yes", False: "no"}.get(s["value"], s["value"]) if isinstance(s["value"], bool) else s["value"])
END
ok "it has every key" diff <(cut -d' ' -f1 "$dir/keys" | sort) <(sed -nE 's/^#([a-z_]+) = .*/\1/p' $example | sort)
ok "with its default" diff <(awk 'NF == 2' "$dir/keys" | sort) \
	<(sed -nE 's/^#([a-z_]+) = (.*)/\1 \2/p' $example | grep -vE '^(append|kdump_)' | sort)

# every parameter that is neither for tests nor the kernels' own, and whether it can be written
python3 - drivers/ccp-ext/*.c <<'END' >"$dir/module"
import re, sys
own = {"handover", "parked", "kdump_handover", "kdump_hop"}
text = "".join(open(f).read() for f in sys.argv[1:])
says = dict(re.findall(r'MODULE_PARM_DESC\((\w+), "(.*)"\)', text))
for name, mode in re.findall(r'^module_param(?:_named|_cb)?\((\w+),.* (0[0-7]+)\);', text, re.M):
    if "for tests only" not in says[name] and name not in own:
        print(name, "now" if mode == "0644" else "load", re.search(r"\(default (\d+)", says[name]).group(1) if "(default" in says[name] else "-")
END
python3 - kexec/config_keys.c <<'END' >"$dir/table"
import re, sys
for name, type, taker, rest in re.findall(r'\{ "(\w+)", CONFIG_(\w+), CONFIG_(\w+),?(.*) \},', open(sys.argv[1]).read()):
    if taker in ("LOAD", "KDUMP"):
        continue
    default = re.search(r"initial = (\d+)", rest) or re.search(r", \w+, (\d+)$", rest)
    # policy and on_unsafe are written elsewhere than the parameter
    print(name, "load" if taker in ("RELOAD", "ATTRIBUTE") else "now", default.group(1) if default else "-")
END
sed -i -E 's/^(in_flight|panic_evict|giveback|wake_cpus|rmp_region) (now|load) .*/\1 \2 1/' "$dir/module"
ok "keys are the module's parameters, with their modes and defaults" diff <(sort "$dir/module") <(sort "$dir/table")
ok "of which there are some" [ "$(wc -l <"$dir/table")" -ge 16 ]

echo "1..$count"
[ $failed = 0 ]
