#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The compiler of a kernel whose suite is newer than this system, unpacked and made to run here: its
# programs are told where their own loader and libraries lie (patchelf), so that neither a chroot
# nor root nor a namespace is needed.
#   toolchain.sh DIR HEADERS=VERSION   what the headers package depends on, into DIR, for good
#   toolchain.sh --adopt DIR TREE      the programs below TREE run with the libraries of DIR
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

# Of what apt would install: not the kernel's own packages, nor what no compiler of C needs to run.
unneeded='^(linux-.*|debconf|openssl-provider-legacy|lib[a-z]*san[0-9]+|lib(itm|gomp|quadmath|atomic)[0-9]+)='

# adopt DIR TREE: every program that asks for a loader gets ours
adopt() {
	local dir=$1/usr/lib/x86_64-linux-gnu program
	find "$2" -type f -perm /111 ! -name '*.so*' -print | while read -r program; do
		[ "$(head -c 4 "$program" | tr -d '\0')" = $'\x7fELF' ] || continue
		patchelf --print-interpreter "$program" >/dev/null 2>&1 || continue
		patchelf --force-rpath --set-rpath "$dir" --set-interpreter "$dir/ld-linux-x86-64.so.2" "$program" ||
			die "patchelf could not change $program" 2
	done
}

unpack() {
	local dir=$1 headers=$2 packages deb name
	rm -rf "$dir"
	mkdir -p "$dir/debs"
	packages=$("$TOP/scripts/apt-private.sh" needs "$headers" | grep -vE "$unneeded")
	# shellcheck disable=SC2086 # words are meant
	"$TOP/scripts/apt-private.sh" deb $packages "$dir/debs" >/dev/null
	for deb in "$dir"/debs/*.deb; do dpkg-deb -x "$deb" "$dir"; done
	# large, and not for compiling a module
	rm -rf "${dir:?}"/{debs,etc,var,usr/share,usr/bin/*lto-dump*,usr/libexec/gcc/*/*/lto*}
	# gcc looks for its assembler and linker without the triplet as well
	for name in as ld ld.bfd nm objcopy objdump strip ar; do
		[ -e "$dir/usr/bin/$name" ] || ln -s "x86_64-linux-gnu-$name" "$dir/usr/bin/$name"
	done
	adopt "$dir" "$dir/usr"
}

if [ "${1:-}" = --adopt ] && [ $# -eq 3 ]; then
	adopt "$2" "$3"
elif [ $# -eq 2 ]; then
	unpack "$@"
else
	die "usage: toolchain.sh [--adopt] DIR HEADERS=VERSION|TREE" 2
fi
