/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine under test, seen from the host: QEMU in the foreground of a child process, a control
 * channel to the emulated hardware, and a verdict channel to the agent inside. Every wait has a
 * time-out; a machine that has died is a result like any other.
 */
#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "channel.h"

#define MACHINE_SETS_MAX	8
#define MACHINE_EVENTS_MAX	64
#define MACHINE_OUTPUT_BYTES	(64 << 10)

enum machine_result {
	MACHINE_OK = 0,
	MACHINE_TIMEOUT,	/* nothing came in time */
	MACHINE_DIED,		/* QEMU ended: reset, triple fault, panic, or killed */
	MACHINE_REFUSED,	/* the control channel answered with an error */
	MACHINE_BROKEN,		/* could not even be started, or spoke nonsense */
	MACHINE_INTERRUPTED,	/* Ctrl-C */
};

struct machine_config {
	const char *name;	/* directory of the logs below build/out */
	const char *profile;	/* "milan", "rome" or "none"; NULL: milan */
	const char *memory;	/* NULL: "2G" */
	int processors;		/* 0: 2 */
	const char *series;	/* kernel to boot: "6.1", "6.12" or "7.3"; NULL: 6.12 */
	const char *append;	/* more words for the command line, or NULL */
	bool pristine;		/* the QEMU that Debian ships, for profile "none" */
	bool efi;		/* started by UEFI, not by a BIOS */
	const char *boot;	/* disk with the next kernels; NULL: boot.tar */
	const char *host;	/* a whole host instead of a kernel of ours: directory with vmlinuz, initrd.img, disk; NULL: none */
	const char *disk;	/* one more, a file in the build directory, read only; NULL: none */
	int out_mb;		/* 0: none; one more, empty, which can be written: the file "disk" beside the logs */
	const char *sets[MACHINE_SETS_MAX];	/* --set arguments */
	const char *arguments[MACHINE_SETS_MAX];	/* QEMU's own, behind all others */
	bool pauses;		/* ... instead of ending when the kernel powers off, for a last look */
	bool reboots;		/* ... and boots again after a reset */
	bool monitor;		/* QEMU's own, too: machine_monitor() */
};

struct machine_hello {
	char release[64];
	int64_t boot_ms;
	bool ccp_ext;
	int64_t received_ms;	/* clock_ms() when it came */
};

struct machine {
	const char *name;
	char logs[256];		/* directory */
	char sockets[64];	/* private temporary directory */
	int pid, pidfd;
	int lock;		/* its logs are nobody else's */
	struct channel control, verdict, monitor;
	int64_t console_offset;	/* where machine_console_has() begins to look */
	int next_id;
	struct machine_hello hello;
	unsigned int hellos;	/* kernels that came up so far */
	struct json_object *control_answer, *verdict_answer, *monitor_answer;
	struct json_object *events[MACHINE_EVENTS_MAX];
	unsigned int nr_events;
	char error[256];	/* what the last function that failed has to say */
};

/**
 * machine_catch_signals() - let SIGINT, SIGTERM and SIGHUP end all machines and all waits
 *
 * Call once. Logs stay. machine_interrupted() tells afterwards.
 */
void machine_catch_signals(void);
bool machine_interrupted(void);

/**
 * machine_start() - boot; does not wait for the agent
 *
 * Return: MACHINE_OK, or the reason, with @m->error filled. Call machine_stop() in any case.
 */
enum machine_result machine_start(struct machine *m, const struct machine_config *config);

/**
 * machine_keep_cores() - let each machine from now on that ends by resetting itself leave its memory
 *
 * In the file "core" beside the logs, a page of zeros a hole, the last writes of devices in "core.dma", and
 * the registers of each CPU that was reset in "core.cpus".
 */
void machine_keep_cores(void);

/** machine_forget_core() - remove what machine_keep_cores() let a machine leave */
void machine_forget_core(const struct machine *m);

/** machine_stop() - end QEMU by its process id, remove the sockets, keep the logs */
void machine_stop(struct machine *m);

/**
 * machine_wait_hello() - wait until a kernel's agent reports
 * @known:      how many kernels had reported before (@m->hellos at that time)
 * @timeout_ms: how long
 * @tick:       called about every 50 ms while waiting; false ends the wait. Or NULL
 * @context:    for @tick
 *
 * Return: MACHINE_OK with @m->hello filled, MACHINE_DIED, MACHINE_TIMEOUT or MACHINE_INTERRUPTED.
 */
enum machine_result machine_wait_hello(struct machine *m, unsigned int known, int timeout_ms,
				       bool (*tick)(struct machine *m, void *context), void *context);

/** machine_wait_exit() - wait until QEMU has ended by itself: MACHINE_OK or MACHINE_TIMEOUT */
enum machine_result machine_wait_exit(struct machine *m, int timeout_ms);

/** machine_wait_event() - wait until the machine tells of one of this kind */
enum machine_result machine_wait_event(struct machine *m, const char *kind, int timeout_ms);

/**
 * machine_run() - run a shell command inside and wait for it
 * @timeout_s: for the command itself
 * @rc:        its exit status
 * @output:    MACHINE_OUTPUT_BYTES for what it printed, or NULL
 * @format:    the command
 */
enum machine_result machine_run(struct machine *m, int timeout_s, int *rc, char *output,
				const char *format, ...) __attribute__((format(printf, 5, 6)));

/** machine_run_async() - start a command inside that is not expected to return: a jump */
enum machine_result machine_run_async(struct machine *m, const char *command);

/**
 * machine_control() - ask the emulated hardware
 * @arguments: reference is taken; may be NULL
 * @answer:    the "return" object, to be put by the caller; NULL if it does not matter
 */
enum machine_result machine_control(struct machine *m, const char *execute,
				    struct json_object *arguments, struct json_object **answer);

/**
 * machine_monitor() - ask QEMU itself, by QMP: to plug a device, for instance
 * @arguments: reference is taken; may be NULL
 */
enum machine_result machine_monitor(struct machine *m, const char *execute, struct json_object *arguments);

/** machine_event() - the first pushed event of this kind, or NULL. The reference stays ours. */
struct json_object *machine_event(const struct machine *m, const char *kind);

/** machine_forget_events() - events so far are no longer of interest */
void machine_forget_events(struct machine *m);

/** machine_console_skip() - forget what the console has printed so far */
void machine_console_skip(struct machine *m);

/**
 * machine_console_has() - has a line with @text been printed since machine_console_skip()?
 *
 * For the moment of a look at the machine, never for a verdict.
 */
bool machine_console_has(struct machine *m, const char *text);

/** machine_result_name() - for messages */
const char *machine_result_name(enum machine_result result);

#endif
