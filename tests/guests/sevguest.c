// SPDX-License-Identifier: GPL-2.0-only
/*
 * sevguest - launch SEV, SEV-ES or SNP guests that are never run
 *
 * One process a guest, as with any VMM: whoever ends a guest ends its process. Or all in this one, so
 * that there can be as many as the firmware takes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/mempolicy.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch.h"
#include "record.h"

#define GUESTS_MAX 4096
#define FILES_PER_GUEST 8
#define RECORDS_MAX 8
#define NODES_MAX 64
/* AMD SEV firmware status */
#define RESOURCE_LIMIT 0x17

static const char * const kind_names[] = { "sev", "sev-es", "snp" };
static const char * const left_names[] = { "", "launch", "send", "receive" };

struct options {
	struct guest_config guest;
	unsigned int count;
	const char *read, *write;	/* files that its VMM then goes on to use; NULL: none */
	uint64_t nodes;			/* whose memory is taken as long as there is some, a bit each; 0: any */
	bool until_refused;
	bool together;
	bool hold;
	bool json;
	const char *records[RECORDS_MAX];
	unsigned int nr_records;
};

static const char usage_text[] =
	"usage: sevguest --kind sev|sev-es|snp [--count N|max] [--size MIB | --pages N] [--policy HEX]\n"
	"                [--spread MIB] [--leave launch|send|receive] [--read FILE] [--write FILE]\n"
	"                [--node N] [--large] [--together] [--record FILE]... [--hold] [--json]\n"
	"Launches N guests (default 1; max: until there is no ASID or context left) of MIB mebibytes\n"
	"(default 16, a multiple of 2) or N pages through /dev/kvm, without running them: each in a\n"
	"process of its own, or --together in one. With --hold they live until this program is ended.\n"
	"--read, --write: a launched guest's process then reads or writes FILE over and over, in two threads.\n"
	"--spread: of an SNP guest's memory only one page in so many mebibytes becomes the guest's.\n"
	"--node: of this NUMA node's memory, as long as there is some.\n"
	"--large: memory of SEV and SEV-ES guests is of pages of 2 MiB, as far as there are any.\n"
	"--leave: guests are left in the middle of that; send and receive are for kind sev.\n"
	"--record: once launched, a guest's process writes FILE to /dev/ccp_ext_record.\n"
	"Exit status: 0 all launched, 1 a launch failed, 2 wrong usage.\n";

static bool parse_number(const char *text, int base, uint64_t low, uint64_t high, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, base);
	return !errno && end != text && !*end && *text != '-' && *value >= low && *value <= high;
}

static void usage(const char *why)
{
	if (why)
		fprintf(stderr, "sevguest: %s\n", why);
	fputs(usage_text, why ? stderr : stdout);
	exit(why ? 2 : 0);
}

static void parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longopts[] = {
		{ "together", no_argument, NULL, 't' },	  { "pages", required_argument, NULL, 'P' },
		{ "kind", required_argument, NULL, 'k' }, { "count", required_argument, NULL, 'c' },
		{ "size", required_argument, NULL, 's' }, { "policy", required_argument, NULL, 'p' },
		{ "hold", no_argument, NULL, 'h' },	  { "json", no_argument, NULL, 'j' },
		{ "spread", required_argument, NULL, 'S' }, { "help", no_argument, NULL, 'H' },
		{ "leave", required_argument, NULL, 'l' },
		{ "read", required_argument, NULL, 'r' }, { "write", required_argument, NULL, 'w' },
		{ "record", required_argument, NULL, 'R' }, { "large", no_argument, NULL, 'L' },
		{ "node", required_argument, NULL, 'n' },
		{ NULL },
	};
	bool have_kind = false;
	uint64_t number;
	int c;

	while ((c = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		switch (c) {
		case 'k':
			for (int i = 0; i < 3; i++) {
				if (!strcmp(optarg, kind_names[i])) {
					o->guest.kind = i;
					have_kind = true;
				}
			}
			if (!have_kind)
				usage("--kind is sev, sev-es or snp");
			break;
		case 'c':
			o->until_refused = !strcmp(optarg, "max");
			number = GUESTS_MAX;
			if (!o->until_refused && !parse_number(optarg, 10, 1, GUESTS_MAX, &number))
				usage("--count is a number from 1 to 4096, or max");
			o->count = number;
			break;
		case 's':
			if (!parse_number(optarg, 10, 2, 1 << 20, &number) || number % 2)
				usage("--size is an even number of MiB from 2 on");
			o->guest.size = number << 20;
			break;
		case 'P':
			if (!parse_number(optarg, 10, 1, 1 << 28, &number))
				usage("--pages is a number from 1 on");
			o->guest.size = number << 12;
			break;
		case 'S':
			if (!parse_number(optarg, 10, 1, 1 << 20, &number))
				usage("--spread is a number of MiB from 1 on");
			o->guest.spread = number << 20;
			break;
		case 'n':
			if (!parse_number(optarg, 10, 0, NODES_MAX - 1, &number))
				usage("--node is a number from 0 to 63");
			o->nodes = 1ULL << number;
			break;
		case 'r':
			o->read = optarg;
			break;
		case 'w':
			o->write = optarg;
			break;
		case 'R':
			if (o->nr_records == RECORDS_MAX)
				usage("--record can be given 8 times");
			o->records[o->nr_records++] = optarg;
			break;
		case 'L':
			o->guest.large = true;
			break;
		case 't':
			o->together = true;
			break;
		case 'l':
			for (int i = LEFT_IN_LAUNCH; i <= LEFT_IN_RECEIVE; i++)
				if (!strcmp(optarg, left_names[i]))
					o->guest.left = i;
			if (!o->guest.left)
				usage("--leave is launch, send or receive");
			break;
		case 'p':
			if (!parse_number(optarg, 16, 1, UINT64_MAX, &o->guest.policy))
				usage("--policy is a hexadecimal number");
			break;
		case 'h':
			o->hold = true;
			break;
		case 'j':
			o->json = true;
			break;
		case 'H':
			usage(NULL);
			break;
		default:
			usage("see the options below");
		}
	}
	if (!have_kind)
		usage("--kind is missing");
	if (optind < argc)
		usage("there are no arguments beside options");
	if (o->guest.spread && o->guest.kind != GUEST_SNP)
		usage("--spread is for SNP guests");
	if (o->guest.left > LEFT_IN_LAUNCH && o->guest.kind != GUEST_SEV)
		usage("--leave send and receive are for kind sev");
	if (o->together && (o->read || o->write))
		usage("--read and --write are for guests in processes of their own");
	if (o->until_refused && !o->together)
		usage("--count max wants --together");
}

#define BUSY_BYTES	(8 << 20)

static char busy_bytes[BUSY_BYTES] __attribute__((aligned(4096)));

static void *read_for_ever(void *path)
{
	static char text[2][4096];
	static int threads;
	char *buffer = text[__atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED) % 2];

	for (;;) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		while (fd >= 0 && read(fd, buffer, sizeof(text[0])) > 0)
			;
		close(fd);
	}
	return NULL;
}

/* Past the page cache: the thread waits for the device itself. */
static void *write_for_ever(void *path)
{
	int fd = open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);

	while (fd >= 0 && pwrite(fd, busy_bytes, sizeof(busy_bytes), 0) > 0)
		;
	perror(path);
	return NULL;
}

static void be_busy(const struct options *o)
{
	pthread_t thread;

	for (int i = 0; i < 2; i++) {
		if (o->read)
			pthread_create(&thread, NULL, read_for_ever, (void *)o->read);
		if (o->write)
			pthread_create(&thread, NULL, write_for_ever, (void *)o->write);
	}
}

static int send_records(const struct options *o, struct launch_error *error)
{
	for (unsigned int i = 0; i < o->nr_records; i++)
		if (record_send(o->records[i], error))
			return -1;
	return 0;
}

/* The guest's own process: launch, say so, live until the parent is gone or lets go. */
static void guest_process(const struct options *o, const struct guest_config *config, int report,
			  int release)
{
	struct launch_error error = { 0 };
	char byte;

	if (!guest_launch(config, &error))
		send_records(o, &error);
	if (write(report, &error, sizeof(error)) != sizeof(error))
		_exit(1);
	if (!error.step)
		be_busy(o);
	while (!error.step && read(release, &byte, 1) < 0 && errno == EINTR)
		;
	_exit(error.step ? 1 : 0);
}

static void print_guest(const struct options *o, const struct guest_config *config, pid_t pid)
{
	if (o->json)
		printf("{\"guest\":%u,\"kind\":\"%s\",\"pid\":%d,\"pages\":%llu}\n", config->index,
		       kind_names[config->kind], (int)pid,
		       (unsigned long long)(config->size >> 12));
	else
		printf("guest %u: %s, process %d, %llu MiB\n", config->index,
		       kind_names[config->kind], (int)pid,
		       (unsigned long long)(config->size >> 20));
	fflush(stdout);
}

static void print_error(const struct options *o, unsigned int index, const struct launch_error *e)
{
	if (o->json)
		printf("{\"guest\":%u,\"error\":\"%s\",\"errno\":%d,\"fw_status\":%u}\n", index,
		       e->step, e->errnum, e->fw_status);
	else
		fprintf(stderr, "sevguest: guest %u: %s: %s, firmware status %#x\n", index,
			e->step, strerror(e->errnum), e->fw_status);
	fflush(stdout);
}

static int start_guest(const struct options *o, unsigned int index, const int release[2])
{
	struct guest_config config = o->guest;
	struct launch_error error = { .step = "the guest's process ended early" };
	int report[2];
	pid_t pid;

	config.index = index;
	if (pipe(report) < 0)
		return -1;
	pid = fork();
	if (pid < 0) {
		perror("sevguest: fork");
		return -1;
	}
	if (!pid) {
		close(report[0]);
		close(release[1]);
		guest_process(o, &config, report[1], release[0]);
	}
	close(report[1]);
	/* the pointer inside is good here too: child and parent are the same program image */
	if (read(report[0], &error, sizeof(error)) < 0)
		error.errnum = errno;
	close(report[0]);
	if (error.step) {
		print_error(o, index, &error);
		return -1;
	}
	print_guest(o, &config, pid);
	return 0;
}

/* There is nothing left to make one of: what KVM and what the firmware says then. */
static bool refused(const struct launch_error *e)
{
	return e->errnum == EBUSY || e->fw_status == RESOURCE_LIMIT;
}

static int start_together(struct options *o)
{
	struct rlimit files = { GUESTS_MAX * FILES_PER_GUEST, GUESTS_MAX * FILES_PER_GUEST };

	struct launch_error error = { 0 };

	setrlimit(RLIMIT_NOFILE, &files);
	for (unsigned int i = 0; i < o->count; i++) {
		struct guest_config config = o->guest;

		config.index = i;
		if (!guest_launch(&config, &error))
			continue;
		if (!i || !o->until_refused || !refused(&error)) {
			print_error(o, i, &error);
			return -1;
		}
		o->count = i;
	}
	if (!send_records(o, &error))
		return 0;
	print_error(o, 0, &error);
	return -1;
}

static int start_each(struct options *o, const int release[2])
{
	for (unsigned int i = 0; i < o->count; i++)
		if (start_guest(o, i, release))
			return -1;
	return 0;
}

static void stop(int sig)
{
	(void)sig;
}

int main(int argc, char **argv)
{
	struct options o = { .count = 1, .guest.size = 16 << 20 };
	struct sigaction action = { .sa_handler = stop };
	int release[2], rc = 0;

	parse_options(argc, argv, &o);
	if (o.nodes && syscall(SYS_set_mempolicy, MPOL_PREFERRED, &o.nodes, NODES_MAX + 1)) {
		perror("sevguest: --node");
		return 1;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	if (pipe(release) < 0) {
		perror("sevguest: pipe");
		return 1;
	}
	rc = (o.together ? start_together(&o) : start_each(&o, release)) ? 1 : 0;
	if (!rc) {
		printf(o.json ? "{\"ready\":%u}\n" : "%u ready\n", o.count);
		fflush(stdout);
		/* returns early when each guest was ended by somebody else */
		if (o.hold && o.together)
			pause();
		else if (o.hold)
			while (wait(NULL) > 0)
				;
	}
	/* children see the end of this pipe and leave, which takes their guests down */
	close(release[1]);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	return rc;
}
