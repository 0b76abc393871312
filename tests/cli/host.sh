# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A host that is played by a directory, and what judges snp-kexec on it. Sourced by the tests of
# its command line, with their arguments; never run.

if [ $# -ne 3 ]; then
	echo "usage: $0 SNP-KEXEC SNP-KEXEC-FAKE MAKE-INPUT" >&2
	exit 2
fi
command=$(realpath "$1")
fake=$(realpath "$2")
make_input=$(realpath "$3")

dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
chmod 755 "$dir"
cp "$command" "$fake" "$dir/" || exit 2
command=$dir/$(basename "$command")
fake=$dir/$(basename "$fake")
root=$dir/root
ccp=$root/sys/kernel/ccp_ext
kernel=$dir/vmlinuz
initrd=$dir/initrd
"$make_input" kernel >"$kernel" || exit 2
head -c 300000 /dev/urandom >"$initrd"

count=0
failed=0

# ---- the host that is played ------------------------------------------------

memmap() {	# number start end type
	mkdir -p "$root/sys/firmware/memmap/$1"
	echo "$2" >"$root/sys/firmware/memmap/$1/start"
	echo "$3" >"$root/sys/firmware/memmap/$1/end"
	echo "$4" >"$root/sys/firmware/memmap/$1/type"
}

efi_host() {	# [type phys_addr num_pages]: of a second piece of the runtime services' memory
	local efi=$root/sys/firmware/efi i=0 name
	printf 'EL64' | dd of="$root/sys/kernel/boot_params/data" bs=1 seek=$((0x1c0)) conv=notrunc status=none
	rm -rf "$efi"
	mkdir -p "$efi"
	echo 0x7eeec018 >"$efi/fw_vendor"
	echo 0x7ef8d018 >"$efi/config_table"
	printf 'ACPI20=0x7f17e014\nSMBIOS=0x7ef88000\n' >"$efi/systab"
	for name in 6:0x7ef10000:2 ${1+"$1:$2:$3"}; do
		mkdir -p "$efi/runtime-map/$i"
		cut -d: -f1 <<<"$name" >"$efi/runtime-map/$i/type"
		cut -d: -f2 <<<"$name" >"$efi/runtime-map/$i/phys_addr"
		cut -d: -f3 <<<"$name" >"$efi/runtime-map/$i/num_pages"
		echo 0xfffffffeff000000 >"$efi/runtime-map/$i/virt_addr"
		echo 0xf >"$efi/runtime-map/$i/attribute"
		i=$((i + 1))
	done
}

guests() {	# how-many assigned-pages [incompat]
	"$make_input" blob "$1" "$2" 1 "${3:-0}" >"$ccp/blob"
}

fresh_host() {
	unset FAKE_IMAGE FAKE_ERRNO FAKE_SIGNAL FAKE_BAD_ATTR FAKE_REFUSAL
	export FAKE_ROOT=$root
	rm -rf "$root"
	mkdir -p "$ccp" "$root/sys/kernel/boot_params" "$root/proc"
	echo 1.0 >"$ccp/version"
	echo ready >"$ccp/state"
	echo evict >"$ccp/policy"
	echo reset >"$ccp/on_unsafe"
	echo 0x10000000 >"$ccp/zone_address"
	echo 0x8000000 >"$ccp/zone_size"
	echo 0x8000000 >"$ccp/region_address"
	echo 0x400000 >"$ccp/region_size"
	: >"$ccp/quarantine"
	: >"$ccp/quarantine_next"
	echo none >"$ccp/zone_commit"
	echo none >"$ccp/image"
	echo 0 >"$ccp/image_donate"
	echo none >"$ccp/image_file"
	echo >"$ccp/image_features"
	printf 'quarantine both\ngive-back restore\nparked-iommu both\n' >"$ccp/features"
	printf 'api 1.55\nbuild 30\nsev UNINIT\nsnp UNINIT\n' >"$ccp/firmware"
	guests 0 0
	truncate -s 128M "$ccp/zone_data"
	echo 0 >"$root/sys/kernel/kexec_loaded"
	head -c 4096 /dev/zero >"$root/sys/kernel/boot_params/data"
	memmap 0 0x0 0x9fbff "System RAM"
	memmap 1 0x9fc00 0xfffff Reserved
	memmap 2 0x100000 0x7fffffff "System RAM"
	echo "BOOT_IMAGE=/vmlinuz root=/dev/vda ccp_ext.handover=0x1" >"$root/proc/cmdline"
	echo "flags : fpu vme" >"$root/proc/cpuinfo"
	: >"$root/calls"
}

# ---- running and judging ----------------------------------------------------

run() {		# program argument...
	"$@" >"$dir/out" 2>"$dir/err"
	rc=$?
}

fake() {	# argument...
	run "$fake" --root "$root" "$@"
}

# As somebody who is not root, whoever we are.
as_user() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

ok() {		# description command...
	local what=$1
	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $what"
	else
		echo "not ok $count - $what"
		echo "# exit code $rc; failed: $*"
		sed 's/^/# stdout: /' "$dir/out"
		sed 's/^/# stderr: /' "$dir/err"
		failed=$((failed + 1))
	fi
}

out_has() { grep -qF -- "$1" "$dir/out"; }
err_has() { grep -qF -- "$1" "$dir/err"; }
one_line_of_error() { [ "$(wc -l <"$dir/err")" = 1 ] && err_has "snp-kexec: "; }

# Exit code 1, the reason on stdout, nothing on stderr, the host untouched.
refused() { [ $rc = 1 ] && out_has "not safe: " && out_has "$1" && [ ! -s "$dir/err" ] && [ ! -s "$root/calls" ]; }
# Exit code 2, one line on stderr, the host untouched.
unknown() { [ $rc = 2 ] && one_line_of_error && err_has "$1" && [ ! -s "$root/calls" ]; }
# Nothing is left behind by a load that began and failed.
nothing_loaded() {
	[ "$(cat "$root/sys/kernel/kexec_loaded")" = 0 ] && [ "$(cat "$ccp/zone_commit")" = none ] &&
	[ "$(cat "$ccp/image_donate")" = 0 ] && [ "$(cat "$ccp/image_file")" != 1 ]
}
cleaned_up() { [ $rc = 2 ] && err_has "$1" && nothing_loaded; }
json() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$dir/out" "$1"; }
zone_is() {	# offset file [skip]
	cmp -s <(tail -c +$((${3:-0} + 1)) "$2" | head -c $(($(stat -c %s "$2") - ${3:-0}))) \
		<(tail -c +$(($1 + 1)) "$ccp/zone_data" | head -c $(($(stat -c %s "$2") - ${3:-0})))
}
