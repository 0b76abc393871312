#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# snp-kexec on its command line, against a directory that plays the kernel.
# TAP on standard output. No root needed; nothing of this host is changed.
set -u

# shellcheck source=tests/cli/host.sh
. "$(dirname "$0")/host.sh"

fresh_host

# ---- usage ------------------------------------------------------------------

run "$command"
ok "no command is a usage error" unknown "no command given"
run "$command" frobnicate
ok "an unknown command is named" unknown "frobnicate: unknown command"
run "$command" --frob status
ok "an unknown global option is named" unknown "--frob"
run "$command" status --frob
ok "an unknown option of a subcommand is refused" unknown "unknown option"
run "$command" status extra
ok "an argument too many is named" unknown '"extra"'
run "$command" load
ok "load wants a kernel" unknown "no KERNEL"
run "$command" load a b
ok "load wants only one kernel" unknown '"b"'
run "$command" load a --tries 0
ok "--tries 0 is refused" unknown "number from 1"
run "$command" load a --initrd
ok "an option without its argument is refused" unknown "needs an argument"
run "$command" load a --append x --reuse-cmdline
ok "--append and --reuse-cmdline exclude each other" unknown "exclude"
run "$command" --help
ok "--help prints an overview" out_has "Exit codes:"
for c in annotate preflight load status exec unload; do
	run "$command" $c --help
	ok "$c has a help text" out_has "Usage: snp-kexec $c"
done
run "$command" --version
ok "--version prints one" out_has "snp-kexec "
run bash -c "'$command' --help >/dev/full"
ok "a full disk is noticed by --help" unknown "No space left"

# ---- who may, and where -----------------------------------------------------

run as_user "$command" load "$kernel"
ok "load without root says so" unknown "only root"
run as_user "$command" exec
ok "exec without root says so" unknown "only root"
run as_user "$command" unload
ok "unload without root says so" unknown "only root"
if [ "$(id -u)" = 0 ]; then
	for c in "load $kernel" exec unload; do
		# shellcheck disable=SC2086 # two words
		run "$command" --root "$root" $c
		ok "${c%% *} leaves the kernel alone when told of another sysfs" unknown "not sysfs"
	done
fi
run "$command" --sysfs "$dir/none" status
ok "status without module says what to load" unknown "ccp_ext module is not loaded"
run "$fake" --sysfs "$dir/none" load "$kernel"
ok "load without module says what to load" unknown "ccp_ext module is not loaded"
rm "$root/sys/kernel/kexec_loaded"
fake load "$kernel"
ok "a kernel without kexec is named" unknown "CONFIG_KEXEC"
fresh_host

# ---- files ------------------------------------------------------------------

echo "#!/bin/sh" >"$dir/bad"
head -c 4096 /dev/zero >>"$dir/bad"
fake load "$dir/bad"
ok "a file that is no kernel is refused" refused "not a bzImage"
: >"$dir/bad"
fake load "$dir/bad"
ok "an empty kernel is refused" refused "too short"
head -c 9000 "$kernel" >"$dir/bad"
fake load "$dir/bad"
ok "a truncated kernel is refused" refused "truncated"
cp "$command" "$dir/bad"
fake load "$dir/bad"
ok "an ELF file is refused with a hint" refused "vmlinux"
gzip -c "$kernel" >"$dir/bad"
fake load "$dir/bad"
ok "a compressed file is refused with a hint" refused "--initrd"
{ printf 'MZ\0\0zimg'; head -c 4096 /dev/zero; } >"$dir/bad"
fake load "$dir/bad"
ok "an EFI zboot image is refused with a hint" refused "zboot"
fake load /dev/zero
ok "an endless kernel is refused" refused "larger than the landing zone"
fake load "$dir/none"
ok "a missing kernel is named" unknown "$dir/none: No such file"
fake load "$dir"
ok "a directory is no kernel" unknown "Is a directory"
fake load "$kernel" --initrd "$dir/none"
ok "a missing initrd is named" unknown "$dir/none: No such file"
: >"$dir/bad"
fake load "$kernel" --initrd "$dir/bad"
ok "an empty initrd is refused" refused "empty"
cp "$kernel" "$dir/secret"
chmod 000 "$dir/secret"
run as_user "$fake" --root "$root" load "$dir/secret"
ok "an unreadable kernel is named" unknown "Permission denied"

# ---- places -----------------------------------------------------------------

echo 0x3800000 >"$ccp/zone_size"
fake load "$kernel" --initrd "$initrd"
ok "too small a zone is refused, with the size that is needed" refused "needs 59 MiB, the zone has 56; load ccp_ext with zone_mb=60"
fresh_host
echo 0 >"$ccp/zone_address"
echo 0 >"$ccp/zone_size"
fake load "$kernel"
ok "a host without zone is refused" refused "zone_mb"
fresh_host
echo 0 >"$ccp/region_address"
fake load "$kernel"
ok "a host without region is refused" refused "region_address 0"
fresh_host
echo 0xc00000 >"$ccp/zone_address"
echo 0x6000000 >"$ccp/zone_size"
fake load "$kernel"
ok "a zone below 16 MiB is refused" refused "too low"
fresh_host
echo 0x10001000 >"$ccp/zone_address"
fake load "$kernel"
ok "a misaligned zone is refused" refused "misaligned"
fresh_host
echo 0x7c000000 >"$ccp/zone_address"
fake load "$kernel"
ok "a zone that the next kernel has no memory for is refused" refused "System RAM"
fresh_host
echo "0x10201000 1 0x2" >"$ccp/quarantine"
fake load "$kernel"
ok "an image on quarantined memory is refused" refused "kernel (0x10200000"
fresh_host
printf '0x1000 1 0x1\n0x139ff000 1 0x2\n' >"$ccp/quarantine_next"
fake load "$kernel" --initrd "$initrd"
ok "an initrd in a 2 MiB block with memory kept out at a jump is refused" refused "quarantine_next"
fresh_host
echo "0x83ff000 1 0x2" >"$ccp/quarantine"
fake load "$kernel"
ok "a region in quarantined memory is refused" refused "hand-over region"
fresh_host
echo "0x83ff000 one 0x2" >"$ccp/quarantine"
fake load "$kernel"
ok "a quarantine that is not understood stops the load" unknown "line 1"
fresh_host
printf '0x1000 1 0x1\n0x2000 1' >"$ccp/quarantine"
fake load "$kernel"
ok "a quarantine that was cut short stops the load" unknown "cut short"
fresh_host
echo "0x1000 18446744073709551615 0x1" >"$ccp/quarantine"
fake load "$kernel"
ok "a quarantined range past the address space stops the load" unknown "line 1"
fresh_host
echo nonsense >"$ccp/zone_size"
fake load "$kernel"
ok "a zone size that is no number stops the load" unknown "no number"
fresh_host
rm -r "$root/sys/firmware"
fake load "$kernel"
ok "a host without memory map stops the load" unknown "memory map"
fresh_host
memmap 3 0x1000 0x1fff Reserved
fake load "$kernel"
ok "a memory map with overlaps stops the load" unknown "overlap"
fresh_host
truncate -s 100 "$root/sys/kernel/boot_params/data"
fake load "$kernel"
ok "short boot_params stop the load" unknown "boot_params/data"
fresh_host
efi_host
fake load "$kernel"
ok "EFI's runtime services are handed on" out_has "efi           0x10020000"
ok "and their memory is no RAM to the next kernel" python3 - "$ccp/zone_data" <<-'END'
	import struct, sys
	params = open(sys.argv[1], 'rb').read(4096)
	entries = [struct.unpack_from('<QQI', params, 0x2d0 + 20 * i) for i in range(params[0x1e8])]
	sys.exit((0x7ef10000, 0x2000, 2) not in entries)
END
printf 'root=/dev/vda initrdmem=0,1 ccp_ext.handover=0x8000000\0' >"$dir/cmdline"
ok "which is told not to look where EFI had an initrd's table" zone_is 4096 "$dir/cmdline"
fresh_host
efi_host
fake load "$kernel" --file
ok "nor does one by kexec_file_load" grep -q "cmdline=root=/dev/vda initrdmem=0,1 ccp_ext" "$root/calls"
fresh_host
efi_host 5 0x7ef00000 x
fake load "$kernel"
ok "half a map of EFI's memory stops the load" unknown "runtime-map/1"
rm -r "$root/sys/firmware/efi"
fake load "$kernel"
ok "a kernel that does without EFI is followed by one that does" out_has "nor will the next one"
fresh_host
echo "flags : fpu la57 vme" >"$root/proc/cpuinfo"
fake load "$kernel" --dry-run
ok "5-level paging is fine with a kernel that knows it" [ $rc = 0 ]
fresh_host

# ---- command line -----------------------------------------------------------

fake load "$kernel" --append "$(head -c 2030 /dev/zero | tr '\0' x)"
ok "too long a command line is refused" refused "2047"
fake load "$kernel" --append 'a="b'
ok "an open quote is refused" refused "quote"

# ---- load -------------------------------------------------------------------

fake load "$kernel" --initrd "$initrd" --dry-run
ok "--dry-run finds that it could be loaded" [ $rc = 0 ]
ok "--dry-run changes nothing" [ ! -s "$root/calls" ]
ok "--dry-run writes nothing" [ "$(du -k "$ccp/zone_data" | cut -f1)" = 0 ]

fake load "$kernel" --initrd "$initrd"
ok "a kernel is loaded" [ $rc = 0 ]
cat >"$dir/expected" <<'CALLS'
unload
image_file=0
image_donate=0
zone_commit=0 0
zone_commit=61120512 8192
image_donate=1
load entry=0x10002000 page=0x10003000 cpus=1 donated=1
image_donate=0
CALLS
ok "in this order, on one CPU, with donated pages" diff "$dir/expected" "$root/calls"
ok "the zone holds the kernel" zone_is $((2 << 20)) "$kernel" 2048
ok "the zone holds the initrd" zone_is $((58 << 20)) "$initrd"
printf 'root=/dev/vda ccp_ext.handover=0x8000000\0' >"$dir/cmdline"
ok "the zone holds the running kernel's command line" zone_is 4096 "$dir/cmdline"

fresh_host
fake --json load "$kernel" --initrd "$initrd" --append "a ccp_ext.handover=0x1 -- b"
ok "load --json prints JSON" json 'd["verdict"] == "safe" and d["tries"] == 1 and [r["kind"] for r in d["reasons"]] == ["note"]'
ok "with the command line" json 'd["cmdline"] == "a ccp_ext.handover=0x8000000 -- b"'
ok "with the release" json 'd["release"] == "6.12.1-test"'
ok "with the pieces" json '[p["name"] for p in d["pieces"]] == ["boot_params", "cmdline", "trampoline", "segment", "kernel", "initrd"]'

fresh_host
FAKE_IMAGE=dirty,dirty,clean fake load "$kernel" --json
ok "a dirty image is loaded again until it is clean" json 'd["tries"] == 3'
ok "with an unload in between" [ "$(grep -c unload "$root/calls")" = 3 ]
fresh_host
FAKE_IMAGE=dirty fake load "$kernel" --tries 3
ok "an image that stays dirty is refused" [ $rc = 1 ]
ok "with the page named" out_has "dirty control 0x1234000"
ok "after the given number of tries" [ "$(grep -c ^load "$root/calls")" = 3 ]
ok "and is not left behind" nothing_loaded
fresh_host
FAKE_IMAGE="clean others have 3 pages beside its own,clean" fake load "$kernel" --json
ok "an image with others' pages beside its own is loaded again" json 'd["tries"] == 2 and d["verdict"] == "safe"'
fresh_host
FAKE_IMAGE="clean others have 3 pages beside its own" fake load "$kernel" --tries 3 --json
ok "but no reason to do without" json 'd["tries"] == 3 and d["verdict"] == "safe" and any("others have 3 pages" in r["text"] for r in d["reasons"])'
fresh_host
FAKE_IMAGE=none fake load "$kernel"
ok "an image that the module does not see is not kept" cleaned_up "does not see the image"
fresh_host
FAKE_ERRNO=1 fake load "$kernel"
ok "kexec_load without permission leaves nothing behind" cleaned_up "locked down"
fresh_host
FAKE_ERRNO=16 fake load "$kernel"
ok "kexec_load that is busy says to try again" cleaned_up "try again"
fresh_host
FAKE_BAD_ATTR=image_donate fake load "$kernel"
ok "a donation that fails stops the load" [ $rc = 2 ]
ok "before kexec_load" [ "$(grep -c ^load "$root/calls")" = 0 ]
fresh_host
FAKE_SIGNAL=2 fake load "$kernel"
ok "Ctrl-C ends it as a signal does" [ $rc = 130 ]
ok "and leaves nothing behind" nothing_loaded
fresh_host
FAKE_SIGNAL=15 fake load "$kernel"
ok "so does SIGTERM" [ $rc = 143 ]
ok "and nothing is left either" nothing_loaded
fresh_host
rm "$ccp/zone_data"
ln -s /dev/full "$ccp/zone_data"
fake load "$kernel"
ok "a zone that takes no bytes leaves nothing behind" cleaned_up "writing boot_params: No space left"
fresh_host
rm "$ccp/zone_data"
ln -s /dev/zero "$ccp/zone_data"
fake load "$kernel"
ok "a zone that forgets leaves nothing behind" cleaned_up "read back"
# ---- load --file ------------------------------------------------------------

fresh_host
fake load "$kernel" --initrd "$initrd" --append "a b" --file
ok "a kernel is loaded by kexec_file_load" [ $rc = 0 ]
cat >"$dir/expected" <<CALLS
unload
image_file=0
image_donate=0
zone_commit=0 0
image_file=1
file-load kernel=$(stat -c %s "$kernel") initrd=300000 cpus=1 announced=1 cmdline=a b ccp_ext.handover=0x8000000
image_file=0
CALLS
ok "announced, on one CPU, with the address of the region" diff "$dir/expected" "$root/calls"
ok "and with nothing written to the zone" [ "$(du -k "$ccp/zone_data" | cut -f1)" = 0 ]
fake status
ok "status vouches for it" [ $rc = 0 ]
fresh_host
fake load "$kernel" --file --json
ok "load --json names the way" json 'd["way"] == "kexec_file_load" and "pieces" not in d'
ok "and needs no initrd" grep -q "initrd=-1 " "$root/calls"
fresh_host
mkdir -p "$root/sys/kernel/security"
echo "none [integrity] confidentiality" >"$root/sys/kernel/security/lockdown"
fake load "$kernel"
ok "a kernel that is locked down gets the file" grep -q ^file-load "$root/calls"
fresh_host
mkdir -p "$root/sys/kernel/security"
echo "[none] integrity confidentiality" >"$root/sys/kernel/security/lockdown"
fake load "$kernel"
ok "one that is not gets the page" grep -q "^load entry" "$root/calls"
fresh_host
FAKE_IMAGE=dirty,clean fake load "$kernel" --file --json
ok "a dirty one is loaded again" json 'd["tries"] == 2'
fresh_host
FAKE_ERRNO=1 fake load "$kernel" --file
ok "a file without a good signature leaves nothing behind" cleaned_up "signature"
fresh_host
FAKE_REFUSAL="refused it does not fit" fake load "$kernel" --file
ok "an image that the module does not take is not kept" cleaned_up "refused it does not fit"
fresh_host
FAKE_SIGNAL=2 fake load "$kernel" --file
ok "Ctrl-C ends this as well" [ $rc = 130 ]
ok "and leaves nothing of it behind" nothing_loaded

fresh_host
truncate -s 1M "$ccp/zone_data"
chmod 444 "$ccp/zone_data"
run as_user "$fake" --root "$root" load "$kernel"
ok "a zone that is not writable is named" unknown "zone_data: Permission denied"
fresh_host
run flock "$ccp/zone_data" "$fake" --root "$root" load "$kernel"
ok "two loads at once are refused" unknown "another snp-kexec"
fresh_host
run bash -c "'$fake' --root '$root' load '$kernel' --json >/dev/full"
ok "a full disk is told, and that the kernel is loaded" err_has "loaded all the same"
ok "with exit code 2" [ $rc = 2 ]

# ---- status, exec, unload ---------------------------------------------------

fresh_host
fake status
ok "status with nothing loaded is not safe" [ $rc = 1 ]
ok "and says how to load" out_has "snp-kexec load KERNEL"
fake exec
ok "exec with nothing loaded is refused" refused "no kernel is loaded"
fake load "$kernel"
: >"$root/calls"
fake status
ok "status of a loaded kernel is safe" [ $rc = 0 ]
fake --no-color status --json
ok "status --json prints JSON" json 'd["loaded"] and d["committed"] and d["image"] == "clean\n" and d["zone"] == {"pa": 0x10000000, "size": 128 << 20}'
run bash -c "'$fake' --root '$root' status --json >/dev/full"
ok "a full disk is noticed by status --json" unknown "No space left"
echo "0x1000 513 0x1" >"$ccp/quarantine_next"
fake status --json
ok "status counts what would be kept out" json 'd["quarantine_next"] == {"ranges": 1, "size": 513 * 4096}'
printf 'degraded\nprobe sev_pin_memory missing\n' >"$ccp/state"
fake status
ok "a degraded module is noted, no obstacle" [ $rc = 0 ]
ok "with its reasons" out_has "probe sev_pin_memory missing"
echo shutdown >"$ccp/state"
fake exec
ok "exec during a shutdown is refused" refused "already shutting down"
echo confused >"$ccp/state"
fake exec
ok "exec in a state that is not known is not done" unknown '"confused"'
echo ready >"$ccp/state"
echo "0x10000000 1 0x1" >"$ccp/quarantine_next"
fake exec
ok "exec onto memory that would be kept out is refused" refused "quarantine_next"
: >"$ccp/quarantine_next"
echo "dirty swap 0x5000" >"$ccp/image"
fake exec
ok "exec of an image that became dirty is refused" refused "dirty swap 0x5000"
echo "foreign not loaded by snp-kexec" >"$ccp/image"
fake exec
ok "exec of an image that the module did not see loaded is refused" refused "foreign not loaded"
echo "corrupt landing zone changed" >"$ccp/image"
fake exec
ok "exec of an image that was overwritten is refused" refused "corrupt landing"
echo "unknown images cannot be watched" >"$ccp/image"
fake exec
ok "exec of an image that nobody vouches for is not done" unknown "load it again"
echo none >"$ccp/zone_commit"
echo clean >"$ccp/image"
fake exec
ok "exec of an image that others loaded is refused" refused "not the one in the landing zone"
fresh_host
fake load "$kernel"
: >"$root/calls"
fake exec
ok "exec jumps" [ "$(cat "$root/calls")" = reboot ]
ok "and says so if the kernel came back" [ $rc = 2 ]
fake unload
ok "unload unloads" nothing_loaded
ok "and is content" [ $rc = 0 ]
fake unload
ok "unload again does no harm" [ $rc = 0 ]

echo "1..$count"
[ $failed = 0 ]
