// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lock.h"
#include "machine.h"
#include "spawn.h"

#define MACHINES_MAX 4

/* panic: a kernel that has lost its way resets the machine at once, and --no-reboot ends QEMU */
/* no_timer_check: a busy host may keep the timer's interrupt from the check for longer than it waits */
#define CMDLINE "console=ttyS0 no_timer_check panic=-1 oops=panic"

static bool keep_cores;
/* for the signal handler, which may touch nothing else */
static volatile sig_atomic_t interrupted;
static volatile sig_atomic_t running[MACHINES_MAX];

static void handle_signal(int sig)
{
	(void)sig;
	interrupted = 1;
	for (int i = 0; i < MACHINES_MAX; i++)
		if (running[i] > 0)
			kill(running[i], SIGKILL);
}

void machine_catch_signals(void)
{
	struct sigaction action = { .sa_handler = handle_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

bool machine_interrupted(void)
{
	return interrupted;
}

static void remember(int pid)
{
	for (int i = 0; i < MACHINES_MAX; i++) {
		if (running[i] <= 0) {
			running[i] = pid;
			break;
		}
	}
}

static void unlink_log(const struct machine *m, const char *name)
{
	char path[sizeof(m->logs) + 16];

	snprintf(path, sizeof(path), "%s/%s", m->logs, name);
	unlink(path);
}

static void forget(int pid)
{
	for (int i = 0; i < MACHINES_MAX; i++)
		if (running[i] == pid)
			running[i] = 0;
}

bool spawn_has_ended(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return pidfd < 0 || poll(&p, 1, 0) > 0;
}

void machine_keep_cores(void)
{
	keep_cores = true;
}

void machine_forget_core(const struct machine *m)
{
	unlink_log(m, "core");
	unlink_log(m, "core.dma");
	unlink_log(m, "core.cpus");
}

bool spawn_has_control(const struct machine_config *config)
{
	return !config->profile || strcmp(config->profile, "none");
}

static int make_directories(struct machine *m, const char *build)
{
	const char *tmp = getenv("TMPDIR");
	char out[sizeof(m->logs)];

	snprintf(out, sizeof(out), "%s/out", build);
	snprintf(m->logs, sizeof(m->logs), "%s/out/%s", build, m->name);
	if ((mkdir(build, 0777) && errno != EEXIST) || (mkdir(out, 0777) && errno != EEXIST) ||
	    (mkdir(m->logs, 0777) && errno != EEXIST))
		return -1;
	/* a unix socket's path is short, so a long TMPDIR will not do */
	if (!tmp || strlen(tmp) > 40)
		tmp = "/tmp";
	snprintf(m->sockets, sizeof(m->sockets), "%s/snp-test.XXXXXX", tmp);
	if (!mkdtemp(m->sockets)) {
		m->sockets[0] = '\0';
		return -1;
	}
	return 0;
}

/* Logs of an earlier run would be taken for this one's. */
static void clear_logs(struct machine *m)
{
	static const char * const names[] = { "console.log", "qemu.log", "control.log", "verdict.log", "monitor.log" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink_log(m, names[i]);
	machine_forget_core(m);
}

struct arguments {
	const char *v[64];
	char text[64][512];
	int n;
};

static void add(struct arguments *a, const char *option, const char *format, const char *first,
		const char *second)
{
	a->v[a->n++] = option;
	if (!format)
		return;
	snprintf(a->text[a->n], sizeof(a->text[0]), format, first, second);
	a->v[a->n] = a->text[a->n];
	a->n++;
}

/* What it boots, and from which disk it takes what it goes on to. */
static void add_host(struct arguments *a, const struct machine_config *config, const char *build)
{
	const char *series = config->series ? config->series : "6.12";

	if (config->host) {
		add(a, "--kernel", "%s/vmlinuz", config->host, NULL);
		add(a, "--initrd", "%s/initrd.img", config->host, NULL);
		add(a, "--disk", "%s/disk", config->host, NULL);
		return;
	}
	add(a, "--kernel", "%s/kernels/%s/vmlinuz", build, series);
	add(a, "--initrd", "%s/initramfs/%s.img", build, series);
	add(a, "--disk", "%s/%s,ro", build, config->boot ? config->boot : "boot.tar");
}

static void fill_arguments(struct arguments *a, const struct machine *m,
			   const struct machine_config *config, const char *build)
{
	char processors[16];

	add(a, "tests/machine/snp-machine", NULL, NULL, NULL);
	add(a, "--profile", "%s", config->profile ? config->profile : "milan", NULL);
	if (config->pristine)
		add(a, "--pristine", NULL, NULL, NULL);
	add(a, "--memory", "%s", config->memory ? config->memory : "2G", NULL);
	snprintf(processors, sizeof(processors), "%d", config->processors ? config->processors : 2);
	add(a, "--smp", "%s", processors, NULL);
	add_host(a, config, build);
	add(a, "--append", CMDLINE "%s%s", config->append ? " " : "",
	    config->append ? config->append : "");
	if (config->efi)
		add(a, "--bios", "%s/ovmf/OVMF.fd", build, NULL);
	if (config->disk)
		add(a, "--disk", "%s/%s,ro", build, config->disk);
	if (config->out_mb)
		add(a, "--disk", "%s/disk", m->logs, NULL);
	if (spawn_has_control(config))
		add(a, "--control", "%s/control", m->sockets, NULL);
	add(a, "--verdict", "%s/verdict", m->sockets, NULL);
	add(a, "--console", "%s/console.log", m->logs, NULL);
	if (!config->reboots)
		add(a, "--no-reboot", NULL, NULL, NULL);
	for (int i = 0; i < MACHINE_SETS_MAX && config->sets[i]; i++)
		add(a, "--set", "%s", config->sets[i], NULL);
	if (keep_cores && spawn_has_control(config))
		add(a, "--set", "core=%s/core", m->logs, NULL);
	add(a, "--", NULL, NULL, NULL);
	if (keep_cores) {
		/* a triple fault is told from a reset that was asked for, with the registers */
		add(a, "-d", "%s", "cpu_reset", NULL);
		add(a, "-D", "%s/core.cpus", m->logs, NULL);
	}
	if (config->pauses)
		add(a, "-no-shutdown", NULL, NULL, NULL);
	if (config->monitor)
		add(a, "-qmp", "unix:%s/monitor,server=on,wait=off", m->sockets, NULL);
	for (int i = 0; i < MACHINE_SETS_MAX && config->arguments[i]; i++)
		add(a, config->arguments[i], NULL, NULL, NULL);
	a->v[a->n] = NULL;
}

static void run_child(const struct machine *m, struct arguments *a, int parent)
{
	char path[sizeof(m->logs) + 16];
	int log, null;

	/* no machine outlives its driver, even if that is killed without a chance to clean up */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	/* Ctrl-C is the driver's business */
	setpgid(0, 0);
	snprintf(path, sizeof(path), "%s/qemu.log", m->logs);
	log = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	null = open("/dev/null", O_RDONLY);
	if (log < 0 || null < 0)
		_exit(127);
	dup2(null, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	dprintf(STDERR_FILENO, "+");
	for (int i = 0; a->v[i]; i++)
		dprintf(STDERR_FILENO, " '%s'", a->v[i]);
	dprintf(STDERR_FILENO, "\n");
	execv(a->v[0], (char **)a->v);
	dprintf(STDERR_FILENO, "%s: %s\n", a->v[0], strerror(errno));
	_exit(127);
}

/* Holes until somebody writes there. */
static int make_disk(const struct machine *m, int mb)
{
	char path[sizeof(m->logs) + 16];
	int fd, rc;

	if (!mb)
		return 0;
	snprintf(path, sizeof(path), "%s/disk", m->logs);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (fd < 0)
		return -1;
	rc = ftruncate(fd, (off_t)mb << 20);
	close(fd);
	return rc;
}

int spawn_machine(struct machine *m, const struct machine_config *config)
{
	const char *build = getenv("BUILD");
	struct arguments arguments = { .n = 0 };
	int parent = getpid();

	if (!build || !*build)
		build = "build";
	if (make_directories(m, build))
		return -1;
	/* two machines would write into the same logs, and each be judged by the other's */
	m->lock = lock_directory(m->logs);
	if (m->lock < 0)
		return -1;
	clear_logs(m);
	if (make_disk(m, config->out_mb))
		return -1;
	fill_arguments(&arguments, m, config, build);
	m->pid = fork();
	if (m->pid < 0)
		return -1;
	if (!m->pid)
		run_child(m, &arguments, parent);
	remember(m->pid);
	m->pidfd = pidfd_open(m->pid, 0);
	return m->pidfd < 0 ? -1 : 0;
}

void spawn_end(struct machine *m)
{
	static const char * const names[] = { "control", "verdict", "monitor" };
	char path[sizeof(m->sockets) + 16];

	if (m->pid > 0) {
		kill(m->pid, SIGKILL);
		while (waitpid(m->pid, NULL, 0) < 0 && errno == EINTR)
			;
		forget(m->pid);
		m->pid = -1;
	}
	if (m->pidfd >= 0)
		close(m->pidfd);
	m->pidfd = -1;
	if (m->lock >= 0)
		close(m->lock);
	m->lock = -1;
	if (!m->sockets[0])
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", m->sockets, names[i]);
		unlink(path);
	}
	rmdir(m->sockets);
	m->sockets[0] = '\0';
}
