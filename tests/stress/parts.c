// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each host is driven by a process of its own, in a run directory of its own below the run's; what they
 * have found is put together when all are over.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lib/machine.h>

#include "parts.h"
#include "progress.h"
#include "reduce.h"
#include "rundir.h"
#include "sequence.h"

struct part {
	struct words words;
	char path[400], name[16];
	pid_t pid;
	int status;	/* as of the program */
};

struct parts {
	struct part part[JOBS_MAX];
	unsigned int nr;
	bool ended;	/* the others were told to, because one failed */
};

/* About as many hops for each; a host begins with one that can be started from a boot. */
static void share_out(struct parts *parts, const struct words *words, const char *path)
{
	const struct hopset *set = &words->set;
	size_t begin = 0;

	for (unsigned int k = 0; k < words->jobs; k++) {
		size_t end = set->nr * (k + 1) / words->jobs;
		struct part *part = &parts->part[parts->nr];

		if (end < set->nr)
			end = plan_origin(&words->rules, set->entry[end].hop) - set->entry[0].hop;
		if (end <= begin)
			continue;
		part->words = *words;
		part->words.set = (struct hopset){ .entry = set->entry + begin, .nr = end - begin };
		snprintf(part->path, sizeof(part->path), "%s/part-%u", path, ++parts->nr);
		snprintf(part->name, sizeof(part->name), "stress-%u", parts->nr);
		begin = end;
	}
}

static bool start(struct part *part)
{
	pid_t parent = getpid();
	int status;

	fflush(stdout);
	part->pid = fork();
	if (part->pid)
		return part->pid > 0;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(2);
	setvbuf(stdout, NULL, _IOLBF, 0);
	status = sequence_part(&part->words, part->path, part->name);
	fflush(stdout);
	_exit(status);
}

static void end_others(struct parts *parts)
{
	parts->ended = true;
	for (unsigned int k = 0; k < parts->nr; k++)
		if (parts->part[k].pid > 0)
			kill(parts->part[k].pid, SIGTERM);
}

static void await(struct parts *parts, bool keep_going)
{
	for (unsigned int left = parts->nr; left;) {
		int status;
		pid_t pid = wait(&status);

		if (pid < 0 && errno != EINTR)
			return;
		/* a signal to this process alone is meant for all */
		if (machine_interrupted() && !parts->ended)
			end_others(parts);
		for (unsigned int k = 0; pid > 0 && k < parts->nr; k++) {
			struct part *part = &parts->part[k];

			if (part->pid != pid)
				continue;
			left--;
			part->pid = 0;
			part->status = WIFEXITED(status) ? WEXITSTATUS(status) : 2;
			if (part->status == 2 || (part->status == 1 && !keep_going))
				end_others(parts);
		}
	}
}

/* The worst of them; that some were told to end because another failed is not the reason. */
static int verdict(const struct parts *parts)
{
	static const int worst[] = { 2, 1, 130 };

	for (size_t i = 0; i < sizeof(worst) / sizeof(worst[0]); i++)
		for (unsigned int k = 0; k < parts->nr; k++)
			if (parts->part[k].status == worst[i])
				return worst[i];
	return 0;
}

static int put_together(struct parts *parts, const struct words *words, const char *path, int rc, struct totals *totals)
{
	static const char * const states[] = { "done", "failed" };
	const char *from[JOBS_MAX];
	char why[700];

	for (unsigned int k = 0; k < parts->nr; k++)
		from[k] = parts->part[k].path;
	if (!rundir_gather(path, words, from, parts->nr, rc < 2 ? states[rc] : "interrupted", totals, why, sizeof(why)))
		return rc;
	fprintf(stderr, "stress: %s\n", why);
	return 2;
}

/* As if the host that failed had been the only one: its stretch of the hops, up to the one that failed. */
static void shrink(const struct parts *parts, const char *path)
{
	static struct result failed;
	unsigned int hop = rundir_first_failure(path, &failed);
	const char *how;
	char *command;

	for (unsigned int k = 0; hop && k < parts->nr; k++) {
		const struct words *words = &parts->part[k].words;
		unsigned int first = words->set.entry[0].hop;

		if (hop < first || hop >= first + words->set.nr)
			continue;
		command = reduce_and_tell(words, &failed, words->set.entry, hop - first + 1, &how);
		rundir_shortest_of(path, how, command);
		free(command);
	}
}

int parts_run(const struct words *words)
{
	static struct parts parts;
	struct progress progress;
	struct totals *totals = &progress.totals;
	char path[350];
	int rc;

	memset(&parts, 0, sizeof(parts));
	sequence_directory(words, path, sizeof(path));
	share_out(&parts, words, path);
	progress_begin(&progress, words->set.nr, 0, &(struct totals){ 0 });
	printf("%u hosts:", parts.nr);
	for (unsigned int k = 0; k < parts.nr; k++)
		printf(" hops %u to %u%s", parts.part[k].words.set.entry[0].hop,
		       parts.part[k].words.set.entry[parts.part[k].words.set.nr - 1].hop, k + 1 < parts.nr ? "," : "\n");
	for (unsigned int k = 0; k < parts.nr; k++)
		if (!start(&parts.part[k])) {
			fprintf(stderr, "stress: fork: %s\n", strerror(errno));
			end_others(&parts);
			return 2;
		}
	await(&parts, words->keep_going);
	rc = put_together(&parts, words, path, verdict(&parts), totals);
	if (rc == 1 && words->shrink && !words->keep_going)
		shrink(&parts, path);
	if (rc < 2) {
		/* of the hosts together: how long this took is the clock's business */
		totals->seconds = 0;
		progress_end(&progress, words->rules.seed);
	} else if (rc == 130) {
		printf("interrupted after %u of %zu hops; the same command goes on with them\n",
		       totals->survived + totals->failed, words->set.nr);
	}
	return rc;
}
