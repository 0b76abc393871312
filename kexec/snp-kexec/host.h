/* SPDX-License-Identifier: GPL-2.0-only */
/* What ccp_ext and the kernel say about this host. */
#ifndef SNP_KEXEC_HOST_H
#define SNP_KEXEC_HOST_H

#include "../inplace.h"
#include "file.h"
#include "snp-kexec.h"

/* kept out of this kernel, and of the next one if it were started now */
enum { QUARANTINE_NOW, QUARANTINE_NEXT, NR_QUARANTINES };

struct kept_out {
	struct inplace_range *range;
	uint32_t nr;
	uint64_t size;		/* bytes, sum */
};

struct host_memory {
	struct inplace_range zone, region;
	struct kept_out quarantine[NR_QUARANTINES];
};

struct host_image {
	bool loaded;		/* some image, whoever loaded it */
	bool committed;		/* the zone holds one */
	uint64_t size, entry;	/* bytes from the zone's start */
	uint32_t features;	/* 1 << enum rmpp_feature that it can restore; 0 if nobody says */
	struct bytes check;	/* attribute image; first word is the verdict */
};

bool host_has_module(struct context *c);
bool host_needs_no_module(struct context *c);
bool host_read_loaded(struct context *c, bool *loaded);
bool host_check_loaded(struct context *c, bool loaded);
bool host_read_memory(struct context *c, struct host_memory *m);
bool host_read_image(struct context *c, struct host_image *i);
void host_free(struct host_memory *m, struct host_image *i);

bool host_image_is(const struct host_image *i, const char *word);
void host_check_kept_out(struct context *c, const struct host_memory *m,
			 const char *what, uint64_t pa, uint64_t size);

bool attr_read(struct context *c, const char *name, struct bytes *b);
bool attr_write(struct context *c, const char *name, const char *value);
bool attr_read_line(struct context *c, const char *name, char *line,
		    size_t size);

#endif /* SNP_KEXEC_HOST_H */
