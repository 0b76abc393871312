#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Build ccp_ext.ko for one series of kernels, in a copy of the sources, with all warnings and sparse.
#   build-module.sh SERIES [--strict]     --strict: a warning is a failure
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

series=${1:-}
[ -n "$series" ] || die "usage: build-module.sh SERIES [--strict]" 2
kernel=$BUILD/kernels/$series
dir=$BUILD/modules/$series
log=$OUT/module-$series.log

[ -f "$kernel/stamp" ] || die "no kernel $series: run scripts/kernels.sh $series" 2
[ -f "$TOP/Kbuild" ] || die "no Kbuild at the top: this tree cannot build the module" 2

# what Kbuild may name: our module, the shared core, and the kexec parts that the kernel shares
sources() {
	(cd "$TOP" && find Kbuild drivers/ccp-ext rmp-persist kexec -maxdepth 4 -path kexec/snp-kexec -prune -o \
		-type f \( -name Kbuild -o -name '*.[chS]' \) -print | sort)
}

build() {
	local -a arguments=(-C "$kernel/headers/build" "M=$dir.tmp" W=1 CONFIG_DEBUG_INFO_BTF_MODULES= -j"$(nproc)")
	# newer headers use two words that Debian 12's sparse cannot read
	local check="sparse -D__typeof_unqual__=__typeof__ '-D__builtin_strlen(s)=(sizeof(s) - 1)'"
	if command -v sparse >/dev/null; then arguments+=(C=1 "CHECK=$check"); fi
	[ ! -d "$kernel/toolchain" ] || PATH=$kernel/toolchain/usr/bin:$PATH
	# KBUILD_MODPOST_WARN unset: an unresolved symbol is an error
	env -u MAKEFLAGS -u MAKELEVEL make "${arguments[@]}" modules || return
	# what no kernel of Debian's has is at least compiled
	rm -f "$dir.tmp/drivers/ccp-ext/kdump_note.o"
	env -u MAKEFLAGS -u MAKELEVEL make "${arguments[@]}" \
		KCFLAGS=-DCONFIG_PROC_VMCORE_DEVICE_DUMP=1 drivers/ccp-ext/kdump_note.o || return
	nm "$dir.tmp/drivers/ccp-ext/kdump_note.o" | grep -q 'U vmcore_add_device_dump' || { echo "error: it adds no note"; return 1; }
}

locked "$BUILD/modules/.lock-$series"
key=$(cd "$TOP" && sources | xargs sha256sum | cat - "$kernel/stamp" "$0" | sha256sum | cut -c1-24)
if ! fresh "$dir/stamp" "$key"; then
	say "ccp_ext for $(cat "$kernel/release")"
	rm -rf "$dir.tmp"
	mkdir -p "$dir.tmp"
	sources | (cd "$TOP" && cpio --quiet -pdm "$dir.tmp")
	logged "$log" build || exit 1
	grep -E 'warning|error:|WARNING|: note: in included' "$log" >"$dir.tmp/warnings" || true
	stamp "$dir.tmp/stamp" "$key"
	rm -rf "$dir"
	mv "$dir.tmp" "$dir"
	say "ccp_ext for $(cat "$kernel/release") built, $(wc -l <"$dir/warnings") warnings"
fi

if [ "${2:-}" = --strict ] && [ -s "$dir/warnings" ]; then
	sed "s#$dir.tmp/##" "$dir/warnings" >&2
	die "$(wc -l <"$dir/warnings") warnings for $series; whole log: $log"
fi
