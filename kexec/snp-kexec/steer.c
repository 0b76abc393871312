// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec_file_load() into the landing zone: the kernel reads the files, checks
 * their signature and makes the image, ccp_ext says where its pieces go.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os.h"
#include "zone.h"

#define SMALL_FILE	4096

/** kernel_is_locked_down() - does the kernel refuse kexec_load()? */
bool kernel_is_locked_down(struct context *c)
{
	char path[PATH_MAX];
	struct bytes b;
	bool locked;

	path_join(path, c->root, "sys/kernel/security/lockdown");
	if (bytes_read(&b, path, SMALL_FILE))
		return false;
	/* the mode that is on stands in brackets */
	locked = b.size && !strstr((char *)b.data, "[none]");
	bytes_free(&b);
	return locked;
}

static const char *hint(int err)
{
	switch (err) {
	case -EPERM:
	case -EKEYREJECTED:
	case -ENOKEY:
	case -ENODATA:
		return "this kernel starts only kernels with a signature that it trusts: use the distribution's signed kernel, unchanged, or enroll your key";
	case -EBUSY:
		return "another kexec is being loaded: try again";
	default:
		return "see the kernel log";
	}
}

static int open_file(struct context *c, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail(&c->report, "%s: %s; no kernel is loaded", path,
		     strerror(errno));
	return fd;
}

static bool file_load(struct context *c, const struct image *image)
{
	const struct image_options *o = image->options;
	int kernel = open_file(c, o->kernel), initrd = -1, err = -1;

	if (kernel >= 0 && o->initrd)
		initrd = open_file(c, o->initrd);
	if (kernel >= 0 && (initrd >= 0 || !o->initrd)) {
		err = os_kexec_file_load(kernel, initrd, image->cmdline);
		if (err)
			fail(&c->report, "kexec_file_load: %s; %s",
			     strerror(-err), hint(err));
	}
	if (kernel >= 0)
		close(kernel);
	if (initrd >= 0)
		close(initrd);
	return !err;
}

/**
 * steer_load() - have the kernel load the files into the landing zone
 * @c: context; told about errors
 * @image: options, command line and features count, the rest is the kernel's work
 *
 * The caller has pinned itself to one CPU.
 */
bool steer_load(struct context *c, const struct image *image)
{
	char why[256] = "";
	bool ok;

	if (!attr_write(c, "image_file", "1"))
		return false;
	ok = file_load(c, image);
	if (attr_write(c, "image_file", "0"))
		return ok && (!image->features[0] ||
			      attr_write(c, "image_features", image->features));
	if (ok && attr_read_line(c, "image_file", why, sizeof(why)))
		fail(&c->report, "ccp_ext did not take what kexec_file_load made: %s",
		     why);
	return false;
}
