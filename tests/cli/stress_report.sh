#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The report of a stress run, from made-up runs: what it says, that it is well formed and self-contained, and that nothing
# of what a file says becomes markup.
#   stress_report.sh STRESS_REPORT
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
subject=stress-report
lines=20
report=$1
make_run=$(dirname "$0")/make_stress_run.sh

run() { # ARGUMENT...: leaves rc, out, err
	timeout 60 "$report" "$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
}

# shellcheck disable=SC2317 # called by name
is() { # RC WHERE TEXT
	[ "$rc" = "$1" ] && grep -qF -- "$3" "$tmp/$2"
}

# What the page says: its parts as plain text, a row of a table a line, cells between bars.
say() { # DIR
	python3 - "$1/report.html" >"$tmp/out" 2>"$tmp/err" <<-'END'
	import sys, xml.etree.ElementTree as e
	X = '{http://www.w3.org/1999/xhtml}'
	page = e.parse(sys.argv[1]).getroot()
	text = lambda o: ' '.join(''.join(o.itertext()).replace('\xa0', ' ').split())
	print('title:', text(page.find(X + 'head/' + X + 'title')))
	for o in page.iter():
	    if o.tag in (X + 'p', X + 'h2', X + 'h3'):
	        print(text(o))
	    elif o.tag == X + 'div' and o.get('class', '').startswith('verdict'):
	        print('verdict:', o.get('class').split()[1], text(o))
	    elif o.tag == X + 'dt':
	        name = text(o)
	    elif o.tag == X + 'dd':
	        print('fact:', name + ':', text(o))
	    elif o.tag == X + 'caption':
	        print('table:', text(o))
	    elif o.tag == X + 'tr':
	        print('|' + '|'.join(text(c) for c in o) + '|')
	END
}

# shellcheck disable=SC2317
says() { # LINE: exactly
	grep -qxF -- "$1" "$tmp/out"
}

# shellcheck disable=SC2317
has() { # TEXT
	grep -qF -- "$1" "$tmp/out"
}

# Nothing that runs, nothing from elsewhere, each picture described, no id twice, links to ids alone.
# shellcheck disable=SC2317
sound() { # DIR
	python3 - "$1/report.html" >"$tmp/out" 2>"$tmp/err" <<-'END'
	import re, sys, xml.etree.ElementTree as e
	page = e.parse(sys.argv[1]).getroot()
	ids = [o.get('id') for o in page.iter() if o.get('id')]
	assert len(ids) == len(set(ids)), 'an id twice'
	known = {'html', 'head', 'meta', 'title', 'style', 'body', 'header', 'h1', 'h2', 'h3', 'main', 'div', 'strong', 'dl', 'dt', 'dd',
	         'br', 'p', 'section', 'figure', 'figcaption', 'svg', 'desc', 'line', 'text', 'path', 'circle', 'rect', 'g', 'table',
	         'caption', 'thead', 'tbody', 'tr', 'th', 'td', 'span', 'code', 'details', 'summary', 'footer'}
	for o in page.iter():
	    assert o.tag.split('}')[1] in known, o.tag
	    for name, value in o.items():
	        assert name not in ('src', 'href') and not name.startswith('on'), name
	        assert not re.search('url|javascript|expression', value) or name == 'class', value
	        for i in value.split() if name == 'aria-labelledby' else ():
	            assert i in ids, i
	    if o.tag.endswith('}svg'):
	        assert o.get('role') == 'img' and o[0].tag.endswith('}title') and o[0].text and o[1].tag.endswith('}desc') and o[1].text
	    if o.tag.endswith('}style'):
	        assert not re.search('url|@import|http', o.text)
	raw = open(sys.argv[1], encoding='utf-8').read()
	assert set(re.findall(r'https?://[^"]*', raw)) <= {'http://www.w3.org/1999/xhtml', 'http://www.w3.org/2000/svg'}
	END
}

table() { # WHAT...: from "NAME|LINE" lines of standard input, each a test
	local name line
	while IFS='=' read -r name line; do
		ok "$1: $name" says "$line"
	done
}

# ---- a run without failures ----
good=$tmp/good
"$make_run" "$good" 30
run "$good"
ok "writes report.html and says nothing" test "$rc" = 0 -a -s "$good/report.html" -a ! -s "$tmp/out" -a ! -s "$tmp/err"
ok "writes a sound page" sound "$good"
say "$good"
table "a good run" <<-'END'
	its title=title: Stress run, seed 42
	its verdict=verdict: good ✓ 30 hops, none lost30 good, 0 failed (0 lost); 0 forbidden touches.
	its hops=fact: Hops: 30 of 30
	its kernels=fact: Kernels: 6.1: 6.1.0-99-amd646.12: 6.12.117+deb12-amd647.3: 7.3.4+deb13-amd64
	its machine=fact: Machine: milan, 2048 MiB, 2 processors, QEMU 10.0.13
	its project=fact: Project: made-up
	units of blackouts=||hops|least, ms|median, ms|95 %, ms|most, ms|
	units of memory=||hops|sum, MiB|mean, MiB|most, MiB|
	units of hops=|Hop|Kernels|Method|Policy|Outcome|Verdict|Blackout, ms|Quarantined, pages|Freed, pages|Forbidden touches|Time, s|Faults|
	its beginning=fact: Started: 2026-11-27T14:00:00Z
	the rule of three=0 of 30 hops failed. If each hop is as dangerous as any other, with 95 % confidence at most one hop in 10 fails (rule of three: none lost, so at most about three of as many).
	survival by the bound=|10|100.0 %|36.8 %|
	kinds of faults=4 kinds of 5 were set; they fired 11 times.
	a fault that no hop drew=|never-drawn|0|0|0|0|0|0|0|0|0||
	the census of checks=|memory||30|0|
	methods=|crash||3|0|
	what was expected and came=table: Hops by what was expected and what came
	memory before=Hop 5, before
	pages by state=|Guest-Valid|16384|64.000|
	what is kept out=|quarantine|5632|22.000|
	that nothing failed=None.
END

# the same sums, by another way
ok "counts what the hops say" python3 - "$good" "$tmp/out" <<-'END'
	import collections, json, sys
	hops = [json.loads(l) for l in open(sys.argv[1] + '/hops.ndjson')]
	said = open(sys.argv[2]).read().splitlines()
	rows = [l.strip('|').split('|') for l in said if l.startswith('|')]
	pairs = collections.Counter((h['from'], h['to']) for h in hops)
	kernels = ['6.1', '6.12', '7.3']
	for k in kernels:
	    assert [k] + [str(pairs[k, to]) for to in kernels] in rows, k
	for name in {f['name'] for h in hops for f in h['faults']}:
	    mine = [(h, f) for h in hops for f in h['faults'] if f['name'] == name]
	    came = collections.Counter(h['outcome'] for h, f in mine)
	    want = [name, str(len(mine)), str(sum(f['fired'] for h, f in mine)), str(sum(f['fired'] > 0 for h, f in mine)),
	            str(came['jumped']), str(came['cold-reset']), str(came['dumped']), '0', '0', '0']
	    assert any(r[:10] == want for r in rows), want
	for kind in 'sev', 'sev-es', 'snp':
	    n = sum(g['count'] for h in hops for g in h['guests'] if g['kind'] == kind)
	    assert [kind, '', str(n)] in rows, kind
	for policy in 'evict', 'lazy', 'preserve':
	    v = sorted(h['blackout_us'] / 1000 for h in hops if h['policy'] == policy and h['blackout_us'] is not None)
	    assert any(r[0] == policy and r[1:3] == [str(len(v)), '%.0f' % v[0]] and r[5] == '%.0f' % v[-1] for r in rows if len(r) == 6), policy
	kept = sum(h['quarantined'] for h in hops) / 256
	assert any(r[0].startswith('Quarantined') and r[1] == '30' and float(r[2]) == round(kept) for r in rows), kept
	END
cp "$good/report.html" "$tmp/first"
run "$good"
ok "says the same of the same run" cmp -s "$tmp/first" "$good/report.html"
run -o "$tmp/elsewhere.html" "$good"
ok "writes where -o says" cmp -s "$tmp/first" "$tmp/elsewhere.html"

# pictures are those that the run names, also of one of several hosts
mkdir -p "$tmp/hosts/part-2"
cp "$good"/*.ndjson "$tmp/hosts"
cp "$good/map-0.json" "$tmp/hosts/part-2"
sed 's/"hop": 5, "when": "[a-z]*"/"hop": 99, "when": "long ago"/' "$good/map-1.json" >"$tmp/hosts/map-0.json"
sed 's#"map": \[.*\]#"map": ["part-2/map-0.json"]#' "$good/run.json" >"$tmp/hosts/run.json"
run "$tmp/hosts"
say "$tmp/hosts"
ok "shows pictures of one of several hosts" says "Hop 5, before"
ok "and none that an earlier run has left" test "$(grep -c 'Hop 99' "$tmp/out")" = 0

# ---- failures ----
bad=$tmp/bad
"$make_run" "$bad" 40 17 33
sed -i 's/"map": /"shortest": { "how": "minimal:", "command": "make stress SEED=42 HOPS=3,5-9,12~fault.0 KERNELS=\\"6.1 6.12\\"" }, "map": /' \
	"$bad/run.json"
run "$bad"
ok "reports a failed run with status 0" test "$rc" = 0
ok "writes a sound page of it" sound "$bad"
say "$bad"
ok "says how many failed" says "verdict: bad ✗ 2 of 40 hops failed38 good, 2 failed (2 lost); 0 forbidden touches."
ok "says why, and how to do it again" test \
	"$(grep -c '|the next kernel did not come up within 60 s: no verdict on its channel|.*|make stress SEED=42 FROM=1 N=\(17\|33\) CRASH_EVERY=10|hop-\(17\|33\)|$' "$tmp/out")" = 2
ok "says what it was cut down to" says 'Cut down, minimal: make stress SEED=42 HOPS=3,5-9,12~fault.0 KERNELS="6.1 6.12"'
ok "marks what was alive at the end, and what was lost" test \
	"$(grep -c 'class="end"' "$bad/report.html")$(grep -c 'failed at hop' "$bad/report.html")" = 12

# one forbidden touch is no good run, whatever the verdict says
mkdir "$tmp/touch"
sed 's/"forbidden": 0/"forbidden": 3/' "$good/hops.ndjson" | head -n 1 >"$tmp/touch/hops.ndjson"
sed 1d "$good/hops.ndjson" >>"$tmp/touch/hops.ndjson"
cp "$good/run.json" "$tmp/touch"
run "$tmp/touch"
say "$tmp/touch"
ok "takes a forbidden touch for a failure" says "verdict: bad ✗ 1 of 30 hops failed29 good, 1 failed (0 lost); 3 forbidden touches."
# "ok" of a host that is lost is not believed
sed '2s/"outcome": "[a-z-]*"/"outcome": "lost"/' "$good/hops.ndjson" >"$tmp/touch/hops.ndjson"
run "$tmp/touch"
say "$tmp/touch"
ok "takes a lost host for a failure" has "verdict: bad ✗ 1 of 30 hops failed29 good, 1 failed (1 lost)"

# ---- unfinished, torn, missing ----
part=$tmp/part
cp -r "$good" "$part"
{ head -n 12 "$good/hops.ndjson"; sed -n 13p "$good/hops.ndjson" | head -c 150; } >"$part/hops.ndjson"
run "$part"
say "$part"
ok "does not call an unfinished run good" has "verdict: wait … Not finished: 12 of 30 hops, none lost so far"
ok "says that the last line is torn" has "1 line of hops.ndjson cannot be read, the last of them was not written to its end"
printf '\n[1, 2]\nnull\n{"hop": 1}}\n\0\n' >>"$part/hops.ndjson"
run "$part"
say "$part"
ok "counts lines that are no hop" has "5 lines of hops.ndjson cannot be read; the report"
sed 's/"verdict": "ok", //' "$good/hops.ndjson" >"$part/hops.ndjson"
run "$part"
say "$part"
ok "does not call a run good whose verdicts are not known" has "verdict: wait … Not finished: 30 of 30 hops, none lost so far0 good, 0 failed (0 lost), of 30 the verdict is not known"
ok "nor draws its survival" has "Of no hop is the verdict known."
: >"$part/hops.ndjson"
run "$part"
ok "reports a run without a hop" sound "$part"
say "$part"
ok "says that no hop was recorded" has "verdict: wait – No hop was recorded"
rm "$part/hops.ndjson"
run "$part"
ok "reports a run that has only begun" test "$rc" = 0
cp "$good/hops.ndjson" "$part"
rm "$part/run.json"
run "$part"
ok "reports hops without run.json" sound "$part"
say "$part"
ok "says that run.json is missing" has "run.json is not there or cannot be read: what was asked for is not known."
ok "and what is not known" says "fact: Seed: not known"
ok "and does not call it good" has "verdict: wait … Not finished: 30 of not known hops"
echo '{}' >"$part/run.json"
printf '{}\n{}\n' >"$part/hops.ndjson"
rm "$part"/map-*
run "$part"
ok "reports hops that say nothing" sound "$part"
say "$part"
ok "says that nothing is known of them" says "|not known|not known → not known|not known|not known|not known|not known|not known|not known|not known|not known|not known||"
ok "says that there are no pictures of memory" has "This run has left no pictures of memory."

# ---- hostile ----
evil=$tmp/evil
mkdir "$evil"
python3 - "$evil" <<'END'
import json, sys
bad = '</title></style></svg>"\'><script>alert(1)</script>&lt;&#60;<!--]]><img src=x onerror=alert(1)>\u202e\x00\x1b[31m\x7f\x85\ufffe\ud800'
d = sys.argv[1]
hop = {k: bad for k in 'from to method policy expects outcome verdict why logs append'.split()}
hop.update(hop=1, again=bad, faults=[{'name': bad, 'argument': bad, 'fired': 2}] * 3, guests=[{'kind': bad, 'stage': bad, 'count': 1e17, 'size_mb': 1e17, 'page_kb': -1}, 3],
           checks={bad: bad, 'x': True}, forbidden=1)
odd = {k: v for k, v in zip('hop from to method guests faults checks blackout_us quarantined cpus seconds verdict forbidden'.split(),
                            ['1', 2, None, [], {}, 'x', [], 'fast', {}, True, [1], 0, -5])}
huge = dict(hop=1e308, blackout_us=1e300, quarantined=9.9e17, freed=-1, seconds=1e-300, assigned_before=9.9e17, cpus=1e17, pressure_mb=9e17, verdict='failed')
with open(d + '/hops.ndjson', 'w') as f:
    for h in hop, odd, huge, dict(hop=2, verdict='ok', blackout_us=0), dict(hop=3, verdict='ok', blackout_us=9.9e17):
        f.write(json.dumps(h) + '\n')
    f.write('{"hop": 4, "verdict": "ok", "blackout_us": NaN, "freed": Infinity, "seconds": -Infinity}\n')
    f.write('[' * 100000 + '\n')
with open(d + '/hops.ndjson', 'ab') as f:
    f.write(b'{"hop": 5, "verdict": "failed", "why": "\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82", "from": "\xc3"}\n')
json.dump(dict({k: bad for k in 'format faults project started state'.split()}, seed=7, hops=-3, crash_every=1e30, kernels=[bad, 3, '6.1$(reboot)'],
               releases={bad: bad}, machine={'profile': bad, 'qemu': bad, 'memory_mb': bad}, map=['../../etc/passwd', 'part-1/../map-x.json', 'map-x.json', 'map-0.json/', 3, bad] +
               ['map-%d.json' % i for i in range(5)]), open(d + '/run.json', 'w'))
maps = [dict(hop=1, when=bad, pages=4096, runs=[{'pfn': 100, 'nr_pages': 10, 'state': bad}, {'pfn': 4, 'nr_pages': 1e17, 'state': 'Firmware'},
             {'pfn': 4095, 'nr_pages': 2 ** 39, 'state': 'Context'}, {'pfn': 1, 'nr_pages': 5, 'state': 'Reclaim'}, 3, {}], kept_out=[{'pfn': 2 ** 40}, 'x']),
        dict(pages=2 ** 39, runs=[], kept_out={}), dict(pages=0), dict(pages=2 ** 41), [1]]
for i, m in enumerate(maps):
    json.dump(m, open(d + '/map-%d.json' % i, 'w'))
json.dump(dict(pages=1), open(d + '/map-x.json', 'w'))
END
run "$evil"
ok "reports a hostile run" test "$rc" = 0
ok "lets none of its texts become markup" sound "$evil"
ok "escapes them" test \
	"$(grep -o '&#60;script&#62;alert(1)&#60;/script&#62;&#38;lt;' "$evil/report.html" | wc -l)" -gt 10
ok "and has no byte of them that is no character" python3 -c "
raw = open('$evil/report.html', encoding='utf-8', errors='strict').read()
assert not set(raw) & set(map(chr, [*range(9), *range(11, 32), *range(0x7f, 0xa0), 0x202e, 0xfffe])), 'control characters'"
say "$evil"
ok "says how many failed all the same" has "verdict: bad ✗ 3 of 7 hops failed3 good, 3 failed (0 lost), of 1 the verdict is not known"
ok "offers no command that it does not know" test "$(grep -c '|not shown: it is no call of make stress|' "$tmp/out")" = 1
ok "reads no map but those of the run" test "$(grep -c 'passwd\|map-x' "$evil/report.html")" = 0
ok "says what it cannot draw" test "$(grep -c '^map-[234].json: cannot be read$' "$tmp/out")" = 3
ok "says that ranges in a map are odd" has "6 ranges in this file are none, or in a state that has no name."
ok "draws the rest of it" says "|Reclaim|5|0.020|"

# a command is offered if it is one of ours
mkdir "$tmp/cut"
while read -r again; do
	printf '{"hop": 1, "verdict": "failed", "again": %s}\n' "$again" >"$tmp/cut/hops.ndjson"
	run "$tmp/cut"
	say "$tmp/cut"
	ok "nor $again" has "|not shown: it is no call of make stress|"
done <<'END'
"make stress; reboot"
"make stress SEED=$(reboot)"
"make stress SEED=1 KERNELS=\"6.1\" reboot\""
"make stress SEED=1 KERNELS=\"6.1"
"make stress SEED=1 SHELL=sh"
"make stress -f Makefile"
"make clean"
END

# each prefix of the files is read, or not, without a fault
for cut in 1 50 200 400 900 2000; do
	mkdir -p "$tmp/cut"
	head -c "$cut" "$evil/hops.ndjson" >"$tmp/cut/hops.ndjson"
	head -c "$cut" "$evil/run.json" >"$tmp/cut/run.json"
	head -c "$cut" "$evil/map-0.json" >"$tmp/cut/map-0.json"
	run "$tmp/cut"
	ok "reads files of which only $cut bytes are left" sound "$tmp/cut"
	cp "$evil/run.json" "$tmp/cut"
	run "$tmp/cut"
	ok "and pictures" sound "$tmp/cut"
done

# ---- wrong usage ----
while IFS='|' read -r name text words; do
	# shellcheck disable=SC2086 # words are words
	run $words
	ok "$name" is 2 err "$text"
done <<END
needs a directory|no directory; try: stress-report --help|
takes one directory|too many arguments: b|a b
knows its options|no such option: --frob|--frob $good
wants a name behind -o|an argument is missing: -o|$good -o
says that a directory is missing|$tmp/none: No such file or directory|$tmp/none
says that a file is no directory|$good/run.json: Not a directory|$good/run.json
says that a directory is not that of a run|neither run.json nor hops.ndjson is there|$tmp
says that it cannot write|$tmp/none/x: No such file or directory; nothing was written|-o $tmp/none/x $good
writes regular files alone|/dev/full: not a regular file; nothing was written|-o /dev/full $good
END
run --help
ok "--help explains it" is 0 out "Usage: stress-report"

tap_end
