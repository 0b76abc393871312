#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The emulated SNP host: Debian's QEMU source with tests/machine/overlay and tests/machine/patches,
# built small. The tree stays in build/qemu/src, so that a change of ours costs seconds.
# usage: build-qemu.sh [--pristine]; --pristine: without our files, with the same devices and
# options, into build/qemu-pristine: what "make bench-machine" compares with.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

PRISTINE=${SNP_PRISTINE:-}
if [ "${1:-}" = --pristine ]; then
	shift
	PRISTINE=-pristine
fi
export SNP_PRISTINE=$PRISTINE
QEMU=$BUILD/qemu$PRISTINE
SRC=$QEMU/src
TOOLS=$QEMU/tools
MACHINE=$TOP/tests/machine
DEVICES=configs/devices/x86_64-softmmu/snpmachine.mak
LOG=$OUT/qemu$PRISTINE-build.log

configure_args=(
	--python=/usr/bin/python3 --target-list=x86_64-softmmu
	--without-default-features --without-default-devices --with-devices-x86_64=snpmachine
	--enable-tcg --enable-slirp --enable-system --disable-kvm --disable-user --disable-tools --disable-docs
	--disable-guest-agent --disable-fdt --disable-download --disable-werror --disable-debug-info
	--disable-install-blobs --audio-drv-list=
)

# PIP_* variables, another python in PATH and the like would leak into the build.
clean_env() {
	env -i HOME=/nonexistent LC_ALL=C.UTF-8 PATH="$TOOLS/usr/bin:/usr/bin:/bin" \
		PYTHONPATH="$TOOLS/usr/lib/python3/dist-packages" "$@"
}

# debs DIR PKG...: unpacked there and not installed
debs() {
	local dir=$1 deb
	shift
	"$TOP/scripts/apt-private.sh" deb "$@" "$QEMU/debs" >/dev/null
	mkdir -p "$dir"
	for deb in "${@/%/_*.deb}"; do
		# shellcheck disable=SC2086 # the glob is meant
		dpkg-deb -x $QEMU/debs/$deb "$dir"
	done
}

fetch_tools() {
	[ -f "$TOOLS/.complete" ] && return 0
	rm -rf "$TOOLS" "$QEMU/debs"
	debs "$TOOLS" meson python3-pycotap
	touch "$TOOLS/.complete"
	rm -rf "$QEMU/debs"
}

# The machine's firmware: of Debian's packages too.
fetch_firmware() { # TO
	local tmp=$QEMU/firmware
	rm -rf "$tmp" "$QEMU/debs"
	debs "$tmp" seabios qemu-system-data
	mkdir -p "$1"
	cp "$tmp/usr/share/seabios/bios-256k.bin" "$tmp/usr/share/qemu/linuxboot_dma.bin" \
		"$tmp/usr/share/qemu/kvmvapic.bin" "$1"
	rm -rf "$tmp" "$QEMU/debs"
}

unpack_source() { # TARBALL
	local tmp=$QEMU/.src.tmp
	[ "$(cat "$SRC/.unpacked" 2>/dev/null)" = "$(basename "$1")" ] && return 0
	progress "unpacking $(basename "$1")"
	rm -rf "$tmp" "$SRC" "$QEMU/pristine"
	mkdir -p "$tmp"
	tar -xf "$1" -C "$tmp" --strip-components=1
	basename "$1" >"$tmp/.unpacked"
	mv "$tmp" "$SRC"
}

patched_files() { sed -n 's#^+++ b/##p' "$MACHINE"/patches/*.patch | sort -u; }

# While the output goes to the log, this goes to where it went before.
progress() { say "$@" 2>&8; }

# Only what differs is written, or everything would be compiled again.
update_file() { # FROM TO
	cmp -s "$1" "$2" && return 0
	mkdir -p "$(dirname "$2")"
	cp "$1" "$2"
}

apply_ours() {
	local tmp=$QEMU/.patched.tmp file patch
	rm -rf "$tmp"
	mkdir -p "$tmp" "$QEMU/pristine"
	for file in $(patched_files); do
		[ -f "$QEMU/pristine/$file" ] || update_file "$SRC/$file" "$QEMU/pristine/$file"
		mkdir -p "$tmp/$(dirname "$file")"
		cp "$QEMU/pristine/$file" "$tmp/$file"
	done
	for patch in "$MACHINE"/patches/*.patch; do
		patch -d "$tmp" -p1 --fuzz=0 --forward --quiet <"$patch" ||
			die "$(basename "$patch") does not apply"
	done
	# Files that a removed patch had changed go back to what they were.
	(cd "$QEMU/pristine" && find . -type f) | while read -r file; do
		[ -f "$tmp/$file" ] || { update_file "$QEMU/pristine/$file" "$SRC/$file"; rm "$QEMU/pristine/$file"; }
	done
	(cd "$tmp" && find . -type f) | while read -r file; do update_file "$tmp/$file" "$SRC/$file"; done
	if [ -f "$QEMU/overlay.list" ]; then
		while read -r file; do
			[ -f "$MACHINE/overlay/$file" ] || rm -f "$SRC/$file"
		done <"$QEMU/overlay.list"
	fi
	(cd "$MACHINE/overlay" && find . -type f) | tee "$QEMU/overlay.list" |
		while read -r file; do update_file "$MACHINE/overlay/$file" "$SRC/$file"; done
	rm -rf "$tmp"
}

# What Debian's source cannot be built without, and the list of devices.
apply_neutral() {
	sed 's/^edk2_targets = .*/edk2_targets = []/' "$SRC/meson.build" >"$QEMU/.meson.build"
	update_file "$QEMU/.meson.build" "$SRC/meson.build"
	update_file "$MACHINE/overlay/$DEVICES" "$SRC/$DEVICES"
}

configure() {
	local key
	# ninja's file names are absolute: a tree that was moved would build another's sources
	key=$(printf '%s\n' "$SRC" "${configure_args[@]}" | sha256sum)
	fresh "$SRC/build/.configured" "$key" && return 0
	progress "configuring"
	rm -rf "$SRC/build"
	mkdir -p "$SRC/build"
	(cd "$SRC/build" && clean_env ../configure "${configure_args[@]}")
	stamp "$SRC/build/.configured" "$key"
}

# A line now and then: the first build takes minutes.
show_progress() {
	local last='' now
	while sleep 20; do
		now=$(grep -oE '^\[[0-9]+/[0-9]+\]' "$LOG" | tail -n 1) || true # none yet
		[ -z "$now" ] || [ "$now" = "$last" ] || progress "compiling $now"
		last=$now
	done
}

compile() {
	local rc=0 watcher
	show_progress 9>&- &
	watcher=$!
	# shellcheck disable=SC2064 # the process of now
	trap "kill $watcher 2>/dev/null" EXIT
	clean_env nice ninja -C "$SRC/build" -j"$(nproc)" qemu-system-x86_64 || rc=$?
	kill $watcher 2>/dev/null || true
	trap - EXIT
	return $rc
}

# install_from DIR: both files and directories appear whole
install_from() {
	mkdir -p "$QEMU/bin" "$QEMU/share"
	cp "$1"/share/* "$QEMU/share/"
	cp "$1/bin/qemu-system-x86_64" "$QEMU/bin/.new"
	mv -f "$QEMU/bin/.new" "$QEMU/bin/qemu-system-x86_64"
}

# Its own process, because "set -e" does not work in a command whose status is asked for.
if [ "${1:-}" = --compile ]; then
	unpack_source "$2"
	if [ -n "$PRISTINE" ]; then apply_neutral; else apply_ours; fi
	configure
	compile
	exit 0
fi

locked "$QEMU/lock"
files=$("$TOP/scripts/apt-private.sh" source qemu '10.0.*' "$QEMU/source")
tarball=$(grep '\.orig\.tar\.' <<<"$files")
version=$(basename "$tarball" | sed 's/^qemu_//; s/\.orig\.tar\..*//')
if [ -n "$PRISTINE" ]; then
	what="without our patches"
	key="$version-$(hash_of "$MACHINE/overlay/$DEVICES" "$TOP/scripts/build-qemu.sh")"
else
	what="with our patches"
	key="$version-$(hash_of "$MACHINE/overlay" "$MACHINE/patches" "$TOP/scripts/build-qemu.sh")"
fi

if fresh "$QEMU/stamp" "$key" && [ -x "$QEMU/bin/qemu-system-x86_64" ]; then
	say "QEMU $version $what is up to date"
	exit 0
fi
cached=$CACHE/qemu$PRISTINE-$key
if [ ! -d "$cached" ]; then
	say "building QEMU $version $what (the first time takes some minutes; log: $LOG)"
	fetch_tools
	exec 8>&2
	logged "$LOG" "$0" --compile "$tarball"
	tmp=$(mktemp -d "$CACHE/.qemu.XXXXXX")
	chmod 755 "$tmp"
	mkdir "$tmp/bin"
	strip -o "$tmp/bin/qemu-system-x86_64" "$SRC/build/qemu-system-x86_64"
	fetch_firmware "$tmp/share"
	# Another build directory may have been faster.
	mv -T "$tmp" "$cached" 2>/dev/null || rm -rf "$tmp"
	# Old ones pile up while the machine is worked on.
	find "$CACHE" -maxdepth 1 -name 'qemu-*' -mtime +14 -exec rm -rf {} +
fi
install_from "$cached"
stamp "$QEMU/stamp" "$key"
say "QEMU $version $what is built"
