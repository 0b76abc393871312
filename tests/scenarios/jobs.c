// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lib/tap.h>

#include "jobs.h"

/* Beyond that the machines' memory is what there may be too little of. */
#define WIDTH_MAX 4

struct job {
	const struct scenario *scenario;
	pid_t pid;		/* 0: free */
	FILE *output;
};

static void report(void *context, const struct run *r, bool ok)
{
	const struct hop *hop = &r->hop;

	(void)context;
	if (!tap_result(ok, r->step->name))
		tap_note("%s\nlogs: %s", r->why, r->machine.logs);
	else if (r->note[0])
		tap_note("%s", r->note);
	else if (hop->jumped && !hop->alive)
		tap_note("%s", hop->death);
	else if (hop->jumped)
		tap_note("%d ms, blackout %lld us, %lld evicted, %lld reclaimed, %lld quarantined",
			 hop->host_ms, hop->blackout_us, hop->evicted, hop_reclaimed(hop),
			 hop->quarantined);
}

static void work(const struct job *job, pid_t parent, const struct jobs_way *way)
{
	static struct run run;

	/* the handlers of machine_catch_signals() then end the machine in an orderly way */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	dup2(fileno(job->output), STDOUT_FILENO);
	scenario_run(&run, job->scenario, way->report, way->context);
	fflush(stdout);
	_exit(0);
}

static bool start(struct job *job, const struct scenario *scenario, const struct jobs_way *way)
{
	pid_t parent = getpid();

	job->scenario = scenario;
	job->output = tmpfile();
	if (!job->output)
		return false;
	fflush(stdout);
	job->pid = fork();
	if (!job->pid)
		work(job, parent, way);
	return job->pid > 0;
}

/* Repeats a worker's verdicts as ours, so that they are numbered and counted once. */
static void collect(void *context, const struct scenario *s, FILE *output)
{
	unsigned int owed = scenario_steps(s);
	char line[8192], *name;

	(void)context;
	tap_note("%s: %s", s->name, s->title);
	while (fgets(line, sizeof(line), output)) {
		line[strcspn(line, "\n")] = '\0';
		name = strstr(line, " - ");
		if (name && owed && (!strncmp(line, "ok ", 3) || !strncmp(line, "not ok ", 7))) {
			tap_result(line[0] == 'o', name + 3);
			owed--;
		} else {
			puts(line);
		}
	}
	for (; owed; owed--)
		tap_result(false, s->name);
}

static struct job *with_pid(struct job *jobs, unsigned int width, pid_t pid)
{
	for (unsigned int i = 0; i < width; i++)
		if (jobs[i].pid == pid)
			return &jobs[i];
	return NULL;
}

void jobs_run_by(const struct scenario * const *list, unsigned int width, const struct jobs_way *way)
{
	struct job *jobs = calloc(width, sizeof(*jobs)), *job;
	unsigned int running = 0;
	pid_t pid;

	if (!jobs)
		return;
	while (*list || running) {
		while (*list && running < width && !machine_interrupted()) {
			job = with_pid(jobs, width, 0);
			if (start(job, *list++, way)) {
				running++;
				continue;
			}
			perror("scenarios: cannot start a worker");
			free(jobs);
			return;
		}
		if (!running)
			break;
		pid = wait(NULL);
		/* a signal may have come to us alone: the workers are to hear of it too */
		if (machine_interrupted())
			for (unsigned int i = 0; i < width; i++)
				if (jobs[i].pid)
					kill(jobs[i].pid, SIGTERM);
		job = pid > 0 ? with_pid(jobs, width, pid) : NULL;
		if (!job)
			continue;
		rewind(job->output);
		way->collect(way->context, job->scenario, job->output);
		fclose(job->output);
		*job = (struct job){ .pid = 0 };
		running--;
	}
	free(jobs);
}

void jobs_run(const struct scenario * const *list, unsigned int width)
{
	static const struct jobs_way tap = { .report = report, .collect = collect };

	jobs_run_by(list, width, &tap);
}

unsigned int jobs_width(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus < 1 ? 1 : cpus > WIDTH_MAX ? WIDTH_MAX : cpus;
}
