#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# --help of each command, its man page and its completion agree; pages are clean, and say what sources say.
#   man.sh SNP-KEXEC RMPCTL SNP-MACHINECTL
set -u
# shellcheck disable=SC2016,SC2317 # ok() evaluates and calls them
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
subject=man:
snp_kexec=$(realpath "$1")
rmpctl=$(realpath "$2")
machinectl=$(realpath "$3")

# what is there twice is there once
words() { grep -oE -- "$1" | sort -u; }
long_options='--[a-z][a-z-]*'

# commands of a help text: indented by two, and a sentence behind
commands() { awk '/^Commands:/ { on = 1; next } on && NF == 0 { exit } on { print $1 }'; }
# own options of a command's help: what of it begins or is named within its usage, without the global part
own_options() { sed '/^Options, before or after/,$d' | grep -E '^ *(-[a-zA-Z], )?--|^Usage|^   ' | words "$long_options"; }
# the same of a man page's section
section() { awk -v name="$2" '$1 == ".SS" || $1 == ".SH" { on = $2 == name } on' "$1" | sed 's/\\-/-/g; s/\\f.//g'; }
page_options() { section "$1" "$2" | grep -E '^\.(BI?|TP|BR|B|BI) ' | words "$long_options"; }
has_all() { # WHAT WHERE: each word of the first file is in the second one
	[ -s "$1" ] && [ -z "$(comm -23 "$1" "$2")" ]
}

for page in man/*.[1-8]; do
	name=${page##*/}
	ok "$name is clean to groff" test -z "$(groff -t -man -Tutf8 -ww -z "$page" 2>&1)"
	ok "$name is clean to man" test -z "$(MANWIDTH=80 LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)"
	for part in NAME SYNOPSIS DESCRIPTION "SEE ALSO"; do
		[ "$name $part" = "snp-kexec-handover.5 SYNOPSIS" ] || ok "$name has a section $part" grep -qx ".SH $part" "$page"
	done
	sed -nE '/^\.SH SEE ALSO/,$ s/^\.BR ([a-z_.-]+) \(([0-9])\).*/\1.\2/p' "$page" >"$tmp/also"
	ok "$name: pages of ours that it names are there" test -z "$(grep -E '^(snp|rmpctl|ccp)' "$tmp/also" |
		while read -r also; do [ -e "man/$also" ] || echo "$also"; done)"
done
printf '.SH NAME\n.FOO\n' >"$tmp/bad.1"
ok "control: groff has a complaint about a page that is not clean" test -n "$(groff -man -Tutf8 -ww -z "$tmp/bad.1" 2>&1)"

for tool in snp-kexec rmpctl; do
	page=man/$tool.8
	program=$rmpctl
	[ $tool = rmpctl ] || program=$snp_kexec
	"$program" --help >"$tmp/help"
	commands <"$tmp/help" | sort >"$tmp/commands"
	ok "$tool: some commands" test "$(wc -l <"$tmp/commands")" -ge 5
	ok "$tool: the page has its commands, and no others" diff "$tmp/commands" \
		<(awk '/^\.SH COMMANDS/ { on = 1; next } /^\.SH/ { on = 0 } on && /^\.SS/ { print $2 }' "$page" | sort)
	ok "$tool: the page has its exit codes" diff <(printf '0\n1\n2\n') \
		<(awk '/^\.SH EXIT STATUS/ { on = 1; next } /^\.SH/ { on = 0 } on && /^\.B [0-9]/ { print $2 }' "$page")
	sed -n '/^Options/,/^$/p' "$tmp/help" | words "$long_options" >"$tmp/global"
	# of rmpctl those of its first two commands are listed in front
	{ page_options "$page" OPTIONS; [ $tool = snp-kexec ] || page_options "$page" check; } | sort -u >"$tmp/page"
	ok "$tool: options for all commands are on the page" has_all "$tmp/global" "$tmp/page"
	while read -r command; do
		"$program" "$command" --help >"$tmp/help-$command"
		own_options <"$tmp/help-$command" | grep -vx -e --help >"$tmp/own"
		page_options "$page" "$command" | grep -vx -e --help >"$tmp/page"
		[ "$tool $command" != "rmpctl show" ] || { page_options "$page" check; cat "$tmp/page"; } | sort -u >"$tmp/page2"
		[ ! -e "$tmp/page2" ] || mv "$tmp/page2" "$tmp/page"
		ok "$tool $command: page and --help have the same options" diff "$tmp/own" "$tmp/page"
	done <"$tmp/commands"
done

# ---- completion ----

complete_for() { # COMPLETION FUNCTION WORD...: what it offers behind these words
	bash -c '. "$1"; f=$2; shift 2; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); $f; printf "%s\n" "${COMPREPLY[@]}"' - "$@" | sort -u
}
for tool in snp-kexec rmpctl; do
	program=$rmpctl
	[ $tool = rmpctl ] || program=$snp_kexec
	file=completions/$tool
	function=_${tool/-/_}
	"$program" --help | commands | sort >"$tmp/commands"
	complete_for $file $function $tool '' | grep -v '^-' >"$tmp/offered"
	ok "$tool: completion offers its commands" diff "$tmp/commands" "$tmp/offered"
	complete_for $file $function $tool s | grep -v '^-' >"$tmp/offered"
	ok "$tool: ... those that begin so" diff <(grep '^s' "$tmp/commands") "$tmp/offered"
	while read -r command; do
		own_options < <("$program" "$command" --help) >"$tmp/own"
		[ $tool = rmpctl ] || sed -n '/^Options/,/^$/p' < <("$program" --help) | words "$long_options" >>"$tmp/own"
		complete_for $file $function $tool "$command" -- >"$tmp/offered"
		ok "$tool $command: completion offers its options" diff <(echo --help | cat - "$tmp/own" | sort -u) "$tmp/offered"
	done <"$tmp/commands"
done
for word in check show apply modprobe; do
	"$snp_kexec" config --help >"$tmp/help"
	ok "snp-kexec config: completion and help have $word" eval 'grep -qw "$word" "$tmp/help" && complete_for completions/snp-kexec _snp_kexec snp-kexec config "" | grep -qx "$word"'
done
echo >"$tmp/some-file"
complete_for completions/snp-kexec _snp_kexec snp-kexec load --initrd "$tmp/some" >"$tmp/offered"
ok "snp-kexec: a file is offered where one is wanted" grep -qx "$tmp/some-file" "$tmp/offered"

# ---- configuration, module, format, machine ----

"$snp_kexec" config show --json --config /dev/null >"$tmp/out"
python3 -c 'import json, sys; [print(s["key"]) for s in json.load(open(sys.argv[1]))["settings"]]' "$tmp/out" | sort >"$tmp/keys"
sed -n '/^\.SH KEYS/,/^\.SH EXAMPLES/p' man/snp-kexec.conf.5 | sed -nE 's/^\.(BI|BR) ([a-z_]+) ".*/\2/p' | sort >"$tmp/page"
ok "snp-kexec.conf(5) has every key, and no others" diff "$tmp/keys" "$tmp/page"
cat drivers/ccp-ext/*.c >"$tmp/module"
sed -nE 's/^MODULE_PARM_DESC\(([a-z_]+), "(.*)"\);/\1 \2/p' "$tmp/module" | grep -v 'for tests only' | cut -d' ' -f1 | sort >"$tmp/parameters"
ok "ccp_ext(4) has every parameter that is not for tests, and no others" diff "$tmp/parameters" \
	<(sed -n '/^\.SH PARAMETERS/,/^\.SH FILES/p' man/ccp_ext.4 | sed -nE '/^\.TP/{n;s/^\.B ([a-z_]+)\*?$/\1/p}' | sort)
ok "it marks those that can be changed" diff \
	<(sed -nE 's/^module_param(_named|_cb)?\(([a-z_]+),.* 0644\);/\2/p' "$tmp/module" | sort | comm -12 - "$tmp/parameters") \
	<(sed -nE 's/^\.B ([a-z_]+)\*$/\1/p' man/ccp_ext.4 | sort)
ok "ccp_ext(4) has every file of sysfs, and no others" diff \
	<(sed -nE 's#^What:.*/sys/kernel/ccp_ext/([a-z_]+)$#\1#p' docs/ABI/sysfs-kernel-ccp_ext | sort -u) \
	<(sed -n '/^\.RS/,/^\.RE/p' man/ccp_ext.4 | sed -n 's/^\.I //p' | tr -d ' ' | tr ',' '\n' | sort)
{ cat drivers/ccp-ext/*.c | tr -d '\n' | sed 's/"[[:space:]]*"//g'; } >"$tmp/module-line"
sed -n '/^\.SH DIAGNOSTICS/,/^\.SH SEE/p' man/ccp_ext.4 | sed -nE '/^\.TP/{n;s/^\.B //p}' >"$tmp/messages"
ok "its messages are the module's" test -s "$tmp/messages" -a -z "$(while IFS= read -r m; do grep -qF -- "$m" "$tmp/module-line" || echo "$m"; done <"$tmp/messages")"
format=rmp-persist/include/rmp_persist/format.h
ok "snp-kexec-handover(5) has every section with its number" diff \
	<(sed -nE 's/^\tRMPP_SECTION_([A-Z_]+)[ \t]*= ([0-9]+),.*/\2 \L\1/p' $format | grep -v max | tr _ - | sort -n) \
	<(sed -nE 's/^([0-9]+)\t([a-z-]+)\t[0-9]+\t.*/\1 \2/p' man/snp-kexec-handover.5)
for entry in platform:platform quarantine:extent rmp-runs:run guests:guest steps:step flight:flight proofs:proof records:record top:extent; do
	size=$(sed -nE "s/^rmpp_static_assert\(sizeof\(struct rmpp_${entry#*:}_ser\) == ([0-9]+)\);/\1/p" $format)
	ok "and the size of an entry of ${entry%:*}" grep -qE "^[0-9]+	${entry%:*}	$size	" man/snp-kexec-handover.5
done
tests/machine/snp-machine --help >"$tmp/help"
ok "snp-machine(1) has its options" diff <(sed '1d' "$tmp/help" | grep -E '^  --' | words "$long_options") \
	<(page_options man/snp-machine.1 OPTIONS | grep -vx -e --help)
complete_for completions/snp-machine _snp_machine snp-machine -- >"$tmp/offered"
ok "snp-machine: completion offers its options" diff <(sed '1d' "$tmp/help" | grep -E '^  --' | words "$long_options" | cat - <(echo --help) | sort -u) "$tmp/offered"
complete_for completions/snp-machine _snp_machine snp-machine --profile '' >"$tmp/offered"
ok "snp-machine: ... and profiles, of which each is in the help" test -s "$tmp/offered" -a -z "$(while read -r word; do grep -qw "$word" "$tmp/help" || echo "$word"; done <"$tmp/offered")"

"$machinectl" --help >"$tmp/help"
sed -nE 's/^  ([a-z][a-z-]+) .*/\1/p' "$tmp/help" | sort >"$tmp/commands"
ok "snp-machinectl(1) has its commands, and no others" diff "$tmp/commands" <(sed -n '/^\.SH COMMANDS/,/^\.SH OPTIONS/p' man/snp-machinectl.1 |
	sed -nE '/^\.TP/{n;s/^\.(B|BR|BI) ([a-z-]+).*/\2/p}' | sort)
grep -E '^  -' "$tmp/help" | words "$long_options" >"$tmp/own"
ok "and its options" diff "$tmp/own" <(section man/snp-machinectl.1 OPTIONS | sed -n '/^\.TP/{n;p}' | words "$long_options")
complete_for completions/snp-machine _snp_machinectl snp-machinectl '' | grep -v '^-' >"$tmp/offered"
ok "snp-machinectl: completion offers its commands" diff "$tmp/commands" "$tmp/offered"
complete_for completions/snp-machine _snp_machinectl snp-machinectl -- >"$tmp/offered"
ok "snp-machinectl: ... and its options" diff "$tmp/own" "$tmp/offered"
for words in counters:--clean events:--follow faults:add; do
	ok "snp-machinectl ${words%:*}: completion offers ${words#*:}, which the help has" eval 'grep -qF -- "${words#*:}" "$tmp/help" &&
		complete_for completions/snp-machine _snp_machinectl snp-machinectl "${words%:*}" "" | grep -qx -- "${words#*:}"'
done

tap_end
