// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include "payload.h"

#define COM1 0x3f8

/* What the compiler calls by itself. */
void *memset(void *to, int c, size_t n)
{
	char *p = to;

	while (n--)
		*p++ = c;
	return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
	const char *q = from;
	char *p = to;

	while (n--)
		*p++ = *q++;
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *p = a, *q = b;

	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

int str_compare(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (u8)*a - (u8)*b;
}

void serial_init(u16 port)
{
	outb(port + 1, 0);
	outb(port + 3, 3);
	outb(port + 2, 1);
}

void serial_put(u16 port, char c)
{
	while (!(inb(port + 5) & 0x20))
		;
	outb(port, c);
}

bool serial_get(u16 port, char *c)
{
	if (!(inb(port + 5) & 1))
		return false;
	*c = inb(port);
	return true;
}

struct sink {
	char *buf;
	size_t size, used;
};

static void put(struct sink *sink, char c)
{
	if (!sink->buf)
		serial_put(COM1, c);
	else if (sink->used + 1 < sink->size)
		sink->buf[sink->used++] = c;
}

static void put_number(struct sink *sink, u64 v, unsigned int base)
{
	char digit[24];
	int n = 0;

	do
		digit[n++] = "0123456789abcdef"[v % base];
	while (v /= base);
	while (n)
		put(sink, digit[--n]);
}

/* %s %c %d %u %x, %lu %lx: no more is needed. */
static void format_va(struct sink *sink, const char *f, va_list ap)
{
	for (; *f; f++) {
		bool wide;

		if (*f != '%') {
			put(sink, *f);
			continue;
		}
		wide = *++f == 'l';
		f += wide;
		switch (*f) {
		case 's':
			for (const char *s = va_arg(ap, const char *); *s; s++)
				put(sink, *s);
			break;
		case 'c':
			put(sink, va_arg(ap, int));
			break;
		case 'd':
		case 'u':
			put_number(sink, wide ? va_arg(ap, u64) : va_arg(ap, u32), 10);
			break;
		case 'x':
			put_number(sink, wide ? va_arg(ap, u64) : va_arg(ap, u32), 16);
			break;
		default:
			put(sink, *f);
		}
	}
}

void print(const char *format, ...)
{
	struct sink sink = { 0 };
	va_list ap;

	va_start(ap, format);
	format_va(&sink, format, ap);
	va_end(ap);
}

void format_to(char *buf, size_t size, const char *format, ...)
{
	struct sink sink = { buf, size, 0 };
	va_list ap;

	va_start(ap, format);
	format_va(&sink, format, ap);
	va_end(ap);
	buf[sink.used] = 0;
}

#define FW_CFG_SELECT	0x510
#define FW_CFG_DATA	0x511
#define FW_CFG_DIR	0x19

static u32 config_be(int bytes)
{
	u32 v = 0;

	while (bytes--)
		v = v << 8 | inb(FW_CFG_DATA);
	return v;
}

/**
 * config_read - what the runner said with -fw_cfg
 * @name: of the item
 * @buf: where to, as a string; empty if there is no such item
 * @size: of the buffer
 */
void config_read(const char *name, char *buf, size_t size)
{
	u32 nr, len = 0, key = 0;

	buf[0] = 0;
	outw(FW_CFG_SELECT, FW_CFG_DIR);
	nr = config_be(4);
	while (nr--) {
		u32 this_len = config_be(4), this_key = config_be(2);
		char this_name[56];

		config_be(2);
		for (int i = 0; i < 56; i++)
			this_name[i] = inb(FW_CFG_DATA);
		if (!str_compare(this_name, name)) {
			len = this_len;
			key = this_key;
		}
	}
	if (!key || len >= size)
		return;
	outw(FW_CFG_SELECT, key);
	for (u32 i = 0; i < len; i++)
		buf[i] = inb(FW_CFG_DATA);
	buf[len] = 0;
}
