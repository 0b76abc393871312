#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# snp-kexec kdump on its command line, and the hooks that arm a crash kernel, against a directory that plays
# kernel, ccp_ext, /boot and /var/lib/kdump. TAP on standard output. No root needed; nothing of this host is changed.
# shellcheck disable=SC2016,SC2317 # ok() evaluates and calls them
set -u

# shellcheck source=tests/cli/host.sh
. "$(dirname "$0")/host.sh"
top=$(cd "$(dirname "$0")/../.." && pwd)

release=6.12.1-test
words="ccp_ext.kdump_handover=0x8000000 ccp_ext.kdump_hop=3"
line="console=ttyS0 $words reset_devices"
hook=$top/kexec/initramfs-tools/scripts/init-top/ccp_ext-kdump
module() { "$make_input" module license=GPL "name=ccp_ext" "vermagic=${1:-$release} SMP" "parm=${2-kdump_hop}:of the blob"; }

# ---- initrds ----

tree() {	# an initrd of initramfs-tools, as the hooks make it
	rm -rf "$dir/tree"
	mkdir -p "$dir/tree/usr/lib/modules/$release/updates" "$dir/tree/scripts/init-top" "$dir/tree/conf"
	module >"$dir/tree/usr/lib/modules/$release/updates/ccp_ext.ko"
	cp "$hook" "$dir/tree/scripts/init-top/"
	# shellcheck disable=SC2016 # a script's
	printf '/scripts/init-top/ccp_ext-kdump "$@"\n/scripts/init-top/udev "$@"\n' >"$dir/tree/scripts/init-top/ORDER"
	printf '# modules\nvirtio_blk\n' >"$dir/tree/conf/modules"
}

pack() {	# command that packs it
	(cd "$dir/tree" && find . | cpio --quiet -o -H newc) | "$@"
}

# ---- the crash kernel that is loaded ----

image() {	# command line, kernel, initrd, efi
	local k=${2-$root/var/lib/kdump/vmlinuz} i=${3-$root/var/lib/kdump/initrd.img}
	echo 1 >"$root/sys/kernel/kexec_crash_loaded"
	{
		echo "state loaded"
		echo "by kexec_load"
		echo "kernel $("$make_input" piece 2048 <"$k")"
		if [ -n "$i" ]; then echo "initrd $("$make_input" piece 0 <"$i")"; else echo "initrd 0 0x0"; fi
		echo "efi ${4:-0}"
		echo "cmdline ${1-$line}"
	} >"$ccp/crash_image"
}

armed() {	# command that packs its initrd
	fresh_host
	mkdir -p "$root/var/lib/kdump" "$root/boot"
	echo 268435456 >"$root/sys/kernel/kexec_crash_size"
	printf 'state current\nprobes 2\nsize 4096\n' >"$ccp/crash_handover"
	echo "$words" >"$ccp/kdump_words"
	"$make_input" kernel "$release" >"$root/var/lib/kdump/vmlinuz"
	tree
	pack "${@:-cat}" >"$root/var/lib/kdump/initrd.img"
	image
}

filters() { [ "$rc" = 0 ] && out_has "safe: the crash kernel would filter" && [ ! -s "$dir/err" ]; }
no_filter() { [ "$rc" = 1 ] && out_has "not safe: " && out_has "$1" && out_has "would not filter" && [ ! -s "$dir/err" ]; }
one_reason() { no_filter "$1" && [ "$(grep -c '^not safe: ' "$dir/out")" = 1 ]; }
dunno() { [ "$rc" = 2 ] && one_line_of_error && err_has "$1"; }

# ---- usage ----

run "$command" kdump
ok "kdump wants to know what" unknown "status or check"
run "$command" kdump frob
ok "another word is named" unknown "frob: neither status nor check"
run "$command" kdump check extra
ok "a word too many is named" unknown '"extra"'
run "$command" kdump check --frob
ok "an unknown option is named" unknown "--frob: unknown option"
run "$command" kdump check --kernel
ok "an option without its argument is refused" unknown "needs an argument"
run "$command" kdump --help
ok "kdump has a help text" out_has "Usage: snp-kexec kdump"

# ---- all is well ----

armed
fake kdump check
ok "a crash kernel with words, module and hook would filter" filters
ok "check prints nothing but the verdict" test "$(wc -l <"$dir/out")" = 1
fake kdump status
ok "status names its files" eval 'filters && out_has "var/lib/kdump/vmlinuz, $release" && out_has "var/lib/kdump/initrd.img"'
ok "status names what it was told, and what loads ccp_ext" eval 'out_has "$line" && out_has "loaded by scripts/init-top"'
fake kdump status --json
ok "status has it in JSON" json 'd["verdict"] == "safe" and d["loaded"] and d["reserved"] == 1 << 28 and d["handover"] == "current" and d["has_module"] and d["release"] == "'$release'" and d["reasons"] == []'
for packer in gzip xz zstd bzip2 lz4; do
	if command -v $packer >/dev/null; then
		# shellcheck disable=SC2209 # legacy format, as mkinitramfs uses it
		if [ $packer = lz4 ]; then armed lz4 -lc; else armed $packer -c; fi
		fake kdump check
		ok "an initrd packed by $packer is looked into" filters
	fi
done
armed zstd -c
mv "$root/var/lib/kdump/initrd.img" "$dir/packed"
{ (cd "$dir" && echo ccp >early && echo early | cpio --quiet -o -H newc); cat "$dir/packed"; } >"$root/var/lib/kdump/initrd.img"
image
fake kdump check
ok "an archive with microcode in front is walked through" filters
armed
mv "$root/var/lib/kdump/vmlinuz" "$root/boot/vmlinuz-$release"
mv "$root/var/lib/kdump/initrd.img" "$root/boot/initrd.img-$release"
fake kdump check
ok "files in /boot are found" filters
mv "$root/boot/vmlinuz-$release" "$root/boot/initrd.img-$release" "$dir"
fake kdump check --kernel "$dir/vmlinuz-$release" --initrd "$dir/initrd.img-$release"
ok "files elsewhere can be named" filters
armed
rm -rf "$dir/tree/scripts" "$dir/tree/conf"
mkdir -p "$dir/tree/var/lib/dracut/hooks/cmdline"
cp "$top/kexec/dracut/99ccp-ext-kdump/ccp_ext-kdump.sh" "$dir/tree/var/lib/dracut/hooks/cmdline/00-ccp_ext-kdump.sh"
pack cat >"$root/var/lib/kdump/initrd.img"
image
fake kdump status
ok "dracut's hook is known" eval 'filters && out_has "dracut"'
armed
image "$line ccp_ext.kdump_hop=3 -- ccp_ext.kdump_hop=9"
fake kdump check
ok "what init gets does not count" filters

# ---- nothing to ask ----

run as_user "$command" kdump check --sysfs "$dir/none"
ok "without module it says what to load" dunno "ccp_ext module is not loaded"
armed
chmod 000 "$ccp/crash_handover"
run as_user "$fake" --root "$root" kdump check
ok "without root it says so" dunno "are you root?"
armed
rm "$root/sys/kernel/kexec_crash_loaded"
fake kdump check
ok "a kernel without crash kernels is named" dunno "CONFIG_CRASH_DUMP"
armed
rm "$ccp/crash_image"
fake kdump check
ok "a ccp_ext that does not tell is named" dunno "crash_image"
armed
printf 'state loaded\nby magic\n' >"$ccp/crash_image"
fake kdump check
ok "what is not understood is said" dunno "not understood"

# ---- no crash kernel ----

armed
echo 0 >"$root/sys/kernel/kexec_crash_loaded"
fake kdump check
ok "no crash kernel is a reason" one_reason "no crash kernel is loaded: load one"
echo 0 >"$root/sys/kernel/kexec_crash_size"
fake kdump check
ok "no memory for one is another" one_reason "crashkernel="
armed
echo "state none" >"$ccp/crash_image"
fake kdump check
ok "one that was loaded ahead of ccp_ext is to be loaded again" one_reason "loaded first"
armed
sed -i 's/^state .*/state opaque/' "$ccp/crash_image"
fake kdump check
ok "something else is no crash kernel" one_reason "no Linux kernel"
armed
echo "state unknown" >"$ccp/crash_image"
fake kdump check
ok "a kernel that cannot be watched is not decided on" dunno "cannot be watched"
armed
printf 'state withheld\nwhy ccp was loaded first\n' >"$ccp/crash_handover"
fake kdump check
ok "a hand-over that is withheld is a reason" one_reason "withheld: ccp was loaded first"

# ---- its command line ----

armed
image "console=ttyS0"
fake kdump check
ok "without words both are named" eval 'no_filter "no ccp_ext.kdump_handover=0x8000000" && out_has "no ccp_ext.kdump_hop=3"'
armed
image "${line/hop=3/hop=2}"
fake kdump check
ok "a stale hop is said, with both" one_reason "has ccp_ext.kdump_hop=2, but of this boot it is 3: stale"
armed
image "${line/0x8000000/0x4000000}"
fake kdump check
ok "a stale region is said" one_reason "has ccp_ext.kdump_handover=0x4000000, but of this boot it is 0x8000000: stale"
armed
image "$line ccp_ext.kdump_hop=30"
fake kdump check
ok "the last of several counts" one_reason "has ccp_ext.kdump_hop=30"
armed
image "$line modprobe.blacklist=ccp,ccp_ext"
fake kdump check
ok "a filter that is not wanted is a reason" one_reason "modprobe.blacklist=ccp_ext"
armed
image "$line modprobe.blacklist=ccp,kvm_amd"
fake kdump check
ok "other modules are not" filters
armed
image "$line" "$root/var/lib/kdump/vmlinuz" "$root/var/lib/kdump/initrd.img" 1
fake kdump check
ok "on EFI hosts initrdmem= is missed" one_reason "initrdmem=0,1"
image "$line initrdmem=0,1" "$root/var/lib/kdump/vmlinuz" "$root/var/lib/kdump/initrd.img" 1
fake kdump check
ok "... unless it is there" filters

# ---- its files ----

armed
image "$line" "$root/var/lib/kdump/vmlinuz" ""
fake kdump check
ok "no initrd is a reason" one_reason "no initrd"
armed
echo more >>"$root/var/lib/kdump/initrd.img"
fake kdump check
ok "an initrd that was made again is not the one that is loaded" dunno "name it with --initrd"
fake kdump check --initrd "$root/var/lib/kdump/initrd.img"
ok "... also where it is named" one_reason "is not the initrd that is loaded"
armed
printf x | dd of="$root/var/lib/kdump/vmlinuz" bs=1 seek=4000 conv=notrunc status=none
fake kdump check
ok "a kernel that was replaced is not the one that is loaded" dunno "name it with --kernel"
armed
rm "$dir/tree/usr/lib/modules/$release/updates/ccp_ext.ko"
pack zstd -c >"$root/var/lib/kdump/initrd.img"
image
fake kdump check
ok "an initrd without ccp_ext is a reason" one_reason "no ccp_ext.ko for $release in it;"
armed
mv "$dir/tree/usr/lib/modules/$release" "$dir/tree/usr/lib/modules/6.12.1-other"
pack cat >"$root/var/lib/kdump/initrd.img"
image
fake kdump check
ok "another kernel's ccp_ext does not count" one_reason "only for another kernel"
armed
module "$release" policy >"$dir/tree/usr/lib/modules/$release/updates/ccp_ext.ko"
pack cat >"$root/var/lib/kdump/initrd.img"
image
fake kdump check
ok "a ccp_ext from before crash kernels is a reason" one_reason "knows nothing of crash kernels"
armed
rm "$dir/tree/scripts/init-top/ccp_ext-kdump"
pack cat >"$root/var/lib/kdump/initrd.img"
image
fake kdump check
ok "a module that nothing loads is a reason" one_reason "nothing in it is known to load ccp_ext"
tree
sed -i 1d "$dir/tree/scripts/init-top/ORDER"
pack cat >"$root/var/lib/kdump/initrd.img"
image
fake kdump check
ok "a script that is not among those that run is none" one_reason "nothing in it is known to load ccp_ext"
echo ccp_ext >>"$dir/tree/conf/modules"
pack cat >"$root/var/lib/kdump/initrd.img"
image
fake kdump status
ok "a list of modules loads it, with a note" eval 'filters && out_has "stays open"'
sed -i 's/^ccp_ext/#ccp_ext/' "$dir/tree/conf/modules"
pack cat >"$root/var/lib/kdump/initrd.img"
image
fake kdump check
ok "a comment does not" one_reason "nothing in it is known to load ccp_ext"
armed gzip -c
truncate -s -20 "$root/var/lib/kdump/initrd.img"
image
fake kdump check
ok "a damaged initrd is said" dunno "gzip -dc: failed"
armed
head -c 5000 /dev/zero | tr '\0' x >"$root/var/lib/kdump/initrd.img"
image
fake kdump check
ok "what is no initrd is said" one_reason "neither a cpio archive nor one that is packed"
armed gzip -c
mkdir -p "$dir/empty"
PATH=$dir/empty fake kdump check
ok "a program that is not there is named" dunno "packed by gzip, which is not installed"

# ---- what kdump-tools is told ----

sourced() {	# shell words: sources the file for kdump-tools on the host that is played
	sed "s# /\(sys\|proc\)/# $root/\1/#g; s#(cat /\(sys\|proc\)/#(cat $root/\1/#g" "$top/kexec/kdump-tools/ccp_ext" >"$dir/sourced"
	run sh -euc "$1; . '$dir/sourced'; echo \"\$KDUMP_CMDLINE_APPEND\""
}
blacklist="modprobe.blacklist=ccp,kvm_amd"
default="reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1 irqpoll usbcore.nousb"

armed
sourced :
ok "kdump-tools gets its own words and this boot's" test "$(cat "$dir/out")" = "$default $words $blacklist"
sourced 'KDUMP_CMDLINE_APPEND="nr_cpus=1"'
ok "... or the administrator's" test "$(cat "$dir/out")" = "nr_cpus=1 $words $blacklist"
echo "${words/hop=3/hop=4}" >"$ccp/kdump_words"
sourced :
ok "after a hop they are others" out_has "kdump_hop=4"
mkdir -p "$root/sys/firmware/efi"
sourced :
ok "on EFI hosts EFI's table is kept from it" out_has " initrdmem=0,1"
echo "root=/dev/vda initrdmem=0,1 quiet" >"$root/proc/cmdline"
sourced :
ok "... once" test "$(grep -c initrdmem "$dir/out")" = 0
rm "$ccp/kdump_words"
sourced 'KDUMP_CMDLINE_APPEND=x'
ok "without ccp_ext the words are as they were, and that is said" eval '[ "$(cat "$dir/out")" = x ] && err_has "ccp_ext is not loaded"'
touch "$root/proc/vmcore"
sourced 'KDUMP_CMDLINE_APPEND=x'
ok "in a crash kernel nothing is said" eval '[ "$(cat "$dir/out")" = x ] && [ ! -s "$dir/err" ]'

# ---- what loads ccp_ext in a crash kernel ----

# modprobe and mount are played: they leave a line, and the first one sysfs' file where it is to succeed.
crash_kernel() {	# command line
	fresh_host
	rm -rf "$ccp"
	mkdir -p "$dir/bin" "$root/dev" "$root/sys/kernel" "$root/sys/bus/platform"
	touch "$root/proc/vmcore"
	echo "$1" >"$root/proc/cmdline"
	echo "proc /proc proc rw 0 0" >"$root/proc/mounts"
	printf '#!/bin/sh\necho "umount $*" >>%s/calls\n' "$root" >"$dir/bin/umount"
	printf '#!/bin/sh\necho "modprobe $*" >>%s/calls\n[ -e %s/broken ] && exit 1\nmkdir -p %s && touch %s/vmcore\n' \
		"$root" "$root" "$ccp" "$ccp" >"$dir/bin/modprobe"
	printf '#!/bin/sh\necho "mount $*" >>%s/calls\n[ ! -e %s/readable ] || exit 0\nrm %s/proc/vmcore\n' \
		"$root" "$root" "$root" >"$dir/bin/mount"
	chmod 755 "$dir/bin/"*
	sed "s# /\(sys\|proc\)/# $root/\1/#g; s#[<>]/\(sys\|proc\|dev\)/#&@#g; s#/\(sys\|proc\|dev\)/@#$root/\1/#g; s#>$root/dev/kmsg#>>$root/dev/kmsg#" \
		"$hook" >"$dir/hook"
	run env PATH="$dir/bin:$PATH" sh -eu "$dir/hook"
}
hook_again() { run env PATH="$dir/bin:$PATH" sh -eu "$dir/hook"; }
calls_are() { [ "$(cat "$root/calls")" = "$1" ]; }
said() { grep -qsF -- "$1" "$root/dev/kmsg"; }

run sh "$hook" prereqs
ok "the script says that it waits for no other" test "$rc$(cat "$dir/out")" = 0
crash_kernel "quiet $words"
ok "in a crash kernel ccp_ext is loaded, and nothing is closed" eval '[ $rc = 0 ] && calls_are "modprobe ccp_ext"'
crash_kernel quiet
rm -rf "$root/proc/vmcore" "$root/calls" "$ccp"
touch "$root/calls"
hook_again
ok "in any other kernel it is not" eval '[ $rc = 0 ] && [ ! -s "$root/calls" ]'
crash_kernel quiet
rm -rf "$ccp"
touch "$root/broken"
: >"$root/calls"
hook_again
ok "where that fails /proc/vmcore is closed, and it is said" eval 'calls_are "modprobe ccp_ext
mount -o bind $root/sys/bus/platform/uevent $root/proc/vmcore" && said "there will be no dump" && [ ! -e "$root/proc/sysrq-trigger" ]'
touch "$root/proc/vmcore" "$root/readable"
hook_again
ok "where it cannot be closed the host restarts" grep -qx b "$root/proc/sysrq-trigger"
crash_kernel quiet
rm -rf "$ccp"
: >"$root/calls"
echo "sysfs $root/proc/vmcore sysfs rw 0 0" >>"$root/proc/mounts"
hook_again
ok "what was closed in the initramfs is opened where ccp_ext loads later" eval 'calls_are "modprobe ccp_ext
umount $root/proc/vmcore"'
rm -rf "$ccp"
touch "$root/broken"
: >"$root/calls"
hook_again
ok "... and stays closed where it does not" eval '[ $rc = 0 ] && calls_are "modprobe ccp_ext"'
for word in modprobe.blacklist=ccp,ccp_ext module_blacklist=ccp_ext; do
	crash_kernel "quiet $word"
	ok "$word wants no filter, which is said" eval '[ $rc = 0 ] && [ ! -s "$root/calls" ] && said "nothing is kept"'
done
crash_kernel "quiet modprobe.blacklist=ccp,kvm_amd"
ok "other modules may be missing" calls_are "modprobe ccp_ext"

echo "1..$count"
exit $((failed > 0))
