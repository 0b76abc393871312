#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "snp-kexec load" without a kernel: what a cold boot of the host would start.
#   default_entry.sh SNP-KEXEC SNP-KEXEC-FAKE MAKE-INPUT
set -u
# shellcheck disable=SC2154 # set by host.sh
# shellcheck source=tests/cli/host.sh
. "$(dirname "$0")/host.sh"

# a kernel and an initrd in each place where one may be
# shellcheck disable=SC2154 # set by host.sh
place() { # PATH...
	local path
	for path in "$@"; do
		mkdir -p "$(dirname "$root/$path")"
		case $path in
		*init*) cp "$initrd" "$root/$path" ;;
		*) cp "$kernel" "$root/$path" ;;
		esac
	done
}
grub_cfg() { # DEFAULT KERNEL INITRD
	mkdir -p "$root/boot/grub"
	printf 'set default="%s"\nmenuentry "Debian" --class x $menuentry_id_option "one" {\n\tlinux\t%s root=/dev/grub ro\n\tinitrd\t%s\n}\n' \
		"$1" "$2" "$3" >"$root/boot/grub/grub.cfg"
}
loader() { # BASE NAME
	mkdir -p "$root/$1/loader/entries" "$root/$1/$2"
	cp "$kernel" "$root/$1/$2/linux"
	cp "$initrd" "$root/$1/$2/initrd.img"
	printf 'title %s\nlinux /%s/linux\ninitrd /%s/initrd.img\noptions root=/dev/loader-%s\n' "$2" "$2" "$2" "$2" >"$root/$1/loader/entries/$2.conf"
}
# shellcheck disable=SC2154 # set by host.sh
loads() { [ "$rc" = 0 ] && json "d['verdict'] == 'safe' and $1"; }

fresh_host
fake load
ok "nothing there: what was looked for is named" unknown "no KERNEL given, and no default entry found: neither /boot/grub/grub.cfg, nor loader/entries in /efi, /boot/efi or /boot, nor /vmlinuz or /boot/vmlinuz; name a KERNEL"

place vmlinuz initrd.img
fake --json load --dry-run
ok "/vmlinuz, with the running kernel's command line" loads "d['entry'] == 'vmlinuz' and 'root=/dev/vda' in d['cmdline']"
ok "... and /initrd.img" json "any(p['name'] == 'initrd' for p in d['pieces'])"
rm "$root/initrd.img"
fake --json load --dry-run
ok "... or without one" loads "not any(p['name'] == 'initrd' for p in d['pieces'])"
rm "$root/vmlinuz"
place boot/vmlinuz boot/initrd.img
fake --json load --dry-run
ok "/boot/vmlinuz" loads "d['entry'] == 'boot/vmlinuz'"

loader boot/efi a-6.12
loader boot/efi a-6.9
fake --json load --dry-run
ok "systemd-boot's newest entry goes before the links" loads "d['entry'] == 'a-6.12' and 'root=/dev/loader-a-6.12' in d['cmdline']"
echo "default a-6.9*" >"$root/boot/efi/loader/loader.conf"
fake --json load --dry-run
ok "... or the default of loader.conf" loads "d['entry'] == 'a-6.9'"
echo "default none-*" >"$root/boot/efi/loader/loader.conf"
fake load --dry-run
ok "... which is not there" unknown "no KERNEL given, and /boot/efi/loader/entries: has no entry of the name that is its default; name a KERNEL"
vars=$root/sys/firmware/efi/efivars
mkdir -p "$vars"
printf '\7\0\0\0a\0-\0006\0.\0001\0002\0.\0c\0o\0n\0f\0\0\0' >"$vars/LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
fake --json load --dry-run
ok "... and EFI's variable before both" loads "d['entry'] == 'a-6.12'"

place boot/vmlinuz-6 boot/initrd.img-6
grub_cfg 0 /boot/vmlinuz-6 /boot/initrd.img-6
fake --json load --dry-run
ok "GRUB goes before an entry of a loader that did not start this host" loads "d['entry'] == 'Debian' and 'root=/dev/grub ro' in d['cmdline']"
: >"$vars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
fake --json load --dry-run
ok "... and behind one that did" loads "d['entry'] == 'a-6.12'"
rm -r "$vars" "$root/boot/efi"
grub_cfg 0 /vmlinuz-6 /initrd.img-6
fake --json load --dry-run
ok "GRUB, with a /boot of its own" loads "d['entry'] == 'Debian'"
fake --json load --dry-run --append "root=/dev/mine"
ok "a command line that is given goes before the entry's" loads "'root=/dev/mine' in d['cmdline'] and 'grub' not in d['cmdline']"
fake --json load --dry-run --reuse-cmdline
ok "... and so does the running kernel's, if it is asked for" loads "'root=/dev/vda' in d['cmdline']"
fake --json load --dry-run --initrd "$kernel"
ok "... and an initrd" loads "[p['size'] for p in d['pieces'] if p['name'] == 'initrd'] == [$(stat -c %s "$kernel")]"
fake load
ok "it is really loaded" eval '[ "$rc" = 0 ] && out_has "\"Debian\" of /boot/grub/grub.cfg" && [ "$(cat "$root/sys/kernel/kexec_loaded")" = 1 ]'

fresh_host
place boot/vmlinuz
grub_cfg 7 /boot/vmlinuz-6 /boot/initrd.img-6
fake load
ok "a default that GRUB does not have: no other kernel is taken" unknown "and /boot/grub/grub.cfg: has no entry of the name that is its default; name a KERNEL"
grub_cfg 0 /boot/vmlinuz-6 /boot/initrd.img-6
fake load
ok "an entry whose kernel is gone" unknown "the default entry of /boot/grub/grub.cfg names /boot/vmlinuz-6, which is not there"
place boot/vmlinuz-6
fake load
ok "... or its initrd" unknown "names /boot/initrd.img-6, which is not there"
grub_cfg 0 '/boot/vmlinuz-6 $x' /boot/initrd.img-6
fake load
ok "an entry that only GRUB understands" unknown "has variables or quotes, which only the boot loader resolves"

echo "1..$count"
exit $((failed != 0))
