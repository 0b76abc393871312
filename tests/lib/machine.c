// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "machine.h"
#include "spawn.h"

#define CONNECT_TIMEOUT_MS	20000
#define CONTROL_TIMEOUT_MS	20000
/* beyond a command's own time-out: a busy emulator answers late */
#define RUN_GRACE_MS		30000
#define TICK_MS			50

static enum machine_result fail(struct machine *m, enum machine_result result, const char *what)
{
	if (machine_interrupted())
		result = MACHINE_INTERRUPTED;
	snprintf(m->error, sizeof(m->error), "%s: %s (logs in %s)", what,
		 machine_result_name(result), m->logs);
	return result;
}

const char *machine_result_name(enum machine_result result)
{
	static const char * const names[] = {
		[MACHINE_OK] = "well",
		[MACHINE_TIMEOUT] = "no answer in time",
		[MACHINE_DIED] = "the machine died",
		[MACHINE_REFUSED] = "refused",
		[MACHINE_BROKEN] = "broken",
		[MACHINE_INTERRUPTED] = "interrupted",
	};

	return names[result];
}

static bool gave_up(void *context)
{
	struct machine *m = context;

	return machine_interrupted() || spawn_has_ended(m->pidfd);
}

enum machine_result machine_start(struct machine *m, const struct machine_config *config)
{
	int64_t deadline = clock_ms() + CONNECT_TIMEOUT_MS;
	char path[sizeof(m->sockets) + 16], log[sizeof(m->logs) + 16];

	*m = (struct machine){ .name = config->name, .pid = -1, .pidfd = -1, .lock = -1 };
	m->control.fd = -1;
	m->verdict.fd = -1;
	m->monitor.fd = -1;
	if (spawn_machine(m, config))
		return fail(m, MACHINE_BROKEN, errno == EBUSY ? "another run has a machine of this name: wait for its end" :
			    "starting tests/machine/snp-machine");
	snprintf(path, sizeof(path), "%s/control", m->sockets);
	snprintf(log, sizeof(log), "%s/control.log", m->logs);
	if (spawn_has_control(config) &&
	    channel_open(&m->control, path, log, deadline, gave_up, m))
		return fail(m, MACHINE_BROKEN, "connecting to the control socket");
	snprintf(path, sizeof(path), "%s/verdict", m->sockets);
	snprintf(log, sizeof(log), "%s/verdict.log", m->logs);
	if (channel_open(&m->verdict, path, log, deadline, gave_up, m))
		return fail(m, MACHINE_BROKEN, "connecting to the verdict socket");
	snprintf(path, sizeof(path), "%s/monitor", m->sockets);
	snprintf(log, sizeof(log), "%s/monitor.log", m->logs);
	if (config->monitor &&
	    (channel_open(&m->monitor, path, log, deadline, gave_up, m) ||
	     machine_monitor(m, "qmp_capabilities", NULL)))
		return fail(m, MACHINE_BROKEN, "connecting to the monitor socket");
	return MACHINE_OK;
}

void machine_stop(struct machine *m)
{
	spawn_end(m);
	channel_close(&m->control);
	channel_close(&m->verdict);
	channel_close(&m->monitor);
	machine_forget_events(m);
	json_object_put(m->control_answer);
	json_object_put(m->verdict_answer);
	json_object_put(m->monitor_answer);
	m->monitor_answer = NULL;
	m->control_answer = NULL;
	m->verdict_answer = NULL;
}

static void keep(struct json_object **place, struct json_object *object)
{
	json_object_put(*place);
	*place = json_object_get(object);
}

static void take_control(void *context, struct json_object *object)
{
	struct machine *m = context;

	if (!json_object_object_get_ex(object, "event", NULL))
		keep(&m->control_answer, object);
	else if (m->nr_events < MACHINE_EVENTS_MAX)
		m->events[m->nr_events++] = json_object_get(object);
}

/* Greeting and events have no id. */
static void take_monitor(void *context, struct json_object *object)
{
	struct machine *m = context;

	if (json_object_object_get_ex(object, "id", NULL))
		keep(&m->monitor_answer, object);
}

static void take_verdict(void *context, struct json_object *object)
{
	struct machine *m = context;
	struct json_object *hello, *field;

	if (!json_object_object_get_ex(object, "hello", &hello)) {
		keep(&m->verdict_answer, object);
		return;
	}
	m->hello = (struct machine_hello){ .received_ms = clock_ms() };
	if (json_object_object_get_ex(hello, "release", &field))
		snprintf(m->hello.release, sizeof(m->hello.release), "%s",
			 json_object_get_string(field));
	if (json_object_object_get_ex(hello, "boot_ms", &field))
		m->hello.boot_ms = json_object_get_int64(field);
	if (json_object_object_get_ex(hello, "ccp_ext", &field))
		m->hello.ccp_ext = json_object_get_boolean(field);
	m->hellos++;
}

/* Waits a tick at most and takes in what has come; what came before a death is still taken. */
static enum machine_result pump(struct machine *m, int64_t deadline)
{
	struct pollfd fds[] = {
		{ .fd = m->control.fd, .events = POLLIN },
		{ .fd = m->verdict.fd, .events = POLLIN },
		{ .fd = m->pidfd, .events = POLLIN },
		{ .fd = m->monitor.fd, .events = POLLIN },
	};
	int left = clock_left(deadline);
	int control, verdict;

	poll(fds, 4, left < TICK_MS ? left : TICK_MS);
	control = channel_read(&m->control, take_control, m);
	verdict = channel_read(&m->verdict, take_verdict, m);
	channel_read(&m->monitor, take_monitor, m);
	if (machine_interrupted())
		return MACHINE_INTERRUPTED;
	if (spawn_has_ended(m->pidfd) || control <= 0 || verdict <= 0)
		return MACHINE_DIED;
	return clock_left(deadline) ? MACHINE_OK : MACHINE_TIMEOUT;
}

enum machine_result machine_wait_hello(struct machine *m, unsigned int known, int timeout_ms,
				       bool (*tick)(struct machine *m, void *context), void *context)
{
	int64_t deadline = clock_ms() + timeout_ms;
	enum machine_result result = MACHINE_OK;

	while (m->hellos <= known && !result) {
		result = pump(m, deadline);
		if (!result && tick && !tick(m, context))
			result = MACHINE_TIMEOUT;
	}
	if (m->hellos > known)
		return MACHINE_OK;
	return fail(m, result, "waiting for the next kernel's agent");
}

enum machine_result machine_wait_exit(struct machine *m, int timeout_ms)
{
	int64_t deadline = clock_ms() + timeout_ms;
	enum machine_result result;

	do {
		result = pump(m, deadline);
	} while (!result);
	if (result == MACHINE_DIED)
		return MACHINE_OK;
	return fail(m, result, "waiting for the machine to end");
}

enum machine_result machine_wait_event(struct machine *m, const char *kind, int timeout_ms)
{
	int64_t deadline = clock_ms() + timeout_ms;
	enum machine_result result = MACHINE_OK;

	while (!machine_event(m, kind) && !result)
		result = pump(m, deadline);
	return machine_event(m, kind) ? MACHINE_OK : fail(m, result, kind);
}

/* The answer with our id; older ones, whose waiters gave up, are dropped. */
static enum machine_result await(struct machine *m, struct json_object **answer, int id,
				 int timeout_ms)
{
	int64_t deadline = clock_ms() + timeout_ms;
	enum machine_result result = MACHINE_OK;
	struct json_object *field;

	for (;;) {
		if (*answer && json_object_object_get_ex(*answer, "id", &field) &&
		    json_object_get_int(field) == id)
			return MACHINE_OK;
		if (result)
			return result;
		result = pump(m, deadline);
		/* one that pauses when its kernel ends can still be asked, but nobody inside */
		if (!result && answer == &m->verdict_answer && machine_event(m, "shutdown"))
			result = MACHINE_DIED;
	}
}

static enum machine_result send_command(struct machine *m, const char *command, bool async,
					int timeout_s, int *id)
{
	struct json_object *request = json_object_new_object();

	*id = ++m->next_id;
	json_object_object_add(request, "id", json_object_new_int(*id));
	json_object_object_add(request, "run", json_object_new_string(command));
	if (async)
		json_object_object_add(request, "async", json_object_new_boolean(true));
	else
		json_object_object_add(request, "timeout", json_object_new_int(timeout_s));
	return channel_send(&m->verdict, request) ? MACHINE_DIED : MACHINE_OK;
}

enum machine_result machine_run(struct machine *m, int timeout_s, int *rc, char *output,
				const char *format, ...)
{
	enum machine_result result;
	struct json_object *field;
	char command[4096];
	va_list args;
	int id;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	result = send_command(m, command, false, timeout_s, &id);
	if (!result)
		result = await(m, &m->verdict_answer, id, timeout_s * 1000 + RUN_GRACE_MS);
	if (result)
		return fail(m, result, command);
	*rc = -1;
	if (json_object_object_get_ex(m->verdict_answer, "rc", &field))
		*rc = json_object_get_int(field);
	if (output) {
		output[0] = '\0';
		if (json_object_object_get_ex(m->verdict_answer, "out", &field))
			snprintf(output, MACHINE_OUTPUT_BYTES, "%s", json_object_get_string(field));
	}
	return MACHINE_OK;
}

enum machine_result machine_run_async(struct machine *m, const char *command)
{
	enum machine_result result;
	int id;

	result = send_command(m, command, true, 0, &id);
	if (!result)
		result = await(m, &m->verdict_answer, id, RUN_GRACE_MS);
	return result ? fail(m, result, command) : MACHINE_OK;
}

/* Both sockets speak alike: execute, arguments, id; return or error. */
static enum machine_result ask(struct machine *m, struct channel *ch, struct json_object **place,
			       const char *execute, struct json_object *arguments, struct json_object **answer)
{
	struct json_object *request, *field;
	enum machine_result result;
	int id = ++m->next_id;

	request = json_object_new_object();
	json_object_object_add(request, "execute", json_object_new_string(execute));
	if (arguments)
		json_object_object_add(request, "arguments", arguments);
	json_object_object_add(request, "id", json_object_new_int(id));
	result = channel_send(ch, request) ? MACHINE_DIED : MACHINE_OK;
	if (!result)
		result = await(m, place, id, CONTROL_TIMEOUT_MS);
	if (result)
		return fail(m, result, execute);
	if (json_object_object_get_ex(*place, "error", &field)) {
		snprintf(m->error, sizeof(m->error), "%s: %s", execute,
			 json_object_get_string(field));
		return MACHINE_REFUSED;
	}
	if (!json_object_object_get_ex(*place, "return", &field))
		return fail(m, MACHINE_BROKEN, execute);
	if (answer)
		*answer = json_object_get(field);
	return MACHINE_OK;
}

enum machine_result machine_control(struct machine *m, const char *execute,
				    struct json_object *arguments, struct json_object **answer)
{
	if (m->control.fd < 0) {
		json_object_put(arguments);
		return fail(m, MACHINE_REFUSED, "this machine has no control channel");
	}
	return ask(m, &m->control, &m->control_answer, execute, arguments, answer);
}

enum machine_result machine_monitor(struct machine *m, const char *execute, struct json_object *arguments)
{
	if (m->monitor.fd < 0) {
		json_object_put(arguments);
		return fail(m, MACHINE_REFUSED, "this machine has no monitor");
	}
	return ask(m, &m->monitor, &m->monitor_answer, execute, arguments, NULL);
}

struct json_object *machine_event(const struct machine *m, const char *kind)
{
	struct json_object *field;

	for (unsigned int i = 0; i < m->nr_events; i++)
		if (json_object_object_get_ex(m->events[i], "event", &field) &&
		    !strcmp(json_object_get_string(field), kind))
			return m->events[i];
	return NULL;
}

void machine_forget_events(struct machine *m)
{
	for (unsigned int i = 0; i < m->nr_events; i++)
		json_object_put(m->events[i]);
	m->nr_events = 0;
}

void machine_console_skip(struct machine *m)
{
	char path[sizeof(m->logs) + 16];
	struct stat st;

	snprintf(path, sizeof(path), "%s/console.log", m->logs);
	if (!stat(path, &st))
		m->console_offset = st.st_size;
}

bool machine_console_has(struct machine *m, const char *text)
{
	char path[sizeof(m->logs) + 16], *line = NULL;
	size_t size = 0;
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "%s/console.log", m->logs);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fseek(f, m->console_offset, SEEK_SET))
		while (!found && getline(&line, &size, f) > 0)
			found = strstr(line, text);
	free(line);
	fclose(f);
	return found;
}
