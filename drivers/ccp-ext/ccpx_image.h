/* SPDX-License-Identifier: GPL-2.0-only */
/* Included by ccp_ext.h: what is loaded for the next kernel. */
#ifndef CCPX_IMAGE_H
#define CCPX_IMAGE_H

/* ---- image.c: what is loaded for the next kernel ---- */

enum ccpx_image_verdict {
	CCPX_IMAGE_NONE, CCPX_IMAGE_CLEAN, CCPX_IMAGE_DIRTY, CCPX_IMAGE_FOREIGN,
	CCPX_IMAGE_CORRUPT, CCPX_IMAGE_UNKNOWN,
};

typedef void (*ccpx_image_page_fn)(void *arg, const char *what, u64 pa);

int ccpx_image_init(void);
void ccpx_image_exit(void);
bool ccpx_image_armed(void);
bool ccpx_image_busy(void);
bool ccpx_image_visit(struct kimage *image, void (*fn)(struct kimage *image, void *arg), void *arg);
u32 ccpx_image_own_pages(u64 start_pfn, u64 nr, unsigned long *map);
void ccpx_image_walk(struct kimage *image, ccpx_image_page_fn fn, void *arg);
enum ccpx_image_verdict ccpx_image_check(const struct rmpp_extents *x, bool hash,
					 char *why, size_t why_size);
ssize_t ccpx_image_show(char *buf, size_t size);

/* ---- image_crash.c: what is loaded for a panic ---- */

void ccpx_crash_image_came(struct kimage *image);
void ccpx_crash_image_went(struct kimage *image);
ssize_t ccpx_crash_image_show(char *buf);

/* ---- image_zone.c: the one in the landing zone ---- */

int ccpx_image_commit(u64 used, u64 entry);
int ccpx_image_set_features(u32 features);
bool ccpx_image_can(u32 feature);
ssize_t ccpx_image_commit_show(char *buf);
bool ccpx_image_map_is_fixed(void);
int ccpx_image_cut_top(u64 start_pfn, u64 *end_pfn);
int ccpx_image_give_top(u64 start_pfn, u64 nr_pages);
bool ccpx_image_hides(u64 pa);
int ccpx_image_add_words(const char *words);
bool ccpx_zone_enters(u64 start);
bool ccpx_zone_intact(void);
u64 ccpx_zone_used(u64 start);
void ccpx_zone_adopt(struct kimage *image, u64 list_pa);
void ccpx_zone_forget(const struct kimage *image);
struct kimage *ccpx_zone_adopted(u64 *list_pa);

/* ---- image_map.c: what it was told of RAM ---- */

#define CCPX_HEADER_MAGIC	0x53726448	/* "HdrS", Documentation/arch/x86/boot.rst */

struct boot_e820_entry;

struct boot_e820_entry *ccpx_map_find(struct boot_e820_entry *v, u32 nr, u32 type, u64 pa);
const char *ccpx_image_lacks(const struct rmpp_extents *x);
const char *ccpx_image_frees(const struct rmpp_extents *x);

/* ---- image_touch.c: guests that are launched over it ---- */

void ccpx_touch_init(void);
void ccpx_touch_exit(void);
void ccpx_touch_image(struct kimage *image, bool is_new);
void ccpx_touch_page(u64 pfn);

/* ---- image_file.c: images that kexec_file_load makes ---- */

void ccpx_image_file_init(void);
void ccpx_image_file_exit(void);
bool ccpx_image_file_armed(void);
bool ccpx_image_file_announced(void);
int ccpx_image_file_begin(void);
int ccpx_image_file_end(void);
void ccpx_image_file_seal(void);
ssize_t ccpx_image_file_show(char *buf);

#endif /* CCPX_IMAGE_H */
