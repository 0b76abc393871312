#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "make install" and "make uninstall": what packaging/install.list names, below DESTDIR.
#   install.sh install|uninstall [LIST]
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

order=${1:-}
list=${2:-$TOP/packaging/install.list}
DESTDIR=${DESTDIR:-}
PREFIX=${PREFIX:-/usr/local}
VERSION=$(sed -n 's/^#define SNP_KEXEC_VERSION.*"\(.*\)"$/\1/p' "$TOP/kexec/snp-kexec/snp-kexec.h")
# where other programs look, and PREFIX does not matter
SYSTEMD=${SYSTEMD:-$PREFIX/lib/systemd}
SYSCONF=${SYSCONF:-/etc}
MODPROBE=${MODPROBE:-/usr/lib/modprobe.d}
INITRAMFS=${INITRAMFS:-/usr/share/initramfs-tools}
LSB=${LSB:-/usr/lib/lsb}
QEMU=${QEMU:-$BUILD/qemu}
DRACUT=${DRACUT:-/usr/lib/dracut/modules.d}
SOURCES=${SOURCES:-/usr/src/ccp-ext-$VERSION}

# Files that say where something else was installed, or which version this is
changed() { # SOURCE
	case $1 in
	*/kdump-tools/ccp_ext.conf) sed "s#/etc/initramfs-tools/#$INITRAMFS/#" "$1" ;;
	*/snp-kexec-report.service) sed "s#=snp-kexec-report#=$PREFIX/lib/snp-kexec/snp-kexec-report#" "$1" ;;
	*/header_postinst.d/*) sed "s#=/usr/lib/snp-kexec/#=$PREFIX/lib/snp-kexec/#" "$1" ;;
	*/dkms.conf) sed "s/@VERSION@/$VERSION/" "$1" ;;
	*) return 1 ;;
	esac
}

install_one() { # MODE SOURCE TO
	local source=$2
	# an administrator's own configuration stays
	[ "$3" != "$DESTDIR$SYSCONF/snp-kexec.conf" ] || [ ! -e "$3" ] || return 0
	if [ "$1" = link ]; then
		mkdir -p "${3%/*}" 2>/dev/null && ln -sfn "$2" "$3" 2>/dev/null
	else
		! changed "$2" >"$scratch" || source=$scratch
		install -D -m "$1" "$source" "$3" 2>/dev/null
	fi || die "cannot write $3: are you root? DESTDIR= installs elsewhere" 2
}

is_ours() { # DIRECTORY
	case $1 in "$SOURCES" | "$SOURCES"/* | "$DRACUT"/99ccp-ext-*) return 0 ;; esac
	case ${1##*/} in snp-kexec | snp-machine | kdump-tools*.service.d) return 0 ;; esac
	case $1 in "$PREFIX"/*/snp-kexec/* | "$PREFIX"/*/snp-machine/*) return 0 ;; *) return 1 ;; esac
}

# What is kept when its owner may have changed it
uninstall_one() { # MODE SOURCE TO
	local directory
	if [ "$3" = "$DESTDIR$SYSCONF/snp-kexec.conf" ] && [ -e "$3" ] && ! cmp -s "$2" "$3"; then
		say "$3 was changed: it stays"
		return 0
	fi
	rm -f "$3" 2>/dev/null || die "cannot remove $3: are you root?" 2
	directory=${3%/*}
	# one that is not ours by its name stays, empty or not
	while is_ours "${directory#"$DESTDIR"}" && rmdir "$directory" 2>/dev/null; do directory=${directory%/*}; done
}

each() { # FUNCTION
	local mode pattern to source
	while read -r mode pattern to; do
		case $mode in '' | '#'*) continue ;; esac
		eval "pattern=\"$pattern\" to=\"$to\""
		set -- "$1"
		[ "$mode" != link ] || set -- "$1" "$pattern"
		for source in $(cd "$TOP" && compgen -G "$pattern"); do
			case $source in /*) ;; *) source=$TOP/$source ;; esac
			set -- "$@" "$source"
		done
		[ $# -gt 1 ] || die "there is no $pattern, which $list names; build it first, see make help" 2
		for source in "${@:2}"; do
			case $to in
			*/) "$1" "$mode" "$source" "$DESTDIR$to${source##*/}" ;;
			*) "$1" "$mode" "$source" "$DESTDIR$to" ;;
			esac
		done
	done <"$list"
}

case $DESTDIR in '' | /*) ;; *) die "DESTDIR=$DESTDIR: a path that begins with / is needed" 2 ;; esac
case $PREFIX in /*) ;; *) die "PREFIX=$PREFIX: a path that begins with / is needed" 2 ;; esac
DESTDIR=${DESTDIR%/}
scratch=$(mktemp)
trap 'rm -f "$scratch"' EXIT
case $order in
install | uninstall) each "${order}_one" ;;
*) die "usage: install.sh install|uninstall [LIST]" 2 ;;
esac
