#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "make qualify" without a machine: words, errors, what is written.
#   qualify.sh QUALIFY JSON_SCHEMA
set -u
qualify=$(realpath "$1")
schema=$(realpath "$2")
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=tests/cli/tap.sh
. tests/cli/tap.sh
subject=qualify:
# a build directory without a machine, whose mirror serves these
export BUILD=$tmp/build
unset HEADERS MODULES VMLINUX SYMBOLS RUN KERNEL
mkdir -p "$BUILD/apt" "$BUILD/kernels/some"
cat >"$BUILD/apt/kernels" <<'END'
linux-image-6.1.0-56-amd64 6.1.192-2 6.1.0-56-amd64
linux-image-7.2.12+deb13-amd64 7.2.12-1~bpo13+1 7.2.12+deb13-amd64
END
head -n 1 "$BUILD/apt/kernels" >"$BUILD/apt/newest-6.1"
date +%s >"$BUILD/apt/updated"
touch -d '+1 minute' "$BUILD/apt/kernels" "$BUILD/apt/newest-6.1"

script() { # ARGUMENT...: leaves rc, out, err
	timeout 60 scripts/qualify.sh "$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
}

program() { # ARGUMENT...
	timeout 300 "$qualify" "$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
}

# shellcheck disable=SC2317 # called by name
says() { # RC PATTERN: this exit code, one line of error, like this, and nothing else
	[ "$rc" = "$1" ] && [ "$(wc -l <"$tmp/err")" = 1 ] && grep -qE -- "$2" "$tmp/err" && [ ! -s "$tmp/out" ]
}

# shellcheck disable=SC2317
prints() { # RC PATTERN: this exit code, and a line like this
	[ "$rc" = "$1" ] && grep -qE -- "$2" "$tmp/out"
}

# ---- which kernel ----

script
ok "asks which kernel" says 2 'which kernel\? make qualify KERNEL='
script linux
ok "refuses a word that is nothing" says 2 "KERNEL=linux: neither a file nor a series"
script 6.16
ok "refuses a series that is not served, and says what is" says 2 'KERNEL=6.16: not on .*: 6.1.0-56-amd64 7.2.12\+deb13-amd64$'
script 7.2.99-amd64
ok "refuses a release that is not served" says 2 'KERNEL=7.2.99-amd64: not on '
script 7.1-first
ok "refuses the first of a series that is not served" says 2 'KERNEL=7.1-first: not on '
script 6.1 7.2
ok "takes one kernel at a time" says 2 'one kernel at a time'
script "$tmp/vmlinuz"
ok "refuses a file that is not there" says 2 'there is no such file'
: >"$tmp/vmlinuz"
script "$tmp/vmlinuz"
ok "wants headers of a vmlinuz" says 2 'needs HEADERS='
HEADERS=$tmp script "$tmp/vmlinuz"
ok "wants modules of a vmlinuz" says 2 'needs MODULES='
HEADERS=$tmp/none script 6.1
ok "refuses headers that are not there" says 2 'HEADERS=.*/none: there is no such file'
VMLINUX=$tmp/none script 6.1
ok "refuses a vmlinux that is not there" says 2 'VMLINUX=.*/none: there is no such file'
script "$tmp/linux-image-1_1_amd64.deb"
ok "refuses a package that is not there" says 2 'there is no such file'
echo text >"$tmp/linux-image-1_1_amd64.deb"
script "$tmp/linux-image-1_1_amd64.deb"
ok "refuses what is no package" says 2 'no Debian package'
package() { # NAME
	mkdir -p "$tmp/package/DEBIAN"
	printf 'Package: %s\nVersion: 1\nArchitecture: amd64\nMaintainer: nobody <nobody@example.org>\nDescription: none\n' "$1" \
		>"$tmp/package/DEBIAN/control"
	dpkg-deb -b "$tmp/package" "$tmp/$1_1_amd64.deb" >/dev/null
}
package hello
script "$tmp/hello_1_amd64.deb"
ok "refuses a package that is no kernel" says 2 'package hello is no linux-image'
package linux-image-9.9-test
script "$tmp/linux-image-9.9-test_1_amd64.deb"
ok "wants the package of headers beside it" says 2 'no linux-headers-9.9-test_\*.deb beside it'

timeout 60 scripts/kernels.sh --files some "$tmp/vmlinuz" "$tmp" "$tmp" >"$tmp/out" 2>"$tmp/err"
rc=$?
ok "refuses a vmlinuz that is none" says 2 'vmlinuz is no bzImage'

# ---- the program ----

program
ok "wants to know what to do" says 2 '^qualify: --kernel, --release and --out are needed; see qualify --help$'
program --frobnicate
ok "refuses an option that it does not know" bash -c "[ $rc = 2 ] && grep -q frobnicate '$tmp/err'"
program --help
ok "explains itself" prints 0 '^usage: qualify --kernel NAME'
record=(--kernel none --release 9.9-test --out "$tmp" --package "linux-image-9.9-test 1" --qemu 10 --project abc)
program "${record[@]}" --unbuilt "ccp_ext does not build: error: no such function"
ok "a module that does not build fails in each cell" prints 1 '^0 passed, 30 failed, 0 not supported, 0 not known$'
ok "with the compiler's word" grep -q '^SNP, crash opens: fail: ccp_ext does not build: error: no such function$' "$tmp/out"
ok "writes what it prints" cmp "$tmp/out" "$tmp/9.9-test.txt"
ok "writes Markdown" grep -q '^| SNP | \*\*fail\*\* |' "$tmp/9.9-test.md"
python3 -c 'import json, sys; print(json.dumps(json.load(open(sys.argv[1]))))' "$tmp/9.9-test.json" >"$tmp/line"
"$schema" docs/qualify.schema.json matrix <"$tmp/line" >"$tmp/out" 2>"$tmp/err"
rc=$?
ok "writes JSON that keeps to its schema" test $rc = 0
sed -i 's/"format": 1/"format": 2/' "$tmp/line"
"$schema" docs/qualify.schema.json matrix <"$tmp/line" >"$tmp/out" 2>"$tmp/err"
rc=$?
ok "and the schema refuses another format" test $rc = 1
program "${record[@]}" --unasked "nobody looked"
ok "a machine that cannot be started says nothing of the kernel" prints 2 '^0 passed, 0 failed, 0 not supported, 30 not known$'
ok "and is named" grep -q '^SNP, kdump: not known: the machine did not start: ' "$tmp/out"
ok "as is what was not looked for" grep -q '^SEV, crash opens: not known: nobody looked$' "$tmp/out"
program "${record[@]}" --unasked "nobody looked" --out "$tmp/no/such"
ok "says what it could not write" bash -c "[ $rc = 2 ] && grep -q 'cannot write .*/no/such/9.9-test.json' '$tmp/err'"

# ---- interrupted, with an emulator that never answers ----

mkdir -p "$BUILD/qemu/bin" "$BUILD/kernels/none" "$BUILD/initramfs"
touch "$BUILD/boot.tar" "$BUILD/kernels/none/vmlinuz" "$BUILD/initramfs/none.img"
install -m 755 /dev/stdin "$BUILD/qemu/bin/qemu-system-x86_64" <<END
#!/bin/sh
echo \$\$ >>$tmp/pids
exec sleep 300
END
rm -f "$tmp"/9.9-test.*
"$qualify" "${record[@]}" >"$tmp/out" 2>"$tmp/err" &
pid=$!
for _ in $(seq 300); do [ ! -s "$tmp/pids" ] || break; sleep 0.1; done
ok "starts an emulator" test -s "$tmp/pids"
kill -INT $pid
wait $pid
rc=$?
ok "ends by Ctrl-C" test $rc = 130
ok "and writes nothing" bash -c "! ls $tmp/9.9-test.* 2>/dev/null"
# shellcheck disable=SC2046 # words are meant
ok "and leaves no machine behind" bash -c '! kill -0 "$@" 2>/dev/null' - $(cat "$tmp/pids")

# ---- the document ----

program --document
ok "wants something to document" says 2 'no SERIES=FILE'
echo '{}' >"$tmp/other.json"
program --document "6.1=$tmp/other.json"
ok "refuses a file that is none of its own" says 2 'other.json: not a matrix of format 1'
timeout 60 scripts/matrix-doc.sh >"$tmp/out" 2>"$tmp/err"
rc=$?
ok "makes no document where there are no results" bash -c "[ $rc = 2 ] && grep -q 'no result below' '$tmp/err' && ! test -e docs/matrix.md.tmp"
ok "and says which are missing" grep -q '7.2: no 7.2.12+deb13-amd64.json: run make qualify KERNEL=7.2' "$tmp/err"

tap_end
