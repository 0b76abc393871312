#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Debian 12 packages of this tree: build/deb/VERSION. They are built from a copy, and again only if something changed.
#   deb.sh [--no-lintian] [VERSION]    VERSION: instead of this tree's, to have something to upgrade to
# Prints the directory. lintian's complaints are a failure; what is overridden has its reason beside it.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

lintian=1
if [ "${1:-}" = --no-lintian ]; then
	lintian=0
	shift
fi
this=$(sed -nE '1s/.*\((.*)\).*/\1/p' "$TOP/packaging/debian/changelog")
version=${1:-$this}
[[ $# -le 1 && $version =~ ^[0-9][0-9a-z.+~]*$ ]] || die "usage: deb.sh [--no-lintian] [VERSION]; VERSION is like 0.2" 2
declared=$(sed -n 's/^#define SNP_KEXEC_VERSION.*"\(.*\)"$/\1/p' "$TOP/kexec/snp-kexec/snp-kexec.h")
[ "$this" = "$declared" ] || die "packaging/debian/changelog has version $this, kexec/snp-kexec/snp-kexec.h $declared: make them the same"
dir=$BUILD/deb/$version
log=$OUT/deb-$version.log
[ -x "$BUILD/qemu/bin/qemu-system-x86_64" ] || die "no machine in $BUILD/qemu: run make qemu" 2

# what is to be built: neither results nor history
tree() { (cd "$TOP" && find . \( -path ./.git -o -path ./build -o -path "./${BUILD#"$TOP/"}" \) -prune -o \( -type f -o -type l \) -print0 | sort -z); }

set_version() { # TREE: the same program under another number
	sed -i "1s/(.*)/($version)/" "$1/debian/changelog"
	sed -i -E "/^#define (SNP_KEXEC|RMPCTL|CCPX)_VERSION/s/\".*\"/\"$version\"/" \
		"$1/kexec/snp-kexec/snp-kexec.h" "$1/tools/rmpctl/rmpctl.h" "$1/drivers/ccp-ext/ccp_ext.h"
}

build() { # SCRATCH
	local copy=$1/snp-kexec-$version
	mkdir -p "$copy"
	tree | (cd "$TOP" && cpio --quiet -0pdm "$copy") || return
	cp -r "$copy/packaging/debian" "$copy/debian" || return
	set_version "$copy" || return
	(cd "$copy" && env -u MAKEFLAGS -u MAKELEVEL -u BUILD -u DESTDIR -u PREFIX SNP_QEMU="$BUILD/qemu" \
		DEB_BUILD_OPTIONS="parallel=$(nproc)" dpkg-buildpackage --build=full --no-sign)
}

locked "$BUILD/.deb.lock"
key=$version-$(tree | (cd "$TOP" && xargs -0 sha256sum) | cat - "$BUILD/qemu/stamp" | sha256sum | cut -c1-24)
if ! fresh "$dir/stamp" "$key"; then
	say "packages of version $version"
	scratch=$BUILD/deb/.$version.tmp
	rm -rf "$scratch"
	logged "$log" build "$scratch"
	rm -rf "$dir" "$scratch/snp-kexec-$version"
	mv "$scratch" "$dir"
	stamp "$dir/stamp" "$key"
fi
if [ $lintian = 1 ] && ! fresh "$dir/lintian" "$key"; then
	say "lintian"
	# it cannot be told to fail of what is not overridden alone
	logged "$OUT/lintian.log" lintian --allow-root --display-info --show-overrides "$dir"/*.changes
	if grep -E '^[EWI]: ' "$OUT/lintian.log" >&2; then die "lintian complains; whole log: $OUT/lintian.log"; fi
	stamp "$dir/lintian" "$key"
	say "lintian has no complaint; $(grep -c '^O: ' "$OUT/lintian.log") tags are overridden"
fi
say "$(find "$dir" -name '*.deb' ! -name '*-dbgsym_*' | wc -l) packages in $dir"
echo "$dir"
