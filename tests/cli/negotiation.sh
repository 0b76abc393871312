#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# snp-kexec annotate and preflight, and what load and exec make of them.
# TAP on standard output. No root needed; nothing of this host is changed.
set -u

# shellcheck source=tests/cli/host.sh
. "$(dirname "$0")/host.sh"

fresh_host
module=$dir/ccp_ext.ko
release=6.12.1-test
all="quarantine give-back parked-iommu"

# ---- inputs -----------------------------------------------------------------

make_module() {	# file features [KEY=VALUE...]
	local file=$1 features=$2
	shift 2
	"$make_input" module version=0.9 "handover=$features" "vermagic=$release SMP mod_unload " "$@" >"$file"
}

pack() {	# archive name content...
	local archive=$1 stage=$dir/stage
	shift
	rm -rf "$stage"
	while [ $# -gt 0 ]; do
		mkdir -p "$stage/$(dirname "$1")"
		cp "$2" "$stage/$1"
		shift 2
	done
	(cd "$stage" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc) >"$archive"
}

make_module "$module" " $all" name=ccp_ext
head -c 50000 /dev/urandom >"$dir/content"
pack "$dir/plain" "lib/modules/$release/ccp_ext.ko" "$module" init "$dir/content"
pack "$dir/microcode" kernel/x86/microcode/AuthenticAMD.bin "$dir/content"
gzip -c "$dir/plain" >"$dir/packed"
cat "$dir/microcode" "$dir/packed" >"$dir/early"

annotate() {	# argument...
	run "$fake" annotate --module "$module" "$@"
}

# An annotation with any text at all, right checksum or not: `text` is its content.
forge() {	# archive text
	printf '%s' "$2" >"$dir/text"
	pack "$dir/forged" ccp_ext.handover "$dir/text"
	cat "$dir/forged" "$dir/packed" >"$1"
}

no_rest() { [ -z "$(find "$dir" -maxdepth 1 -name '.*' -type f)" ]; }
untouched() { cmp -s "$1" "$2" && no_rest; }
row() {	# feature needed image verdict
	json "[f for f in d['features'] if f['feature'] == '$1'][0] | {'reason': 0} == {'feature': '$1', 'needed': '$2', 'image': '$3', 'verdict': '$4', 'reason': 0}"
}
# Exit code 1 and a reason, as refused(), for a command that has no host.
denied() { [ $rc = 1 ] && out_has "not safe: " && out_has "$1" && [ ! -s "$dir/err" ]; }

# ---- annotate: usage ----------------------------------------------------------

run "$command" annotate
ok "annotate wants an initrd" unknown "no INITRD"
run "$command" annotate "$dir/plain"
ok "annotate wants a module" unknown "no --module"
run "$command" annotate a b --module "$module"
ok "annotate wants only one initrd" unknown '"b"'
run "$command" annotate --show "$dir/plain" --module "$module"
ok "annotate --show only reads" unknown "only reads"
run "$command" annotate --module
ok "annotate --module wants a file" unknown "needs an argument"
run "$command" annotate --frob
ok "an unknown option of annotate is refused" unknown "unknown option"

# ---- annotate: what it writes -------------------------------------------------

annotate "$dir/plain" -o "$dir/made"
ok "an uncompressed initrd is annotated" [ $rc = 0 ]
ok "and says what it can" out_has "quarantine     yes"
ok "the note can be read without unpacking" bash -c "head -c 400 '$dir/made' | tr '\0' '\n' | grep -qx 'features $all'"
ok "all of the initrd follows" bash -c "tail -c $(stat -c %s "$dir/plain") '$dir/made' | cmp -s - '$dir/plain'"
ok "cpio reads all of it" bash -c "cpio --quiet -t <'$dir/made' 2>&1 | tr '\n' ' ' | grep -qx 'ccp_ext.handover init lib lib/modules lib/modules/$release lib/modules/$release/ccp_ext.ko '"
run "$command" annotate --show "$dir/made"
ok "annotate --show shows it" out_has "$release"
ok "and is content" [ $rc = 0 ]
run "$command" --json annotate --show "$dir/made"
ok "annotate --show --json prints JSON" json "d['release'] == '$release' and d['module'] == '0.9' and [f['feature'] for f in d['features'] if f['image']] == '$all'.split()"

annotate "$dir/packed" -o "$dir/made"
ok "a compressed initrd is annotated" [ $rc = 0 ]
ok "and it is said that nobody looked into it" out_has "not looked whether ccp_ext.ko is in it"
ok "ahead of it, in whole blocks" bash -c "tail -c +1025 '$dir/made' | cmp -s - '$dir/packed'"
annotate "$dir/early" -o "$dir/made"
ok "an initrd with microcode in front is annotated" [ $rc = 0 ]
ok "within the first archive, where tools look for both" bash -c "cpio --quiet -t <'$dir/made' 2>/dev/null | tr '\n' ' ' | grep -qx 'ccp_ext.handover kernel kernel/x86 kernel/x86/microcode kernel/x86/microcode/AuthenticAMD.bin '"
ok "which begins at a multiple of 4" [ $((($(stat -c %s "$dir/made") - $(stat -c %s "$dir/early")) % 4)) = 0 ]

for kind in plain packed early; do
	cp "$dir/$kind" "$dir/again"
	annotate "$dir/again"
	cp "$dir/again" "$dir/once"
	annotate "$dir/again"
	ok "annotating the $kind initrd again changes nothing" cmp -s "$dir/again" "$dir/once"
done
chmod 640 "$dir/again"
ln -sf again "$dir/link"
annotate "$dir/link"
ok "a link stays one" [ -L "$dir/link" ]
ok "and the file keeps its mode" [ "$(stat -c %a "$dir/again")" = 640 ]
make_module "$dir/later.ko" "$all give-back-2 preserve" name=ccp_ext
run "$fake" annotate --module "$dir/later.ko" "$dir/again"
ok "another note replaces the old one" [ $rc = 0 ]
run "$command" --json annotate --show "$dir/again"
ok "features that are not known here are kept" json "{'feature': 'give-back-2', 'known': False, 'image': True} in d['features']"
cat "$dir/again" "$dir/content" >"$dir/changed"
run "$command" annotate --show "$dir/changed"
ok "an initrd that was changed since is told" denied "changed since it was annotated"
cat "$dir/microcode" "$dir/again" >"$dir/changed"
run "$command" annotate --show "$dir/changed"
ok "also if something was put in front of it" denied "changed since it was annotated"

# ---- annotate: bad modules ------------------------------------------------------

bad_module() {	# description reason
	run "$fake" annotate --module "$dir/bad" "$dir/again" -o "$dir/made"
	ok "$1" denied "$2"
	ok "... and writes nothing" [ ! -e "$dir/made" ]
}

rm -f "$dir/made"
echo "#!/bin/sh" >"$dir/bad"
bad_module "a module that is no ELF file is refused" "not an ELF file"
: >"$dir/bad"
bad_module "an empty module is refused" "not an ELF file"
cp /bin/sh "$dir/bad"
bad_module "a program is no module" "no kernel module"
gzip -c "$module" >"$dir/bad"
bad_module "a compressed module is refused with a hint" "unpack the module"
head -c 300 "$module" >"$dir/bad"
bad_module "a truncated module is refused" "truncated"
"$make_input" module name=ccp_ext "vermagic=$release SMP" >"$dir/bad"
bad_module "a module that says nothing of it is refused" "says nothing of hand-over features"
make_module "$dir/bad" "$all" name=ccp
bad_module "another module is refused by its name" "the module ccp, not ccp_ext"
"$make_input" module name=ccp_ext handover=quarantine >"$dir/bad"
bad_module "a module for no kernel is refused" "for which kernel"
make_module "$dir/bad" "quar;antine" name=ccp_ext
bad_module "features that are no names are refused" "no list of names"
make_module "$dir/bad" "a-name-that-is-longer-than-any-name-may-be" name=ccp_ext
bad_module "so are names that are too long" "no list of names"
run "$fake" annotate --module "$dir/none" "$dir/again"
ok "a missing module is named" unknown "$dir/none: No such file"

# ---- annotate: bad initrds --------------------------------------------------------

bad_initrd() {	# description reason
	cp "$dir/bad" "$dir/before"
	annotate "$dir/bad"
	ok "$1" denied "$2"
	ok "... and is left as it is" untouched "$dir/bad" "$dir/before"
}

: >"$dir/bad"
bad_initrd "an empty initrd is refused" "empty"
head -c 3000 "$dir/plain" >"$dir/bad"
bad_initrd "a truncated archive is refused" "ends within an entry"
cp "$dir/plain" "$dir/bad"
printf 'ffffffff' | dd of="$dir/bad" bs=1 seek=54 conv=notrunc status=none
bad_initrd "a file larger than the archive is refused" "ends within an entry"
cp "$dir/plain" "$dir/bad"
printf 'ffffffff' | dd of="$dir/bad" bs=1 seek=94 conv=notrunc status=none
bad_initrd "a name without end is refused" "a name in its cpio archive"
cp "$dir/plain" "$dir/bad"
printf 'no digit' | dd of="$dir/bad" bs=1 seek=54 conv=notrunc status=none
bad_initrd "a size that is no number is refused" "a number in its cpio archive"
cp "$kernel" "$dir/bad"
bad_initrd "a kernel is no initrd" "not an initramfs"
cat "$dir/microcode" "$kernel" >"$dir/bad"
bad_initrd "what follows the first archive is looked at" "not an initramfs: neither"
pack "$dir/bad" init "$dir/content"
bad_initrd "an initrd without ccp_ext is refused" "no ccp_ext.ko for $release"
pack "$dir/bad" lib/modules/6.1/ccp_ext.ko "$module" init "$dir/content"
"$make_input" module name=ccp_ext "handover=$all" "vermagic=6.1.0 SMP" >"$dir/other.ko"
pack "$dir/bad" lib/modules/6.1/ccp_ext.ko "$dir/other.ko"
bad_initrd "one with a ccp_ext for another kernel only is refused" "no ccp_ext.ko for $release"
make_module "$dir/other.ko" "quarantine" name=ccp_ext
pack "$dir/bad" "lib/modules/$release/ccp_ext.ko" "$dir/other.ko"
bad_initrd "a ccp_ext in it that says otherwise is noticed" "says otherwise"
pack "$dir/bad" ccp_ext.handover "$dir/content"
cat "$dir/bad" "$dir/bad" >"$dir/bad2" && mv "$dir/bad2" "$dir/bad"
bad_initrd "two notes are refused" "annotated twice"
annotate "$dir/none"
ok "a missing initrd is named" unknown "$dir/none: No such file"
annotate "$dir"
ok "a directory is no initrd" unknown "Is a directory"
cp "$dir/plain" "$dir/secret"
chmod 000 "$dir/secret"
run as_user "$fake" annotate --module "$module" "$dir/secret"
ok "an unreadable initrd is named" unknown "Permission denied"
run as_user "$fake" annotate --module "$dir/secret" "$dir/plain"
ok "so is an unreadable module" unknown "Permission denied"

# ---- annotate: notes that are not to be believed --------------------------------------

shows() {	# description reason text
	forge "$dir/bad" "$3"
	run "$command" annotate --show "$dir/bad"
	ok "$1" denied "$2"
}
head='ccp_ext.handover 1
'
run "$command" annotate --show "$dir/plain"
ok "an initrd without a note says so" denied "not annotated"
shows "a note of a later version is told" "later version" "ccp_ext.handover 2
something else"
shows "a file of that name that is none is refused" "not one of snp-kexec" "hello"
shows "a note without checksum is refused" "bad checksum" "${head}release r
module m
features preserve
initrd 5 0x00000001
"
shows "a terminal's escape sequences are no text" "no text" "$head"$'release \e[31m\n'
shows "an empty note is refused" "not one of snp-kexec" ""
shows "an endless note is refused" "too long" "$head$(head -c 5000 /dev/zero | tr '\0' x)"

# ---- annotate: as a whole or not at all ---------------------------------------------

cp "$dir/plain" "$dir/whole"
run bash -c "ulimit -f 20; '$fake' annotate --module '$module' '$dir/whole'"
ok "a file that may not grow so far is an error" unknown "File too large"
ok "that changes nothing and leaves nothing behind" untouched "$dir/whole" "$dir/plain"
mkdir "$dir/closed"
cp "$dir/plain" "$dir/closed/initrd"
chmod 555 "$dir/closed"
run as_user "$fake" annotate --module "$module" "$dir/closed/initrd"
ok "a directory that may not be written to is an error" unknown "Permission denied"
run as_user "$fake" annotate --module "$module" "$dir/plain" -o /dev/full
ok "a device is no place for an initrd" unknown "Invalid argument"
annotate "$dir/plain" -o "$dir/closed"
ok "nor is a directory" unknown "Is a directory"
annotate "$dir/plain" -o "$dir/nowhere/initrd"
ok "nor is one that is not there" unknown "No such file"

# Wherever it is interrupted, there is the old file or the new one.
truncate -s 64M "$dir/zeros"
cat "$dir/packed" "$dir/zeros" >"$dir/large"
annotate "$dir/large" -o "$dir/large.new"
interrupted=0
rc=0
for delay in 0 1 2 4 8 12 16 20 25 30 35 40 45 50 60 70 80 90 100 120 140 160 200 240 280 320; do
	cp "$dir/large" "$dir/target"
	timeout -s INT "$(printf '0.%03d' $((delay + 1)))" "$fake" annotate --module "$module" "$dir/target" >"$dir/out" 2>"$dir/err"
	if cmp -s "$dir/target" "$dir/large"; then
		interrupted=$((interrupted + 1))
	elif ! cmp -s "$dir/target" "$dir/large.new"; then
		rc=1
	fi
	no_rest || rc=1
done
ok "Ctrl-C leaves the old file or the new one, and nothing else" [ $rc = 0 ]
ok "and came in time at least once" [ $interrupted -gt 0 ]
rm -f "$dir/large" "$dir/large.new" "$dir/target" "$dir/zeros"

# ---- preflight ------------------------------------------------------------------------

good=$dir/good
annotate "$dir/plain" -o "$good"
run "$command" preflight
ok "preflight wants a kernel" unknown "no KERNEL"
run "$command" preflight a b c
ok "preflight wants no third file" unknown '"c"'
fake preflight "$dir/none"
ok "a missing kernel is named" unknown "$dir/none: No such file"
fake preflight "$kernel" "$dir/none"
ok "so is a missing initrd" unknown "$dir/none: No such file"
fake preflight "$good" "$good"
ok "an initrd is no kernel" refused "an initramfs, not a kernel"
run "$fake" --sysfs "$dir/none" preflight "$kernel"
ok "preflight without module says what to load" unknown "ccp_ext module is not loaded"

guests 2 1000
echo "0x1000000 512 0x1" >"$ccp/quarantine_next"
fake preflight "$kernel" "$good"
ok "an image that can all goes" [ $rc = 0 ]
ok "with a row for each feature" out_has "parked-iommu    should  yes    go"
ok "the firmware's state" out_has "api    1.55"
ok "what is assigned" out_has "1000 pages assigned"
ok "and the guests" out_has "2 SNP"
fake --json preflight "$kernel" "$good"
ok "preflight --json prints JSON" json "d['verdict'] == 'safe' and d['annotated'] and d['release'] == '$release' and d['policy'] == 'evict'"
ok "with the firmware" json "d['firmware'] == {'api': '1.55', 'build': '30', 'sev': 'UNINIT', 'snp': 'UNINIT'}"
ok "with what is assigned" json "d['rmp']['assigned'] == 1000 and d['rmp']['Guest-Valid'] == 1000 and d['guests'] == {'sev': 0, 'sev-es': 0, 'snp': 2}"
ok "with the module's features" json "'give-back restore' in d['module']"
ok "with the matrix" row give-back should yes go
ok "in which lazy is not needed" row lazy no no -
ok "and nothing was changed" [ ! -s "$root/calls" ]

fake --json preflight "$kernel" "$dir/packed"
ok "without a note the kernel decides" [ $rc = 0 ]
ok "and that is said" json "any('not annotated' in r['text'] for r in d['reasons'])"
ok "what ccp_ext can is not known" row give-back should '?' may-lose
ok "what the kernel can is" row setup-indirect must yes go
fake --json preflight "$kernel"
ok "without an initrd there is no ccp_ext" row give-back should no loss
ok "which is a loss, no obstacle" [ $rc = 0 ]
pack "$dir/bare" init "$dir/content"
fake --json preflight "$kernel" "$dir/bare"
ok "nor is there in one that was looked through" row give-back should no loss
"$make_input" kernel 6.1.0-56-amd64 >"$dir/old"
fake --json preflight "$dir/old" "$good"
ok "a kernel of 6.1 cannot run SNP guests" row snp-host should no loss
ok "and does not load a module of another kernel" row quarantine should no loss
ok "which is said" json "any('does not load in 6.1.0-56-amd64' in r['text'] for r in d['reasons'])"
"$make_input" kernel "$release" 9 >"$dir/old"
fake preflight "$dir/old" "$good"
ok "a kernel that reserves nothing is a no-go" refused "setup-indirect"

echo "0x1000000 512 0x1" >"$ccp/quarantine"
fake preflight "$kernel" "$good"
ok "a quarantine is taken over by an image that can" [ $rc = 0 ]
fake preflight "$kernel" "$dir/packed"
ok "if nobody says that it can, nobody can tell" unknown "quarantine: nobody says"
fake preflight "$kernel"
ok "if it cannot, it is a no-go" refused "quarantine: the image lacks it; 2 MiB"
: >"$ccp/quarantine"

for policy in lazy preserve; do
	echo $policy >"$ccp/policy"
	make_module "$dir/later.ko" "$all $policy" name=ccp_ext
	run "$fake" annotate --module "$dir/later.ko" "$dir/packed" -o "$dir/later"
	fake preflight "$kernel" "$dir/later"
	ok "policy $policy goes with an image that says it can" [ $rc = 0 ]
	fake preflight "$kernel" "$good"
	ok "... is a no-go with one that cannot" refused "$policy: the image lacks it"
	fake preflight "$kernel" "$dir/packed"
	ok "... and cannot be told of one that says nothing" unknown "$policy: nobody says"
	guests 0 0
	fake preflight "$kernel" "$good"
	ok "... and promises nothing without guests" [ $rc = 0 ]
	guests 2 1000
done
echo hibernate >"$ccp/policy"
fake preflight "$kernel" "$good"
ok "a policy that is not known cannot be judged" unknown "none that this snp-kexec knows"
echo evict >"$ccp/policy"

guests 2 1000 1
fake preflight "$kernel" "$good"
ok "what the blob demands is a no-go if the image lacks it" refused "preserve: the image lacks it"
guests 2 1000 0x8000000000000000
fake preflight "$kernel" "$good"
ok "a demand that has no name here cannot be judged" unknown "0x8000000000000000"
guests 2 1000
head -c 300 "$ccp/blob" >"$ccp/blob2" && mv "$ccp/blob2" "$ccp/blob"
fake preflight "$kernel" "$good"
ok "a blob that is cut short cannot be judged" unknown "truncated"
: >"$ccp/blob"
fake preflight "$kernel" "$good"
ok "nor can an empty one" unknown "truncated"
guests 2 1000
rm "$ccp/firmware"
fake preflight "$kernel" "$good"
ok "a firmware that does not answer is said, no obstacle" [ $rc = 0 ]
ok "with the reason" out_has "stays kept out if it does not answer"
echo "later both" >>"$ccp/features"
fake preflight "$kernel" "$good"
ok "a feature of a later ccp_ext is named" out_has "does not know: later both"
forge "$dir/bad" "ccp_ext.handover 2
"
fake preflight "$kernel" "$dir/bad"
ok "a note of a later version is not guessed at" out_has "later version"
run bash -c "'$fake' --root '$root' preflight '$kernel' '$good' >/dev/full"
ok "a full disk is noticed by preflight" unknown "No space left"

# ---- load, status and exec ------------------------------------------------------------

fresh_host
guests 2 1000
fake load "$kernel" --initrd "$good"
ok "load passes on what the image can" [ "$(cat "$ccp/image_features")" = "$all" ]
ok "after the image is committed" grep -qx "image_features=$all" "$root/calls"
fake --json status
ok "status tells it" json "d['features'] == '$all'.split() and d['verdict'] == 'safe'"
echo lazy >"$ccp/policy"
: >"$root/calls"
fake exec
ok "exec is refused if the policy has changed to what the image cannot" refused "lazy: the image lacks it"
fresh_host
guests 2 1000
echo lazy >"$ccp/policy"
fake load "$kernel" --initrd "$good"
ok "load refuses an image that cannot keep the policy's promise" refused "lazy: the image lacks it"
fake load "$kernel" --initrd "$dir/packed"
ok "load does not guess at an image that says nothing" unknown "lazy: nobody says"
fake load "$kernel" --initrd "$good" --dry-run
ok "--dry-run says the same" refused "lazy: the image lacks it"
guests 0 0
fake load "$kernel" --initrd "$good"
ok "with nothing to lose it is loaded all the same" [ $rc = 0 ]
ok "and that is noted" out_has "there is nothing now that it would apply to"
: >"$root/calls"
guests 1 10
fake exec
ok "but not started once there is something" refused "lazy: the image lacks it"
fresh_host
guests 2 1000
fake load "$kernel"
ok "under evict an image without ccp_ext is loaded, with a note" out_has "give-back: the image lacks it"
ok "and that is safe" [ $rc = 0 ]
fresh_host
"$make_input" kernel "$release" 9 >"$dir/old"
fake load "$dir/old" --initrd "$good"
ok "load refuses a kernel that reserves nothing" refused "setup-indirect"

fresh_host
fake load "$kernel" --initrd "$good"
printf 'degraded\nccp was loaded before ccp_ext\n' >"$ccp/state"
fake status
ok "a degraded module is no obstacle where a cold reset is accepted" [ $rc = 0 ]
echo refuse >"$ccp/on_unsafe"
: >"$root/calls"
fake exec
ok "but it is with on_unsafe=refuse" refused "on_unsafe is refuse"
echo ready >"$ccp/state"
echo "dirty swap 0x5000" >"$ccp/image"
fake exec
ok "with on_unsafe=refuse an unsafe jump is refused" refused "dirty swap"
echo clean >"$ccp/image"
fake exec
ok "and a safe one is not" [ "$(cat "$root/calls")" = reboot ]

echo "1..$count"
[ $failed = 0 ]
