// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text of others, made harmless. The page is well-formed XML too, so that what is left open
 * by mistake, or by a text that got through, is found by any parser.
 */
#include <math.h>
#include <string.h>

#include "report.h"

#define REPLACEMENT	"\xef\xbf\xbd"

/* Bytes of the character that text begins with, 0 if it is not UTF-8 (RFC 3629). */
static size_t character(const unsigned char *s)
{
	static const struct { unsigned char first, last, low, high; size_t size; } form[] = {
		{ 0x01, 0x7f, 0x00, 0x00, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i, n;

	for (i = 0; i < sizeof(form) / sizeof(form[0]); i++) {
		if (*s < form[i].first || *s > form[i].last)
			continue;
		if (form[i].size > 1 && (s[1] < form[i].low || s[1] > form[i].high))
			return 0;
		for (n = 2; n < form[i].size; n++)
			if ((s[n] & 0xc0) != 0x80)
				return 0;
		return form[i].size;
	}
	return 0;
}

/* Control characters, those that turn the direction of what follows, and what XML does not have. */
static bool shown(const unsigned char *s, size_t size)
{
	if (size == 1)
		return *s >= ' ' && *s != 0x7f;
	if (size == 2)
		return *s != 0xc2 || s[1] >= 0xa0;
	if (size == 3 && *s == 0xe2)
		return !(s[1] == 0x80 && s[2] >= 0xa8 && s[2] <= 0xae) && !(s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9);
	return !(size == 3 && *s == 0xef && s[1] == 0xbf && s[2] >= 0xbe);
}

static void put(FILE *f, const unsigned char *s, size_t size)
{
	static const char special[] = "<>&\"'";
	const char *found = size == 1 ? strchr(special, *s) : NULL;

	if (found)
		fprintf(f, "&#%u;", (unsigned int)*s);
	else if (size == 1 && (*s == '\n' || *s == '\t'))
		fputc(' ', f);
	else if (size && shown(s, size))
		fwrite(s, 1, size, f);
	else
		fputs(REPLACEMENT, f);
}

/**
 * html_short() - a text, of which the end may be cut off
 * @f:    where
 * @text: of others, or NULL: not known
 * @most: characters
 */
void html_short(FILE *f, const char *text, size_t most)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t size;

	if (!s)
		s = (const unsigned char *)"not known";
	for (; *s && most; s += size ? size : 1, most--) {
		size = character(s);
		put(f, s, size);
	}
	if (*s)
		fputs("\xe2\x80\xa6", f);
}

/**
 * html_text() - a text
 * @f:    where
 * @text: of others, or NULL: not known
 */
void html_text(FILE *f, const char *text)
{
	if (!text || !*text)
		fprintf(f, "<span class=\"none\">%s</span>", text ? "none" : "not known");
	else
		html_short(f, text, 4000);
}

/**
 * html_number() - a number
 * @f:     where
 * @value: or NAN: not known
 * @unit:  with the space before it, or ""
 */
void html_number(FILE *f, double value, const char *unit)
{
	if (isnan(value))
		html_text(f, NULL);
	else if (value < 100 && value != floor(value))
		fprintf(f, "%.3g%s", value, unit);
	else
		fprintf(f, "%.0f%s", value, unit);
}

/** html_cell() - a text in a table */
void html_cell(FILE *f, const char *text)
{
	fputs("<td>", f);
	html_text(f, text);
	fputs("</td>", f);
}

/** html_cell_number() - a number in a table */
void html_cell_number(FILE *f, double value)
{
	fputs("<td class=\"n\">", f);
	html_number(f, value, "");
	fputs("</td>", f);
}

/**
 * html_table() - begin a table; end it with </tbody></table></div>
 * @f:       where
 * @caption: ours
 * @heads:   ours, NULL behind the last; those that begin with "#" stand above numbers
 */
void html_table(FILE *f, const char *caption, const char * const *heads)
{
	fprintf(f, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table><caption>%s</caption>\n<thead><tr>",
		caption, caption);
	for (; *heads; heads++)
		fprintf(f, "<th scope=\"col\"%s>%s</th>", **heads == '#' ? " class=\"n\"" : "",
			*heads + (**heads == '#'));
	fputs("</tr></thead><tbody>\n", f);
}

/** html_section() - begin a part of the page; end it with </section> */
void html_section(FILE *f, const char *id, const char *title)
{
	fprintf(f, "<section id=\"%s\" aria-labelledby=\"%s-h\"><h2 id=\"%s-h\">%s</h2>\n", id, id, id, title);
}
