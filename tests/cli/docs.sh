#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What documents quote is what sources say: messages, metrics, alerts.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
subject=docs:

# every message that is quoted as ours, and the reasons of a cold reset
cat >"$tmp/quotes.py" <<'END'
import glob, re, sys
source = ""
for f in glob.glob("drivers/ccp-ext/**/*.c", recursive=True) + glob.glob("kexec/**/*.[ch]", recursive=True) + \
         glob.glob("tools/rmpctl/*.c") + glob.glob("kexec/initramfs-tools/**/*", recursive=True):
    try:
        source += open(f).read() + "\n"
    except IsADirectoryError:
        pass
# literals one behind the other are one; of a format only what stands between its fields is compared
source = re.sub(r'"\s*\n?\s*"', '', source)
field = re.compile(r'%[-+# 0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|z)?[a-zA-Z](?<=[a-zA-Z])')
def pieces(line):
    return [p.strip() for p in line.split("…") if re.search(r"\w", p)]
wrong = 0
nr = 0
for line in open(sys.argv[1]):
    quoted = re.match(r"^ {4,}(ccp_ext|snp-kexec|rmpctl|not safe): (.*)$", line.rstrip())
    reason = re.match(r"^\| `([a-zA-Z][^`]*)` \|", line)
    text = quoted.group(2) if quoted else reason.group(1) if reason else None
    if text is None:
        continue
    nr += 1
    missing = [p for p in pieces(text) if p not in source]
    if not pieces(text) or missing:
        wrong += 1
        print("not in the sources:", text, missing)
print(nr, "quotes")
sys.exit(wrong != 0 or nr < int(sys.argv[2]))
END
run() { "$@" >"$tmp/out" 2>"$tmp/err"; }
ok "each message that troubleshooting.md quotes as ours is in the sources" run python3 "$tmp/quotes.py" docs/troubleshooting.md 40
printf '    ccp_ext: no such message at all\n' >"$tmp/bad.md"
# shellcheck disable=SC2016 # ok() evaluates it
ok "control: one that is not is found" eval '! run python3 "$tmp/quotes.py" "$tmp/bad.md" 1 && grep -q "not in the sources: no such" "$tmp/out"'

metrics() { grep -oE '`ccp_ext_[a-z_]+' docs/operations.md | tr -d '`' | sort -u; }
ok "operations.md has every metric, and no others" diff <(metrics) \
	<(sed -nE 's/.*(GAUGE|COUNTER)\("([a-z_]+)", ".*/ccp_ext_\2/p' tools/rmpctl/metrics_collect.c | sort -u)
ok "of which there are some" test "$(metrics | wc -l)" -ge 30
ok "and every alert with its severity, and no others" diff \
	<(sed -nE 's/^\| ([A-Z][A-Za-z]+) \| (critical|warning) \|.*/\1 \2/p' docs/operations.md | sort) \
	<(awk '/ alert: / { a = $NF } / severity: / { print a, $NF }' packaging/prometheus/snp-kexec.rules.yml | sort)
ok "alerts that troubleshooting.md names are there" test -z "$(grep -oE '\b(CcpExt|Psp|Snp|Crash)[A-Z][A-Za-z]+' docs/troubleshooting.md |
	while read -r alert; do grep -q "alert: $alert$" packaging/prometheus/snp-kexec.rules.yml || echo "$alert"; done)"

tap_end
