// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "../cpio.h"
#include "initrd.h"

static void describe_feature(struct context *c, struct json_object *list, const char *name,
			     bool known, bool can)
{
	struct json_object *o = json_object_new_object();

	say(&c->report, "feature", "%-14s %s", name, !known ? "yes, but it is not known here" :
	    can ? "yes" : "no");
	json_object_object_add(o, "feature", json_object_new_string(name));
	json_object_object_add(o, "known", json_object_new_boolean(known));
	json_object_object_add(o, "image", json_object_new_boolean(can));
	json_object_array_add(list, o);
}

/**
 * initrd_describe() - print what an annotation says
 * @c: context
 * @a: parsed or about to be written
 */
void initrd_describe(struct context *c, const struct annotation *a)
{
	struct json_object *list = json_object_new_array();
	uint32_t f, set = rmpp_features_parse(a->features, strlen(a->features));
	char names[ANNOTATION_VALUE_MAX + 1], *name, *save = NULL;

	say(&c->report, "kernel", "%s", a->release);
	say(&c->report, "ccp_ext", "%s", a->module);
	put_string(&c->report, "release", a->release);
	put_string(&c->report, "module", a->module);
	for (f = 0; f < RMPP_NR_FEATURES; f++)
		describe_feature(c, list, rmpp_feature_name(f), true, set & 1u << f);
	strcpy(names, a->features);
	for (name = strtok_r(names, " ", &save); name; name = strtok_r(NULL, " ", &save))
		if (rmpp_feature_find(name, strlen(name)) < 0)
			describe_feature(c, list, name, false, true);
	json_object_object_add(c->report.root, "features", list);
}

/* The kernel's part needs no module: its own header tells, or its release. */
static void judge_kernel(struct nego_image *i, const struct bzimage *bz)
{
	i->setup_indirect = bz->setup_type_max & BZIMAGE_SETUP_INDIRECT ? NEGO_CAN : NEGO_CANNOT;
	i->snp_host = nego_snp_host(bz->release);
}

/**
 * initrd_judge() - what can an image restore?
 * @c: context; told what cannot be known, and why
 * @i: result
 * @a: result; features is empty if nobody says
 * @bz: the kernel
 * @initrd: its initramfs, of size 0 if there is none
 */
void initrd_judge(struct context *c, struct nego_image *i, struct annotation *a,
		  const struct bzimage *bz, const struct bytes *initrd)
{
	struct annotated f;
	int err;

	memset(i, 0, sizeof(*i));
	memset(a, 0, sizeof(*a));
	judge_kernel(i, bz);
	if (!initrd->size) {
		i->has_no_module = true;
		note(&c->report, "no initrd: no ccp_ext that could restore anything");
		return;
	}
	err = annotated_read(&f, a, initrd->data, initrd->size);
	if (!err && strcmp(a->release, bz->release)) {
		i->has_no_module = true;
		note(&c->report, "the initrd's ccp_ext was built for %s, and does not load in %s",
		     a->release, bz->release[0] ? bz->release : "this kernel");
	} else if (!err) {
		i->says = true;
		i->features = rmpp_features_parse(a->features, strlen(a->features));
	} else if (err == ANNOTATION_ERR_NONE && f.whole && !f.has_module) {
		i->has_no_module = true;
		note(&c->report, "there is no ccp_ext in the initrd");
	} else if (err == ANNOTATION_ERR_NONE) {
		note(&c->report, "the initrd is not annotated: decided by the kernel alone; whether ccp_ext is in the initrd, and which, is not known (see snp-kexec annotate)");
	} else {
		note(&c->report, "initrd: %s", err == ANNOTATION_ERR_CPIO ?
		     cpio_strerror(f.cpio) : annotation_strerror(err));
	}
	if (!i->says)
		memset(a, 0, sizeof(*a));
}
