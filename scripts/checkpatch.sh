#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's own style checker over our C files.
# The emulated machine's follow QEMU and are not among them.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

dir=$CACHE/checkpatch
locked "$CACHE/checkpatch.lock"
if [ ! -f "$dir/checkpatch.pl" ]; then
	# no header package carries it; the source package is large, so only three files of it are kept
	say "fetching the kernel's source package for checkpatch.pl (once)"
	tmp=$(mktemp -d "$CACHE/.checkpatch.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	deb=$("$TOP/scripts/apt-private.sh" deb linux-source-6.12 "$tmp")
	mkdir "$tmp/scripts"
	dpkg-deb --fsys-tarfile "$deb" | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' | xz -dc |
		tar -x -C "$tmp/scripts" --strip-components=2 --wildcards \
			'linux-source-*/scripts/checkpatch.pl' 'linux-source-*/scripts/spelling.txt' \
			'linux-source-*/scripts/const_structs.checkpatch'
	mv -T "$tmp/scripts" "$dir"
	rm -f "$CACHE"/downloads/linux-source-6.12_*.deb
fi

cd "$TOP"
log=$OUT/checkpatch.log
mkdir -p "$OUT"
: >"$log"
# Switched off everywhere: what speaks of the kernel's own tree, and the tag of files under two
# licenses, which it takes for an unknown one.
ignore=FILE_PATH_CHANGES,SPDX_LICENSE_TAG
# Switched off in userspace: advice to call what only the kernel has.
userspace=$ignore,ARRAY_SIZE,STRCPY,STRLCPY,STRNCPY,SSCANF_TO_KSTRTO,PREFER_DEFINED_ATTRIBUTE_MACRO
userspace=$userspace,SPLIT_STRING,EMBEDDED_FUNCTION_NAME,CONST_STRUCT,VOLATILE,MSLEEP,USLEEP_RANGE,PREFER_FALLTHROUGH

check() { # IGNORED FILE...
	local ignored=$1
	shift
	[ $# -eq 0 ] || perl "$dir/checkpatch.pl" --no-tree --terse --quiet --show-types \
		--max-line-length=100 --ignore "$ignored" -f "$@" >>"$log" 2>&1 || true
}

list() { find "$@" -name '*.[ch]' -print | sort; }
env=rmp-persist/include/rmp_persist/env.h # defines for userspace what the kernel has
mapfile -t kernel < <(list drivers rmp-persist kexec -path kexec/snp-kexec -prune -o -path "$env" -prune -o)
mapfile -t user < <(list "$env" kexec/snp-kexec tools tests -path tests/machine -prune -o)
check "$ignore" "${kernel[@]}"
check "$userspace" "${user[@]}"
sed -i '/^total: /d' "$log"
if [ -s "$log" ]; then
	cat "$log"
	die "$(wc -l <"$log") complaints about style ($log)"
fi
