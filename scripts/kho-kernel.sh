#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A small 7.3 with CONFIG_KEXEC_HANDOVER, which Debian's own lacks, built from Debian's source package
# with this system's compiler, and laid out like those of kernels.sh: build/kernels/7.3-kho.
# Built once for each version, configuration and compiler; the result is cached.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

CONFIG=$TOP/tests/kho/kernel.config
WORK=$BUILD/kho-kernel
SRC=$WORK/src
OBJ=$WORK/obj
LOG=$OUT/kho-kernel.log
JOBS=${JOBS:-$(nproc)}

kmake() { env -u MAKEFLAGS -u MAKELEVEL nice make -C "$SRC" "O=$OBJ" "$@"; }

unpack_source() { # VERSION
	local deb
	fresh "$WORK/unpacked" "$1" && return 0
	say "unpacking the source of $1"
	rm -rf "$WORK"
	mkdir -p "$SRC" "$OBJ"
	deb=$("$TOP/scripts/apt-private.sh" deb "linux-source-7.3=$1" "$WORK")
	dpkg-deb --fsys-tarfile "$deb" | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' | xz -dc |
		tar -x -C "$SRC" --strip-components=1
	rm -f "$deb" "$CACHE"/downloads/linux-source-7.3_*.deb
	stamp "$WORK/unpacked" "$1"
}

configure() {
	kmake -s tinyconfig
	(cd "$OBJ" && "$SRC/scripts/kconfig/merge_config.sh" -m -O . .config "$CONFIG")
	kmake -s olddefconfig
}

# What was asked for and not granted, for want of something else.
check_config() {
	local line missing=()
	while read -r line; do
		grep -qxF "$line" "$OBJ/.config" || missing+=("$line")
	done < <(grep -E '^CONFIG_.*=' "$CONFIG")
	[ ${#missing[@]} -eq 0 ] || die "the configuration lacks ${missing[*]}"
}

show_progress() {
	local last=0 now
	while sleep 60; do
		now=$(grep -c '^  CC ' "$LOG" || true)
		[ "$now" = "$last" ] || say "$now files compiled"
		last=$now
	done
}

compile() {
	local progress rc=0
	show_progress &
	progress=$!
	logged "$LOG" kmake -j"$JOBS" bzImage modules || rc=$?
	kill "$progress" 2>/dev/null || true
	wait "$progress" 2>/dev/null || true
	return $rc
}

# The tree that modules are built against; it works where it lies.
headers() { # DIR
	(cd "$OBJ" && srctree=$SRC SRCARCH=x86 CC=gcc HOSTCC=gcc MAKE=make sh "$SRC/scripts/package/install-extmod-build" "$1")
	cp "$OBJ/.config" "$1/"
	# see kernels.sh
	install -m 755 /dev/stdin "$1/scripts/checker-valid.sh" <<<$'#!/bin/sh\necho 1'
}

build() { # RESULT VERSION
	local tmp=$1.tmp
	say "building a 7.3 with CONFIG_KEXEC_HANDOVER: once, some 15 minutes on two idle processors"
	unpack_source "$2"
	logged "$OUT/kho-config.log" configure
	check_config
	compile
	rm -rf "$tmp"
	mkdir -p "$tmp/modules" "$tmp/headers"
	cp "$OBJ/arch/x86/boot/bzImage" "$tmp/vmlinuz"
	find "$OBJ/" -name '*.ko' -exec cp {} "$tmp/modules/" \;
	logged "$OUT/kho-headers.log" headers "$tmp/headers/build"
	cat "$OBJ/include/config/kernel.release" >"$tmp/release"
	echo "linux-source-7.3 $2" >"$tmp/package"
	rm -rf "$1"
	mv "$tmp" "$1"
	rm -rf "$WORK"
}

locked "$BUILD/kho-kernel.lock"
read -r _ version _ < <("$TOP/scripts/apt-private.sh" newest-kernel 7.3)
[ -n "$version" ] || exit 2
key=$(cat "$0" "$CONFIG" - <<<"$(gcc -dumpfullversion)" | sha256sum | cut -c1-16)
result=$CACHE/kho-kernel-$version-$key
[ -d "$result" ] || build "$result" "$version"
dir=$BUILD/kernels/7.3-kho
if ! fresh "$dir/stamp" "$version $key"; then
	rm -rf "$dir"
	mkdir -p "$(dirname "$dir")"
	cp -a "$result" "$dir"
	stamp "$dir/stamp" "$version $key"
fi
say "7.3-kho is $(cat "$dir/release") ($version)"
