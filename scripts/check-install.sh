#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "make check-install": our packages in a Debian 12 with two kernels, by apt and dpkg in a chroot, where dkms builds really
# happen: installed, upgraded, removed, purged, with files and initramfs looked at each time. What came of the upgrade and
# of the purge is booted in the machine, with systemd, and kexec'd and crashed by stock commands (tests/install).
#   check-install.sh [--no-machine]
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

machine=1
case $#:${1:-} in
0:) ;;
1:--no-machine) machine=0 ;;
*) die "usage: check-install.sh [--no-machine]" 2 ;;
esac
[ "$(id -u)" = 0 ] || die "packages are installed in a chroot, which root alone may make; run it with sudo" 2

scripts=$TOP/scripts
dir=$BUILD/install
root=$dir/root
log=$OUT/check-install.log
began=$(date +%s)
mkdir -p "$OUT" "$dir"

"$scripts/deps.sh"
"$scripts/deps.sh" --for deb
"$scripts/deps.sh" --for install
"$scripts/build-qemu.sh"
cd "$TOP"
logged "$OUT/programs.log" env -u MAKEFLAGS -u MAKELEVEL make -j"$(nproc)" "$BUILD"/guest-bin/{agent,sevguest} "$BUILD/tests/installed"
first=$("$scripts/deb.sh")
first_version=$(basename "$first")
next_version=$first_version.1
next=$("$scripts/deb.sh" --no-lintian "$next_version")
"$scripts/debian-root.sh"
locked "$dir/.check.lock"
releases=()
versions=()
for series in 6.1 6.12; do
	read -r _ version release < <("$scripts/apt-private.sh" newest-kernel $series)
	releases+=("$release")
	versions+=("$version")
done
headers=$("$scripts/apt-private.sh" deb "linux-headers-${releases[0]}=${versions[0]}" "$dir/headers")

# ---- the host ----

# in COMMAND...: in the root file system, with a /proc, /dev and /sys that end with the command
in_root() {
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --mount --pid --fork sh -euc 'r=$1; shift
		mount -t proc proc "$r/proc"; mount --rbind /dev "$r/dev"; mount -t sysfs -o ro sysfs "$r/sys"; mount -t tmpfs tmpfs "$r/tmp"
		exec chroot "$r" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"' sh "$root" "$@" 9>&-
}

# What an administrator's host has, and what tests need in it.
make_root() {
	rm -rf "$root"
	mkdir -p "$root"
	tar -x -C "$root" --numeric-owner -f "$dir/base.tar"
	install -m 755 "$BUILD/guest-bin/agent" "$BUILD/guest-bin/sevguest" "$root/usr/local/sbin/"
	sed 's#^ExecStart=#&/usr/local/sbin/#' "$TOP/tests/initramfs/systemd/agent.service" >"$root/etc/systemd/system/agent.service"
	mkdir -p "$root/etc/systemd/system/multi-user.target.wants" "$root/var/local/debs"
	ln -s ../agent.service "$root/etc/systemd/system/multi-user.target.wants/agent.service"
	echo '/dev/vda / ext4 defaults 0 0' >"$root/etc/fstab"
	echo snptest >"$root/etc/hostname"
	echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
}

debs() { find "$1" -name '*.deb' ! -name '*-dbgsym_*' -exec cp {} "$root/var/local/debs/" \; ; }

apt_install() { # DIRECTORY
	rm -f "$root"/var/local/debs/*
	debs "$1"
	in_root sh -c 'apt-get -q -y --no-install-recommends install /var/local/debs/*.deb'
}

# Names of all files, without what is written by whoever runs (packages' state, logs, caches), and what /etc says.
snapshot() {
	rm -f "$root"/var/local/debs/*
	(cd "$root" && {
		find . -xdev \( -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/log -o -path ./var/cache -o -path ./tmp \
			-o -path ./var/lib/systemd/catalog -o -path ./var/lib/initramfs-tools -o -path ./root -o -path ./run \) -prune -o -printf '%y %p\n' |
			grep -vE ' \./(proc|sys|dev)/|/__pycache__|/var/lib/dkms/mok\.'
		find etc -type f ! -name '*.cache' ! -name 'ld.so.cache' -exec sha256sum {} +
	} | sort)
}

# ---- what is asked of it ----

number=0
ok() { # NAME COMMAND...
	local name=$1 said
	shift
	number=$((number + 1))
	if said=$("$@" 2>&1); then
		echo "ok $number - $name"
	else
		echo "not ok $number - $name"
		tail -n 12 <<<"$said" | sed 's/^/# /'
	fi
}
no() { ! "$@"; }

has_module() { in_root lsinitramfs "$1" | grep '/ccp_ext\.ko'; }
# what cannot be listed lacks nothing
lacks_module() {
	local names
	names=$(in_root lsinitramfs "$1") && grep -q '^scripts/' <<<"$names" && ! grep '/ccp_ext\.ko' <<<"$names"
}
# from the initramfs, as it is booted
unpack_initrd() { # RELEASE
	rm -rf "$dir/initrd"
	in_root sh -c "unmkinitramfs /boot/initrd.img-$1 /var/local/initrd" && mv "$root/var/local/initrd" "$dir/initrd"
}
inside_initrd() { find "$dir/initrd" -path "*/$1" | grep .; }
initrd_is() { # RELEASE VERSION
	unpack_initrd "$1" || return
	[ "$(modinfo -F version "$(find "$dir/initrd" -name ccp_ext.ko)")" = "$2" ] || { echo "not the module of $2"; return 1; }
	grep -rqx 'softdep ccp pre: ccp_ext' "$dir"/initrd/ || { echo "no softdep"; return 1; }
	grep -qE '^ccp_ext *$' "$(find "$dir/initrd" -path '*/conf/modules')" || { echo "not loaded"; return 1; }
	inside_initrd scripts/init-top/ccp_ext-kdump
}
noted() { in_root snp-kexec annotate --show "/boot/initrd.img-$1" | grep -x "kernel *$1"; }
built() { # RELEASE VERSION
	in_root dkms status -m ccp-ext -v "$2" -k "$1" | grep ': installed'
}
# As a kernel that is locked down asks for it: the signature behind the module (struct module_signature) is by this key.
signed_by() { # RELEASE CERTIFICATE
	local module=$dir/module file length
	file=$(find "$root/lib/modules/$1/" -name 'ccp_ext.ko*') || return
	case $file in
	*.ko) cat "$file" ;;
	*.ko.xz) xz -dc "$file" ;;
	*) echo "no module, or none that can be unpacked: $file" >&2; return 1 ;;
	esac >"$module" || return
	tail -c 28 "$module" | grep -x '~Module signature appended~' || { echo "no signature"; return 1; }
	length=$((16#$(tail -c 32 "$module" | od -An -N4 -tx1 | tr -d ' ')))
	head -c -$((40 + length)) "$module" >"$module.content"
	tail -c $((40 + length)) "$module" | head -c $length >"$module.signature"
	openssl cms -verify -binary -noverify -nointern -certfile "$2" -inform DER -in "$module.signature" -content "$module.content" -out "$dir/signed"
}
another_key() { openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=another -keyout /dev/null -out "$dir/another.pem"; }
hosts_key() { openssl x509 -inform DER -in "$root/var/lib/dkms/mok.pub" -out "$dir/mok.pem"; }
only_built() { # VERSION
	local all
	all=$(in_root dkms status -m ccp-ext) && [ -n "$all" ] && ! grep -v "/$1," <<<"$all"
}
# of the first kernel; its initramfs stays
headers_go() { in_root dpkg --purge "linux-headers-${releases[0]}"; }
headers_come() { rm -f "$root"/var/local/debs/* && cp "$headers" "$root/var/local/debs/" && in_root sh -c 'dpkg -i /var/local/debs/linux-headers-*.deb'; }
# A host with dracut instead of initramfs-tools, which have update-initramfs: what is asked of it
asks_dracut() {
	local rc=0 name want
	want=$(for name in "${releases[@]}"; do echo "--quiet --force /boot/initrd.img-$name $name"; done | sort)
	in_root sh -c 'mv /usr/sbin/update-initramfs /usr/sbin/away
		printf "%s\n" "#!/bin/sh" "echo \"\$*\" >>/var/local/asked" >/usr/bin/dracut; chmod 755 /usr/bin/dracut
		/usr/lib/snp-kexec/renew-initramfs all' || rc=$?
	in_root sh -c 'mv /usr/sbin/away /usr/sbin/update-initramfs; rm /usr/bin/dracut'
	[ $rc = 0 ] && diff <(echo "$want") <(sort "$root/var/local/asked") && rm "$root/var/local/asked"
}
# one that can make no initramfs, as with a full /boot
mkinitramfs_fails() { in_root sh -c 'mv /usr/sbin/mkinitramfs /usr/sbin/away && printf "#!/bin/sh\nexit 1\n" >/usr/sbin/mkinitramfs && chmod 755 /usr/sbin/mkinitramfs'; }
mkinitramfs_works() { in_root mv /usr/sbin/away /usr/sbin/mkinitramfs; }
fails_to_renew() { ! in_root /usr/lib/snp-kexec/renew-initramfs "${releases[0]}" >"$dir/said" 2>&1 && grep -x "W: snp-kexec: /boot/initrd.img-${releases[0]} is as it was; .*" "$dir/said"; }
# what a host with node_exporter has
prom=var/lib/prometheus/node-exporter
has_metrics() { mkdir -p "$root/$prom" && echo 'ccp_ext_up 1' >"$root/$prom/snp-kexec.prom" && echo 'x 1' >"$root/$prom/another.prom"; }
has_only_others() { [ "$(ls "$root/$prom")" = another.prom ] && rm -r "$root/var/lib/prometheus"; }
packages=(snp-machine snp-kexec-crash snp-kexec ccp-ext-dkms)
# "STATUS VERSION" of each
states() {
	# shellcheck disable=SC2016 # dpkg-query expands it
	in_root dpkg-query -W -f '${db:Status-Status} ${Version}\n' "${packages[@]}" 2>/dev/null
}
are_installed() { [ "$(states | sort | uniq -c | xargs)" = "${#packages[@]} installed $1" ] && [ -z "$(in_root dpkg --audit)" ]; } # VERSION
takes_away() { [ -n "$(states)" ] && in_root dpkg "$1" "${packages[@]}" && ! grep '^installed ' <<<"$(states)"; } # --remove|--purge
# a unit that jumps is never one that dpkg starts
starts_no_jump() {
	grep -hE 'deb-systemd-invoke|systemctl' "$root"/var/lib/dpkg/info/snp-kexec.p* >"$dir/starts" && ! grep -E 'guard|jump|kexec\.target' "$dir/starts"
}

check_installed() { # WHAT VERSION
	local release
	ok "$1: packages are configured" are_installed "$2"
	for release in "${releases[@]}"; do
		ok "$1: dkms has built and installed ccp_ext for $release" built "$release" "$2"
		ok "$1: its initramfs loads it, ahead of ccp" initrd_is "$release" "$2"
		ok "$1: and says what it can restore" noted "$release"
	done
	ok "$1: so does that of kdump-tools bring it" has_module "/var/lib/kdump/initrd.img-${releases[1]}"
	ok "$1: dkms has a key of the host's" hosts_key
	for release in "${releases[@]}"; do ok "$1: and has signed ccp_ext for $release with it" signed_by "$release" "$dir/mok.pem"; done
	ok "$1: control: by another key it is not" no signed_by "${releases[0]}" "$dir/another.pem"
	ok "$1: dkms has no other version" only_built "$2"
	ok "$1: units that log and measure are enabled" test -L "$root/etc/systemd/system/multi-user.target.wants/snp-kexec-report.service" \
		-a -L "$root/etc/systemd/system/timers.target.wants/snp-kexec-metrics.timer"
	ok "$1: dpkg starts nothing that jumps" starts_no_jump
}

check_gone() { # WHAT
	local release
	for release in "${releases[@]}"; do
		ok "$1: the initramfs of $release has no ccp_ext" lacks_module "/boot/initrd.img-$release"
		ok "$1: nor have its modules" test -z "$(find "$root/lib/modules/$release/" -name 'ccp_ext*')"
	done
	ok "$1: nor has that of kdump-tools" lacks_module "/var/lib/kdump/initrd.img-${releases[1]}"
}

# What is left may be configuration, and directories that hold it
only_conffiles() {
	local left
	left=$(comm -13 "$dir/before" "$dir/removed" | grep -v '^d ' |
		grep -vE '^(f \./|[0-9a-f]{64}  )etc/(snp-kexec\.conf|kdump/ccp_ext|(initramfs/post-update|kernel/header_postinst)\.d/zz-ccp_ext)$' |
		grep -vE '^f \./var/lib/systemd/deb-systemd-helper-enabled/.*/?snp-kexec-(report\.service|metrics\.timer)(\.dsh-also)?$' |
		grep -vE '^l \./etc/systemd/system/(multi-user|timers)\.target\.wants/snp-kexec-(report\.service|metrics\.timer)$') || true
	[ -z "$left" ] || { echo "$left"; return 1; }
}
same_as_before() { diff "$dir/before" "$dir/purged"; }

# image NAME: the host as it is now, as the machine boots it
image() {
	local to=$dir/$1
	rm -rf "$to"
	mkdir -p "$to"
	cp -L "$root/boot/$(basename "$(readlink "$root/vmlinuz")")" "$to/vmlinuz"
	cp -L "$root/boot/$(basename "$(readlink "$root/initrd.img")")" "$to/initrd.img"
	truncate -s 6G "$to/disk"
	mke2fs -q -F -t ext4 -E lazy_itable_init=1,lazy_journal_init=1 -d "$root" "$to/disk"
}

check_chroot() {
	ok "control: another key than the host's" another_key
	check_gone "control, before"
	ok "control: and nothing is installed" no are_installed "$first_version"
	ok "the headers of ${releases[0]} are taken away" headers_go
	ok "$first_version: installed by apt, without a network" apt_install "$first"
	ok "$first_version: without headers there is no ccp_ext in an initramfs" lacks_module "/boot/initrd.img-${releases[0]}"
	ok "$first_version: headers come later" headers_come
	check_installed "$first_version" "$first_version"
	snapshot >"$dir/purged"
	ok "control: files that packages brought are seen" no same_as_before
	ok "$first_version: its configuration is there to be changed" sed -i "\$a # changed" "$root/etc/snp-kexec.conf"
	ok "$next_version: upgraded by apt" apt_install "$next"
	check_installed "$next_version" "$next_version"
	ok "$next_version: a changed configuration stays" grep -qx '# changed' "$root/etc/snp-kexec.conf"
	ok "$next_version: nothing of the version before is left" test -z "$(find "$root/usr/src" "$root/var/lib/dkms" -name "*$first_version" 2>/dev/null)"
	if [ $machine = 1 ]; then ok "$next_version: an image for the machine" image with; fi
	ok "$next_version: where dracut makes them, each initramfs is made anew by it" asks_dracut
	ok "there are metrics" has_metrics
	ok "mkinitramfs fails from now on" mkinitramfs_fails
	ok "... which is said, and seen" fails_to_renew
	ok "... and does not keep snp-kexec from being removed" in_root dpkg --remove snp-kexec
	ok "... nor takes a crash kernel's initramfs away" test -s "$root/var/lib/kdump/initrd.img-${releases[0]}" -a -s "$root/var/lib/kdump/initrd.img-${releases[1]}"
	ok "mkinitramfs works again" mkinitramfs_works
	ok "snp-kexec is gone: nobody serves its metrics, and those of others stay" has_only_others
	ok "snp-kexec is installed again" apt_install "$next"
	ok "removed" takes_away --remove
	check_gone removed
	snapshot >"$dir/removed"
	ok "removed: only configuration is left" only_conffiles
	ok "purged" takes_away --purge
	snapshot >"$dir/purged"
	ok "purged: each file is as before the packages came" same_as_before
	ok "purged: packages are consistent" test -z "$(in_root dpkg --audit)"
	if [ $machine = 1 ]; then ok "purged: an image for the machine" image without; fi
	echo "1..$number"
}

check_machine() {
	local name rc
	for name in with without; do
		rc=0
		"$BUILD/tests/installed" --$name "$dir/$name" || rc=$?
		# one that has not even a plan would not be missed
		[ $rc -le 1 ] || printf '1..1\nnot ok 1 - %s: the test of the host ended with status %d\n' $name $rc
		rm -f "$dir/$name/disk"
	done
}

make_root
snapshot >"$dir/before"
{
	check_chroot
	[ $machine = 0 ] || check_machine
} | tee "$log"
rm -rf "$root" "$dir/initrd" "$dir/headers" "$dir"/{module*,signed,said,*.pem}
say "took $(($(date +%s) - began)) s"
tap_sum "$log"
