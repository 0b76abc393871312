// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rmp_persist/rmp_persist.h>

#include "annotation.h"
#include "cpio.h"

#define MAGIC		"ccp_ext.handover "
#define VERSION		"1"
#define CRC_LINE	"crc 0x%08" PRIx32 "\n"
#define CRC_LINE_SIZE	15
/* dracut's name for a first archive that is not the whole: its lsinitrd looks for it */
#define MARKER		"early_cpio"
#define MODULE_NAME	"ccp_ext.ko"

static bool is_text(const char *s, size_t size, bool lines)
{
	size_t i;

	for (i = 0; i < size; i++)
		if ((s[i] < ' ' || s[i] > '~') && !(lines && s[i] == '\n'))
			return false;
	return true;
}

static bool is_value(const char *s)
{
	size_t size = strlen(s);

	return size <= ANNOTATION_VALUE_MAX && is_text(s, size, false);
}

/**
 * annotation_make() - the text that says what @a says
 * @text: result, terminated
 * @a: release, module and features may be anything; else it is refused
 *
 * Return: length; ANNOTATION_ERR_KEY for values that are no text, or no
 * release; ANNOTATION_ERR_SIZE.
 */
int annotation_make(char text[ANNOTATION_MAX + 1], const struct annotation *a)
{
	int length;

	if (!is_value(a->release) || !is_value(a->module) || !is_value(a->features) ||
	    !*a->release || strchr(a->release, ' '))
		return ANNOTATION_ERR_KEY;
	length = snprintf(text, ANNOTATION_MAX + 1,
			  MAGIC VERSION "\nrelease %s\nmodule %s\nfeatures %s\n"
			  "initrd %" PRIu64 " 0x%08" PRIx32 "\n", a->release, a->module, a->features,
			  a->initrd_size, a->initrd_crc);
	if (length > ANNOTATION_MAX - CRC_LINE_SIZE)
		return ANNOTATION_ERR_SIZE;
	return length + snprintf(text + length, CRC_LINE_SIZE + 1, CRC_LINE,
				 rmpp_crc32c(0, text, (size_t)length));
}

/* A later version may have another frame: it is told by its first line alone. */
static int check_frame(const char *text, size_t size)
{
	size_t body = size - CRC_LINE_SIZE, length = sizeof(MAGIC VERSION "\n") - 1;
	char crc[CRC_LINE_SIZE + 1];

	if (size > ANNOTATION_MAX)
		return ANNOTATION_ERR_SIZE;
	if (size < length || memcmp(text, MAGIC, sizeof(MAGIC) - 1) ||
	    text[sizeof(MAGIC) - 1] < '1' || text[sizeof(MAGIC) - 1] > '9')
		return ANNOTATION_ERR_MAGIC;
	if (memcmp(text, MAGIC VERSION "\n", length))
		return ANNOTATION_ERR_NEWER;
	if (!is_text(text, size, true) || text[size - 1] != '\n')
		return ANNOTATION_ERR_TEXT;
	if (size < length + CRC_LINE_SIZE)
		return ANNOTATION_ERR_CRC;
	snprintf(crc, sizeof(crc), CRC_LINE, rmpp_crc32c(0, text, body));
	return memcmp(text + body, crc, CRC_LINE_SIZE) || text[body - 1] != '\n' ?
	       ANNOTATION_ERR_CRC : ANNOTATION_OK;
}

enum key { KEY_RELEASE, KEY_MODULE, KEY_FEATURES, KEY_INITRD, NR_KEYS };

struct lines {
	char value[NR_KEYS][ANNOTATION_VALUE_MAX + 1];
	bool given[NR_KEYS];
};

static int take_line(struct lines *l, const char *line, size_t length)
{
	static const char *const name[NR_KEYS] = { "release", "module", "features", "initrd" };
	size_t key_length;
	int key;

	for (key = 0; key < NR_KEYS; key++) {
		key_length = strlen(name[key]);
		if (length <= key_length || line[key_length] != ' ' ||
		    memcmp(line, name[key], key_length))
			continue;
		if (l->given[key])
			return ANNOTATION_ERR_KEY;
		length -= key_length + 1;
		if (length > ANNOTATION_VALUE_MAX)
			return ANNOTATION_ERR_SIZE;
		memcpy(l->value[key], line + key_length + 1, length);
		l->value[key][length] = '\0';
		l->given[key] = true;
	}
	return ANNOTATION_OK;
}

/* Numbers are taken in the form in which they are written, and in no other. */
static int take_initrd(struct annotation *a, const char *value)
{
	char again[64];
	char *end;

	a->initrd_size = strtoull(value, &end, 10);
	a->initrd_crc = (uint32_t)strtoull(*end ? end + 1 : end, NULL, 16);
	snprintf(again, sizeof(again), "%" PRIu64 " 0x%08" PRIx32, a->initrd_size, a->initrd_crc);
	return strcmp(again, value) ? ANNOTATION_ERR_KEY : ANNOTATION_OK;
}

/**
 * annotation_parse() - what an annotation says
 * @a: result; untouched on error
 * @text: hostile
 * @size: its bytes
 *
 * Return: 0 or a negative enum annotation_error.
 */
int annotation_parse(struct annotation *a, const void *text, size_t size)
{
	const char *line = text, *end, *next;
	struct annotation found = { .initrd_size = 0 };
	struct lines l = { .given = { false } };
	int err, key;

	err = check_frame(text, size);
	if (err)
		return err;
	for (end = line + size - CRC_LINE_SIZE; !err && line < end; line = next) {
		next = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1;
		err = take_line(&l, line, (size_t)(next - 1 - line));
	}
	if (err)
		return err;
	for (key = 0; key < NR_KEYS; key++)
		if (!l.given[key])
			return ANNOTATION_ERR_KEY;
	if (!*l.value[KEY_RELEASE] || take_initrd(&found, l.value[KEY_INITRD]))
		return ANNOTATION_ERR_KEY;
	memcpy(found.release, l.value[KEY_RELEASE], sizeof(found.release));
	memcpy(found.module, l.value[KEY_MODULE], sizeof(found.module));
	memcpy(found.features, l.value[KEY_FEATURES], sizeof(found.features));
	*a = found;
	return ANNOTATION_OK;
}

/** annotated_is_module() - is this the name of a ccp_ext.ko, compressed or not? */
bool annotated_is_module(const char *name)
{
	const char *base = strrchr(name, '/');

	base = base ? base + 1 : name;
	/* also ccp_ext.ko.xz and its like */
	return !strncmp(base, MODULE_NAME, sizeof(MODULE_NAME) - 1) &&
	       (!base[sizeof(MODULE_NAME) - 1] || base[sizeof(MODULE_NAME) - 1] == '.');
}

static bool all_zero(const uint8_t *data, size_t size)
{
	return !size || (!data[0] && !memcmp(data, data + 1, size - 1));
}

/* Marker, annotation and trailer and nothing else: the archive was ours, and goes as a whole. */
static void widen(struct annotated *f, const struct cpio_entry *trailer, const uint8_t *data,
		  size_t size)
{
	size_t end = (trailer->end + 4 + CPIO_BLOCK - 1) / CPIO_BLOCK * CPIO_BLOCK;

	if (end > size || !all_zero(data + trailer->end, end - trailer->end))
		return;
	f->start = 0;
	f->end = end;
}

/**
 * annotated_find() - look for an annotation
 * @f: result; without one, start and end are 0
 * @initrd: hostile
 * @size: its bytes
 *
 * Return: 0; ANNOTATION_ERR_NONE; ANNOTATION_ERR_TWICE; ANNOTATION_ERR_CPIO. @f is
 * filled in any case, with the first one if there are two.
 */
int annotated_find(struct annotated *f, const void *initrd, size_t size)
{
	size_t marker_end = SIZE_MAX;
	struct cpio_entry e;
	struct cpio_walk w;
	bool twice = false, alone = false;
	int more;

	*f = (struct annotated) { .start = 0 };
	cpio_walk_begin(&w, initrd, size);
	while ((more = cpio_walk_next(&w, &e)) == 1) {
		if (alone && cpio_is_trailer(&e))
			widen(f, &e, initrd, size);
		alone = false;
		f->has_module |= annotated_is_module(e.name);
		if (!e.start && !strcmp(e.name, MARKER))
			marker_end = e.end;
		if (strcmp(e.name, ANNOTATION_NAME))
			continue;
		twice |= f->text != NULL;
		if (f->text)
			continue;
		alone = e.start == marker_end;
		f->start = e.start;
		f->end = e.end;
		f->text = e.data;
		f->text_size = e.size;
	}
	f->cpio = more;
	f->whole = !more && w.size - w.at < 4;
	return more < 0 ? ANNOTATION_ERR_CPIO : twice ? ANNOTATION_ERR_TWICE :
	       f->text ? ANNOTATION_OK : ANNOTATION_ERR_NONE;
}

/**
 * annotated_crc() - CRC32C of an initramfs without its annotation
 * @f: as annotated_find() filled it
 * @initrd: the same
 * @size: the same
 */
uint32_t annotated_crc(const struct annotated *f, const void *initrd, size_t size)
{
	const uint8_t *data = initrd;
	uint32_t crc = rmpp_crc32c(0, data, f->start);

	return rmpp_crc32c(crc, data + f->end, size - f->end);
}

/**
 * annotated_read() - find, parse, and compare with the initramfs around it
 * @f: result, as of annotated_find()
 * @a: result; untouched on error, but for ANNOTATION_ERR_STALE
 * @initrd: hostile
 * @size: its bytes
 *
 * Return: 0 or a negative enum annotation_error.
 */
int annotated_read(struct annotated *f, struct annotation *a, const void *initrd, size_t size)
{
	int err = annotated_find(f, initrd, size);

	if (!err)
		err = annotation_parse(a, f->text, f->text_size);
	if (!err && (a->initrd_size != size - (f->end - f->start) ||
		     a->initrd_crc != annotated_crc(f, initrd, size)))
		err = ANNOTATION_ERR_STALE;
	return err;
}

/**
 * annotated_head() - what to put in front of an initramfs to annotate it
 * @head: result
 * @f: the initramfs, whose old annotation will be cut out
 * @initrd: the same
 * @size: the same
 * @text: the annotation's text
 * @head_size: result, bytes of @head
 *
 * In front of an uncompressed archive it becomes part of that, so that tools which look into
 * the first archive only see all that they saw before. Else it is an archive of its own.
 *
 * Return: 0 or ANNOTATION_ERR_SIZE.
 */
int annotated_head(uint8_t head[ANNOTATION_HEAD_MAX], const struct annotated *f,
		   const void *initrd, size_t size, const char *text, size_t *head_size)
{
	const uint8_t *rest = f->start ? initrd : (const uint8_t *)initrd + f->end;
	bool joins = cpio_starts_newc(rest, f->start ? size : size - f->end);
	size_t used = 0;
	int err = 0;

	if (!joins)
		err = cpio_put(head, ANNOTATION_HEAD_MAX, &used, MARKER, "1\n", 2);
	if (!err)
		err = cpio_put(head, ANNOTATION_HEAD_MAX, &used, ANNOTATION_NAME, text,
			       strlen(text));
	if (!err && !joins)
		err = cpio_put_trailer(head, ANNOTATION_HEAD_MAX, &used);
	*head_size = used;
	return err ? ANNOTATION_ERR_SIZE : ANNOTATION_OK;
}

/**
 * annotation_strerror() - what is wrong with an annotation
 * @err: negative enum annotation_error
 *
 * Return: a static string that completes "FILE: ...".
 */
const char *annotation_strerror(int err)
{
	static const char *const text[] = {
		[-ANNOTATION_OK] = "annotated",
		[-ANNOTATION_ERR_NONE] = "not annotated",
		[-ANNOTATION_ERR_TWICE] = "annotated twice; build the initramfs anew and annotate that",
		[-ANNOTATION_ERR_SIZE] = "its annotation is too long",
		[-ANNOTATION_ERR_MAGIC] = "its annotation is not one of snp-kexec",
		[-ANNOTATION_ERR_NEWER] = "its annotation is of a later version; use the snp-kexec that wrote it",
		[-ANNOTATION_ERR_TEXT] = "its annotation is damaged: no text",
		[-ANNOTATION_ERR_CRC] = "its annotation is damaged: bad checksum",
		[-ANNOTATION_ERR_KEY] = "its annotation is damaged: a line is missing, given twice, or makes no sense",
		[-ANNOTATION_ERR_STALE] = "changed since it was annotated; annotate it again",
		[-ANNOTATION_ERR_CPIO] = "damaged: its cpio archive makes no sense",
	};

	if (err > 0 || err < ANNOTATION_ERR_LAST)
		return "unknown error";
	return text[-err];
}
