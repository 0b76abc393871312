#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "make install" and "make uninstall" below a DESTDIR, while nothing else can be written: what is installed, where, and
# that all of it goes.
#   install.sh SNP-KEXEC RMPCTL
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
subject=install:
top=$(realpath "$(dirname "$0")/../..")
BUILD=$(realpath "$(dirname "$1")/..")
export BUILD
to=$tmp/to
version=$("$1" --version | cut -d' ' -f2)

# sealed COMMAND...: only $tmp can be written
sealed() {
	local namespace=(unshare --mount)
	[ "$(id -u)" = 0 ] || namespace+=(--map-root-user)
	# shellcheck disable=SC2016 # the inner shell expands it
	"${namespace[@]}" sh -euc 'mount --bind "$1" "$1"; mount -o remount,bind,ro /; export TMPDIR="$1"; shift; "$@"' sh "$tmp" "$@" \
		>"$tmp/out" 2>"$tmp/err"
}
run() { sealed env "$@" "$top/scripts/install.sh" "$order"; }
order=install
files() { (cd "$to" 2>/dev/null && find . ! -type d -printf '%m %P\n' | sort -k2); }
one_line() { [ "$(wc -l <"$tmp/err")" = 1 ] && grep -qF -- "$1" "$tmp/err"; }

# where the system's own programs look, and where an administrator's PREFIX is
expected() { # PREFIX SYSTEMD
	cat <<-LIST
		755 etc/initramfs/post-update.d/zz-ccp_ext
		644 etc/kdump/ccp_ext
		755 etc/kernel/header_postinst.d/zz-ccp_ext
		644 etc/snp-kexec.conf
		755 usr/lib/dracut/modules.d/99ccp-ext-kdump/ccp_ext-kdump
		755 usr/lib/dracut/modules.d/99ccp-ext-kdump/ccp_ext-kdump.sh
		755 usr/lib/dracut/modules.d/99ccp-ext-kdump/module-setup.sh
		644 usr/lib/lsb/init-functions.d/50-snp-kexec
		644 usr/lib/modprobe.d/ccp-ext-order.conf
		755 usr/share/initramfs-tools/hooks/ccp_ext
		755 usr/share/initramfs-tools/hooks/ccp_ext-kdump
		755 usr/share/initramfs-tools/scripts/init-top/ccp_ext-kdump
		644 $1/lib/modules-load.d/ccp_ext.conf
		644 $1/lib/snp-kexec/kexec.target
		755 $2/system-generators/snp-kexec-generator
		644 $2/system/kdump-tools-dump.service.d/ccp_ext.conf
		644 $2/system/kdump-tools.service.d/ccp_ext.conf
		644 $2/system/snp-kexec-guard.service
		644 $2/system/snp-kexec-jump.target
		644 $2/system/snp-kexec-metrics.service
		644 $2/system/snp-kexec-metrics.timer
		644 $2/system/snp-kexec-report.service
		644 $1/lib/tmpfiles.d/ccp_ext.conf
		755 $1/sbin/rmpctl
		755 $1/sbin/snp-kexec
		755 $1/lib/snp-kexec/snp-kexec-report
		755 $1/lib/snp-kexec/renew-initramfs
		644 $1/share/bash-completion/completions/rmpctl
		644 $1/share/bash-completion/completions/snp-kexec
		644 $1/share/man/man4/ccp_ext.4
		644 $1/share/man/man5/snp-kexec-handover.5
		644 $1/share/man/man5/snp-kexec.conf.5
		644 $1/share/man/man8/rmpctl.8
		644 $1/share/man/man8/snp-kexec.8
		644 $1/share/snp-kexec/prometheus/snp-kexec.rules.yml
		644 $1/share/snp-kexec/prometheus/snp-kexec.test.yml
		644 $1/share/snp-kexec/snp-kexec.conf
	LIST
}
same_files() { diff <(expected "$@" | sort -k2) <(files | grep -v ' usr/src/') >"$tmp/out"; }

ok "below a DESTDIR, and nowhere else" run DESTDIR="$to"
ok "the files, with their modes" same_files usr/local usr/local/lib/systemd
# what the module is built from is what Kbuild names
make -s -f - TOP="$top" names >"$tmp/names" <<-'LIST'
	src := .
	CONFIG_CRASH_DUMP := y
	include $(TOP)/Kbuild
	names: ; @printf '%s\n' $(ccp_ext-y:.o=.c)
LIST
src=usr/src/ccp-ext-$version
ok "each file that Kbuild names is among the module's sources, and no other .c" diff <(sort "$tmp/names") \
	<(cd "$to/$src" && find . -name '*.c' -printf '%P\n' | sort)
# shellcheck disable=SC2016 # dkms expands it
ok "dkms.conf has the version" grep -qx "PACKAGE_VERSION=\"$version\"" "$to/$src/dkms.conf"
ok "man pages of what is not installed are not" test ! -e "$to/usr/local/share/man/man1"
ok "the drop-in calls the script where it is" \
	grep -qx "ExecStartPre=/usr/share/initramfs-tools/scripts/init-top/ccp_ext-kdump" \
	"$to/usr/local/lib/systemd/system/kdump-tools.service.d/ccp_ext.conf"
ok "so does the unit that reports" grep -qx "ExecStart=/usr/local/lib/snp-kexec/snp-kexec-report" \
	"$to/usr/local/lib/systemd/system/snp-kexec-report.service"
ok "and the hook for kernels' headers, which comes behind that of dkms" \
	grep -qx "renew=/usr/local/lib/snp-kexec/renew-initramfs" "$to/etc/kernel/header_postinst.d/zz-ccp_ext"
ok "no file speaks of this tree" test -z "$(grep -rl "$top" "$to")"

# names of which they are fond
ok "init-functions will take its hook" test -n "$(run-parts --lsbsysinit --list "$to/usr/lib/lsb/init-functions.d")"
ok "and update-initramfs its own" test -n "$(run-parts --list "$to/etc/initramfs/post-update.d")"
ok "and linux-run-hooks, too" test -n "$(run-parts --list "$to/etc/kernel/header_postinst.d")"

mkdir "$tmp/early" # as systemd calls it
generate() { "$to/usr/local/lib/systemd/system-generators/snp-kexec-generator" "$@" >"$tmp/out" 2>"$tmp/err"; }
ok "the generator puts our kexec.target in front" generate "$tmp" "$tmp/early" "$tmp"
ok "... which asks the guard" grep -qx Requires=snp-kexec-guard.service "$tmp/early/kexec.target"
# shellcheck disable=SC2016,SC2317 # ok() evaluates and calls them
ok "the generator without directories says what is missing" eval '! generate && one_line "three directories are needed"'

echo "policy = lazy" >"$to/etc/snp-kexec.conf"
ok "once more: it goes over what is there" run DESTDIR="$to"
ok "... but not over a changed configuration" grep -qx "policy = lazy" "$to/etc/snp-kexec.conf"
order=uninstall
echo stays >"$to/usr/local/sbin/another"
ok "uninstall" run DESTDIR="$to"
ok "... leaves what is not ours and what was changed" diff <(printf '644 %s\n' etc/snp-kexec.conf usr/local/sbin/another) <(files)
rm "$to/usr/local/sbin/another"
cp "$top/packaging/snp-kexec.conf" "$to/etc/snp-kexec.conf"
ok "... and nothing at all of what was not changed" run DESTDIR="$to"
ours() { find "$to" -mindepth 1 -depth -type d | grep -E 'snp-|ccp|kdump-tools|prometheus'; }
ok "no directory of ours either" eval '! ours'
ok "... but those that others look into, empty or not" test -d "$to/usr/local/sbin" -a -d "$to/usr/local/share/man/man8" -a -d "$to/etc/kdump" -a -d "$to/usr/src"
ok "nothing left to remove is no error" run DESTDIR="$to"

order=install
ok "as a distribution has it" run DESTDIR="$to" PREFIX=/usr SYSTEMD=/lib/systemd
ok "the files below /usr" same_files usr lib/systemd

ok "without a DESTDIR here: one line that says what to do" eval '! run DESTDIR= && one_line "are you root? DESTDIR= installs elsewhere"'
ok "control: outside it nothing can be written" eval '! sealed touch "$top/x"'
ok "a DESTDIR that is not absolute" eval '! run DESTDIR=here && one_line "DESTDIR=here: a path that begins with / is needed"'
ok "a PREFIX that is not absolute" eval '! run DESTDIR="$to" PREFIX=usr && one_line "PREFIX=usr: a path that begins with / is needed"'
ok "nothing built yet" eval '! run DESTDIR="$to" BUILD="$tmp/none" && one_line "build it first"'
order=frob
ok "neither install nor uninstall" eval '! run && one_line "usage: install.sh install|uninstall"'

# ---- the note in an initramfs, with the module as dkms leaves it ----

mkdir "$tmp/bin" "$tmp/modules"
printf '#!/bin/sh\necho "$MODULE"\n' >"$tmp/bin/modinfo"
printf '#!/bin/sh\necho "$*" >>%s/asked\ncp "$3" %s/plain\n' "$tmp" "$tmp" >"$tmp/bin/snp-kexec"
chmod 755 "$tmp/bin"/*
echo "a module" >"$tmp/modules/ccp_ext.ko"
xz -k "$tmp/modules/ccp_ext.ko"
gzip -k "$tmp/modules/ccp_ext.ko"
zstd -q "$tmp/modules/ccp_ext.ko"
echo "no xz" >"$tmp/modules/broken.ko.xz"
echo initrd >"$tmp/initrd"
note() { # MODULE
	rm -f "$tmp/asked" "$tmp/plain"
	MODULE=$1 PATH=$tmp/bin:$PATH TMPDIR=$tmp/modules "$top/kexec/initramfs/post-update.d/zz-ccp_ext" 1.2 "$tmp/initrd" >"$tmp/out" 2>"$tmp/err"
}
for module in ccp_ext.ko ccp_ext.ko.xz ccp_ext.ko.gz ccp_ext.ko.zst; do
	ok "note: of $module" eval 'note "$tmp/modules/$module" && [ ! -s "$tmp/err" ] && cmp "$tmp/modules/ccp_ext.ko" "$tmp/plain" && grep -q " $tmp/initrd\$" "$tmp/asked"'
done
for module in broken.ko.xz none.ko ccp_ext.ko.rar; do
	ok "note: of $module there is none: said, and no reason to have no initramfs" eval 'note "$tmp/modules/$module" && [ ! -e "$tmp/asked" ] && grep -q "^W: zz-ccp_ext: $tmp/initrd has no note of what .*$module, can restore" "$tmp/err"'
done
PATH=$tmp/bin MODULE=$tmp/modules/ccp_ext.ko.xz "$(command -v sh)" "$top/kexec/initramfs/post-update.d/zz-ccp_ext" 1.2 "$tmp/initrd" 2>"$tmp/err" >"$tmp/out"
ok "note: without xz it says what to install" grep -q "^W: zz-ccp_ext: xz is missing, .*install it" "$tmp/err"
ok "note: nothing is left of it" test "$(find "$tmp/modules" -type f | wc -l)" = 5

# ---- snp-kexec-report, on a host that is played ----

ccp=$tmp/ccp
mkdir "$ccp"
report() { "$top/kexec/report/snp-kexec-report" "$@" >"$tmp/out" 2>"$tmp/err"; }
says() { grep -qF -- "$1" "$tmp/out"; }
play() { # FOUND ERROR
	printf 'ready\n' >"$ccp/state"
	printf 'found %s\ncarrier setup_data\nerror %s\nhops 3\nquiesce_us 900\nblackout_us 5000\npages_quarantined 2560\npages_reclaimed 512\npages_freed 2048\n' \
		"$1" "$2" >"$ccp/restore"
	printf 'done\npages_pending 0\nkept_tmr 512\nkept_iommu 0\n' >"$ccp/giveback"
}
play 1 "0 none"
ok "report: of a hand-over" report "$ccp"
ok "... what it was" says "kexec number 3 since the cold boot, handed over by setup_data"
ok "... what came back" says "kept out 10 MiB, of which reclaimed 2 MiB, freed 8 MiB; pending 0 MiB: done"
ok "... what stays" says "stays: 512 pages, tmr"
ok "... and nothing that does not" eval '! says iommu'
play 0 "0 none"
ok "report: after a cold boot" eval 'report "$ccp" && says "no previous kernel has handed anything over"'
play 1 "7 bad-crc"
ok "report: a hand-over that cannot be used is a failure" eval '! report "$ccp" && one_line "cannot be used (7 bad-crc)"'
printf 'degraded\npsp_watch is missing\n' >"$ccp/state"
ok "report: why it is degraded" eval 'report "$ccp"; says "ccp_ext is degraded" && says "because: psp_watch is missing"'
ok "report: no module" eval '! report "$tmp/none" && one_line "is the ccp_ext module loaded"'
ok "report: too many words" eval '! report a b && one_line "one directory, or none"'

tap_end
