// SPDX-License-Identifier: GPL-2.0-only
/* Guests and a loaded image meet: said at once, looked at again at the jump, and fatal if nobody does. */
#include "scenario.h"

#define SYSFS		"/sys/kernel/ccp_ext"

/* The image's own pages are all over the memory, so that a guest meets some. */
static bool says_that_a_guest_came_near(struct run *r)
{
	return inside(r, 120, "tar -xOf /dev/vda vmlinuz-6.12 >/tmp/vmlinuz && "
			      "tar -xOf /dev/vda initrd-6.12 >/tmp/initrd && "
			      "stockkexec /tmp/vmlinuz /tmp/initrd 'console=ttyS0' && sleep 2 && "
			      "! dmesg | grep 'in a 2 MiB block of the loaded image'") &&
	       inside(r, 120, "sevguest --kind snp --size 64 --hold --json >/run/guest 2>&1 & "
			      "while ! grep -qE 'ready|error' /run/guest; do sleep 0.1; done; grep ready /run/guest") &&
	       inside(r, 30, "dmesg | grep 'in a 2 MiB block of the loaded image' && "
			     "grep ^dirty " SYSFS "/image");
}

static bool says_that_an_image_came_near(struct run *r)
{
	return inside(r, 120, "dmesg -c >/dev/null; stockkexec /tmp/vmlinuz /tmp/initrd 'console=ttyS0' && sleep 2 && "
			      "dmesg | grep 'ccp_ext: loaded image: .* near assigned pages'");
}

/* Nobody is given pages of the landing zone, so one that counts as assigned from now on (assume_touched). */
static bool touch_zone(struct run *r, const char *offset)
{
	return inside(r, 30, "dmesg -c >/dev/null; echo $(($(cat " SYSFS "/zone_address) + %s)) "
			     ">/sys/module/ccp_ext/parameters/assume_touched && sleep 2", offset);
}

static bool says_that_a_guest_came_into_the_zone(struct run *r)
{
	return inside(r, 180, "snp-kexec load /tmp/vmlinuz --initrd /tmp/initrd --reuse-cmdline && sleep 2") &&
	       touch_zone(r, "$(cat " SYSFS "/zone_size) - 4096") &&
	       inside(r, 30, "! dmesg | grep 'in a 2 MiB block of the loaded image'") &&
	       touch_zone(r, "0x400000") &&
	       inside(r, 30, "dmesg | grep \"page $(printf '%%#x' $(($(cat " SYSFS "/zone_address) + 0x400000))) is assigned in a 2 MiB block of the loaded image\"");
}

const struct scenario near_image_scenario = {
	.name = "near-image",
	.title = "guests and a loaded image meet long before a jump",
	.config = { .name = "near-image" },
	.steps = {
		{ .name = "a_guest_launched_over_a_loaded_image_is_told_of", .after = says_that_a_guest_came_near },
		{ .name = "an_image_loaded_near_a_guest_is_told_of", .after = says_that_an_image_came_near },
		{
			.name = "a_guest_launched_over_the_image_in_the_landing_zone_is_told_of",
			.after = says_that_a_guest_came_into_the_zone,
		},
	},
};

/* A disk that takes minutes for what is written at once, and forgets it. */
#define SLOW_DISK { \
	"-drive", "file=null-co://,format=raw,if=none,id=slow,throttling.bps-write=65536", \
	"-device", "virtio-blk-pci,drive=slow,disable-legacy=on,iommu_platform=on" }
#define SHORT_BUDGET	"ccp_ext.budget_ms=4000"

/*
 * What snp-kexec lent to kexec_load() and took back is lent again, to guests whose VMMs will not end: no signal
 * ends their wait for the disk. The image was clean, and is not any more.
 */
static bool launch_stuck_near_the_image(struct run *r)
{
	return inside(r, 180,
		      "for i in 1 2 3 4 5 6 7 8 9; do echo 1 >" SYSFS "/image_donate; done; "
		      "grep -q ^clean " SYSFS "/image || exit 1; "
		      "for i in 1 2 3 4; do "
		      "sevguest --kind snp --write /dev/vdb --hold --json >/run/near.$i 2>&1 & "
		      "while ! grep -qE 'ready|error' /run/near.$i; do sleep 0.1; done; ! grep error /run/near.$i || exit 1; "
		      "pid=$(sed -n 's/.*\"pid\":\\([0-9]*\\).*/\\1/p' /run/near.$i); "
		      "until grep -q '^State:.D' /proc/$pid/task/*/status; do sleep 0.1; done; "
		      "! grep ^dirty " SYSFS "/image || exit 0; done; exit 1");
}

/* It is the kernel that jumps which dies: the next one, for which the guests' pages are kept out, never begins. */
static bool died_on_the_way(struct run *r)
{
	return !machine_event(&r->machine, "next-kernel") || fail(r, "the next kernel began");
}

const struct scenario dirty_image_ignored_scenario = {
	.name = "dirty-image-ignored",
	.title = "the control: guests near the image that cannot be evicted, and the jump goes on",
	.config = { .name = "dirty-image-ignored", .arguments = SLOW_DISK,
		    .append = SHORT_BUDGET " ccp_ext.on_unsafe=proceed" },
	.steps = {
		{
			.name = "a_jump_by_an_image_near_assigned_pages_dies_of_an_rmp_fault_on_its_way",
			.label = "guests near the image, no reset",
			.next = "6.12", .dies = true, .force = true,
			.loaded = launch_stuck_near_the_image, .after = died_on_the_way,
		},
	},
};
