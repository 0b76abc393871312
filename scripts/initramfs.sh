#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The machine's initramfs for each series, and the disk from which it takes the next kernel.
#   initramfs.sh                  those of lib.sh, boot.tar
#   initramfs.sh NAME SERIES...   others, boot-NAME.tar
# Small and uncompressed: both are what makes an emulated boot fast.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

boot=boot
if [ $# -gt 1 ]; then
	boot=boot-$1
	shift
	SERIES=$*
fi
images=$BUILD/initramfs
programs=$BUILD/guest-bin
hooks=$TOP/kexec
script=scripts/init-top/ccp_ext-kdump

# everything gets the same owner and time, so that the same inputs give the same bytes
pack() { # DIRECTORY IMAGE
	find "$1" -exec touch -h -d @0 {} +
	(cd "$1" && find . -mindepth 1 -print0 | LC_ALL=C sort -z |
		cpio --quiet -0 -o -H newc -R 0:0 --reproducible) >"$2"
}

build() { # SERIES IMAGE
	local series=$1 stage=$images/.stage-$1 release modules file
	release=$(cat "$BUILD/kernels/$series/release")
	rm -rf "$stage"
	modules=$stage/lib/modules/$release
	mkdir -p "$stage"/{bin,sbin,dev,proc,sys,run,tmp,etc,usr/bin,usr/sbin} "$modules"
	cp /bin/busybox "$stage/bin/busybox"
	/bin/busybox --list-full | while read -r file; do
		[ "$file" = bin/busybox ] || ln -s /bin/busybox "$stage/$file" 2>/dev/null || true
	done
	install -m 755 "$TOP/tests/initramfs/init" "$stage/init"
	install -D -m 755 "$hooks/initramfs-tools/$script" "$stage/$script"
	install -D -m 644 "$hooks/kdump-tools/ccp_ext" "$stage/etc/kdump/ccp_ext"
	for file in "$programs"/*; do
		[ -x "$file" ] && strip -o "$stage/usr/sbin/$(basename "$file")" "$file"
	done
	cp "$BUILD/kernels/$series"/modules/*.ko "$modules/"
	[ ! -f "$BUILD/modules/$series/ccp_ext.ko" ] || cp "$BUILD/modules/$series/ccp_ext.ko" "$modules/"
	# The kernel's own lists of what is built in are not unpacked here; nothing refers to them.
	: | tee "$modules/modules.order" "$modules/modules.builtin" >"$modules/modules.builtin.modinfo"
	depmod -b "$stage" "$release"
	rm -f "$modules"/*.bin "$modules"/modules.order "$modules"/modules.builtin* "$modules"/modules.devname
	echo 'root:x:0:0:root:/:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/sh' >"$stage/etc/passwd"
	pack "$stage" "$2"
	rm -rf "$stage"
	[ ! -f "$BUILD/modules/$series/ccp_ext.ko" ] ||
		logged "$OUT/annotate-$series.log" "$BUILD/bin/snp-kexec" annotate --module "$BUILD/modules/$series/ccp_ext.ko" "$2"
}

locked "$images/.lock"
[ -d "$programs" ] || die "no guest programs in $programs: run make guest-programs" 2
[ -x "$BUILD/bin/snp-kexec" ] || die "no $BUILD/bin/snp-kexec: run make tools" 2
changed=0
for series in $SERIES; do
	[ -f "$BUILD/kernels/$series/stamp" ] || die "no kernel $series: run scripts/kernels.sh $series" 2
	inputs=("$0" "$BUILD/bin/snp-kexec" "$TOP/tests/initramfs" "$hooks/initramfs-tools" "$hooks/kdump-tools" "$programs" "$BUILD/kernels/$series/modules"
		"$BUILD/kernels/$series/release" /bin/busybox)
	[ ! -f "$BUILD/modules/$series/ccp_ext.ko" ] || inputs+=("$BUILD/modules/$series/ccp_ext.ko")
	key=$(hash_of "${inputs[@]}")
	if ! fresh "$images/$series.stamp" "$key" || [ ! -f "$images/$series.img" ]; then
		build "$series" "$images/.$series.tmp"
		mv "$images/.$series.tmp" "$images/$series.img"
		stamp "$images/$series.stamp" "$key"
		changed=1
		say "$series.img, $(($(stat -c %s "$images/$series.img") >> 20)) MiB"
	fi
done

key=$(for series in $SERIES; do cat "$images/$series.stamp" "$BUILD/kernels/$series/stamp"; done | sha256sum | cut -c1-24)
if [ $changed = 1 ] || ! fresh "$BUILD/$boot.stamp" "$key" || [ ! -f "$BUILD/$boot.tar" ]; then
	stage=$images/.boot
	rm -rf "$stage"
	mkdir -p "$stage"
	members=()
	for series in $SERIES; do
		ln "$BUILD/kernels/$series/vmlinuz" "$stage/vmlinuz-$series"
		ln "$images/$series.img" "$stage/initrd-$series"
		members+=("vmlinuz-$series" "initrd-$series")
	done
	tar -c -C "$stage" --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=644 \
		-f "$BUILD/.$boot.tar.tmp" "${members[@]}"
	mv "$BUILD/.$boot.tar.tmp" "$BUILD/$boot.tar"
	rm -rf "$stage"
	stamp "$BUILD/$boot.stamp" "$key"
fi
