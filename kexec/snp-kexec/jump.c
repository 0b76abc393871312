// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "jump.h"
#include "negotiation.h"

/* First line: one word. The others say why it is that one. */
static bool read_state(struct context *c, struct jump *j)
{
	char *line, *save = NULL;
	struct bytes b;

	if (!attr_read(c, "state", &b))
		return false;
	line = strtok_r((char *)b.data, "\n", &save);
	strncpy(j->state, line ?: "", sizeof(j->state) - 1);
	while ((line = strtok_r(NULL, "\n", &save)))
		note(&c->report, "state: %s", line);
	bytes_free(&b);
	return true;
}

/**
 * jump_read() - all that the verdict needs
 * @c: context; told about errors, which alone make the verdict "unknown"
 * @j: result, for jump_free()
 */
void jump_read(struct context *c, struct jump *j)
{
	struct census census;

	memset(j, 0, sizeof(*j));
	read_state(c, j);
	attr_read_line(c, "policy", j->policy, sizeof(j->policy));
	attr_read_line(c, "on_unsafe", j->on_unsafe, sizeof(j->on_unsafe));
	host_read_memory(c, &j->memory);
	host_read_image(c, &j->image);
	negotiation_read(c, &j->host, &census, &j->memory);
}

/*
 * A degraded module is no reason against: what it cannot return it keeps out,
 * and it looks again right before the jump. But what it may find then ends in a
 * cold reset, and who wants none must be told now.
 */
static void check_state(struct context *c, const char *state, const char *on_unsafe)
{
	if (!strcmp(state, "degraded") && !strcmp(on_unsafe, "refuse"))
		refuse(&c->report, "not all is known (state: degraded), and on_unsafe is refuse: the jump could become a cold reset");
	if (!strcmp(state, "shutdown"))
		refuse(&c->report, "the host is already shutting down");
	else if (strcmp(state, "ready") && strcmp(state, "degraded") &&
		 strcmp(state, "unsupported"))
		fail(&c->report, "%s/state: \"%s\" is not understood; is this ccp_ext of the same release?",
		     c->ccp_ext, state);
}

/* Without SEV, SNP and anything that is kept out, an image of kexec(8) does all that one of ours would. */
static bool nothing_to_guard(const struct jump *j)
{
	return !strcmp(j->state, "unsupported") && host_image_is(&j->image, "foreign") &&
	       !j->memory.quarantine[QUARANTINE_NOW].nr && !j->memory.quarantine[QUARANTINE_NEXT].nr;
}

static void check_image(struct context *c, const struct host_image *i)
{
	const char *text;
	int length;

	if (!i->committed) {
		refuse(&c->report, "the loaded kernel is not the one in the landing zone: kexec -l loaded it, or a load was cut off; load it with: snp-kexec load KERNEL");
		return;
	}
	text = i->check.size ? (const char *)i->check.data : "";
	length = (int)strcspn(text, "\n");
	if (host_image_is(i, "clean"))
		return;
	/* One that went dirty, that is not ours, or that is no longer whole. */
	if (host_image_is(i, "dirty") || host_image_is(i, "foreign") ||
	    host_image_is(i, "corrupt"))
		refuse(&c->report, "the loaded image may not be started: %.*s; load it again",
		       length, text);
	else
		fail(&c->report, "%s/image: nobody vouches for the loaded image (%.*s); load it again",
		     c->ccp_ext, length, text);
}

static void check_memory(struct context *c, const struct jump *j)
{
	const struct host_memory *m = &j->memory;

	if (!m->region.pa || !m->region.size)
		refuse(&c->report, "%s", inplace_strerror(INPLACE_ERR_NO_REGION));
	if (!m->zone.pa || !m->zone.size)
		refuse(&c->report, "%s", inplace_strerror(INPLACE_ERR_NO_ZONE));
	host_check_kept_out(c, m, "the hand-over region", m->region.pa,
			    m->region.size);
	if (j->image.committed)
		host_check_kept_out(c, m, "the image", m->zone.pa,
				    j->image.size);
}

/* The policy, or what is there for it to apply to, may have changed since the load. */
static void check_features(struct context *c, const struct jump *j)
{
	/* what the kernel itself must know was looked at when it was loaded */
	const struct nego_image image = {
		.setup_indirect = NEGO_CAN, .snp_host = NEGO_CAN,
		.says = j->image.features, .features = j->image.features,
	};
	struct nego_matrix matrix;

	negotiate(&matrix, &j->host, &image);
	negotiation_judge(c, &matrix);
}

/**
 * jump_check() - judge what jump_read() found
 * @c: context; told every reason why not
 * @j: filled by jump_read()
 */
void jump_check(struct context *c, const struct jump *j)
{
	if (c->report.verdict == VERDICT_UNKNOWN)
		return;
	check_state(c, j->state, j->on_unsafe);
	if (j->image.loaded && nothing_to_guard(j))
		return;
	if (host_check_loaded(c, j->image.loaded))
		check_image(c, &j->image);
	check_memory(c, j);
	if (j->image.committed)
		check_features(c, j);
}

/** jump_free() - frees what jump_read() took */
void jump_free(struct jump *j)
{
	host_free(&j->memory, &j->image);
}
