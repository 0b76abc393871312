// SPDX-License-Identifier: GPL-2.0-only
/* Guests and a loaded image meet: said at once, not only at the jump. */
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
