// SPDX-License-Identifier: GPL-2.0-only
/*
 * agent - runs the test driver's commands inside the machine
 *
 * JSON lines on the second serial port, one command at a time:
 *   agent: {"hello":{"release":S,"boot_ms":N,"ccp_ext":BOOL,"cmdline":S}}   once, when it is up
 *   host:  {"id":N,"run":S[,"async":true][,"timeout":SECONDS]}
 *   agent: {"id":N,"rc":N,"out":S}                          output is the tail of at most 64 KiB
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES	(128 << 10)
#define OUT_MAX_BYTES	(64 << 10)
#define TIMEOUT_S	600

/* rc of a command that was ended for taking too long, as timeout(1) has it */
#define RC_TIMEOUT	124

static int open_port(const char *path)
{
	struct termios t;
	int fd = open(path, O_RDWR | O_NOCTTY);

	if (fd < 0)
		return -1;
	if (!tcgetattr(fd, &t)) {
		cfmakeraw(&t);
		cfsetspeed(&t, B115200);
		tcsetattr(fd, TCSANOW, &t);
	}
	return fd;
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		size -= n;
	}
	return 0;
}

/* Sends and waits until the bytes have left: the next thing that happens may be a kexec. */
static int send_object(int fd, struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	int err = write_all(fd, text, strlen(text)) || write_all(fd, "\n", 1) || tcdrain(fd);

	json_object_put(object);
	return err;
}

static void read_text(const char *path, char *text, size_t size)
{
	ssize_t n = -1;
	int fd = open(path, O_RDONLY);

	if (fd >= 0) {
		n = read(fd, text, size - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

static int send_hello(int fd)
{
	struct json_object *hello = json_object_new_object(), *object = json_object_new_object();
	struct timespec up = { 0 };
	struct utsname name = { 0 };
	char cmdline[4096];

	uname(&name);
	clock_gettime(CLOCK_BOOTTIME, &up);
	read_text("/proc/cmdline", cmdline, sizeof(cmdline));
	json_object_object_add(hello, "release", json_object_new_string(name.release));
	json_object_object_add(hello, "boot_ms",
			       json_object_new_int64(up.tv_sec * 1000 + up.tv_nsec / 1000000));
	json_object_object_add(hello, "ccp_ext",
			       json_object_new_boolean(!access("/sys/kernel/ccp_ext", F_OK)));
	json_object_object_add(hello, "cmdline", json_object_new_string(cmdline));
	json_object_object_add(object, "hello", hello);
	/* ends whatever half line the previous kernel left behind */
	if (write_all(fd, "\n", 1))
		return -1;
	return send_object(fd, object);
}

/* Output goes to a file, not a pipe: what a command leaves in the background cannot block us. */
static pid_t start(const char *command, int out)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	setsid();
	signal(SIGPIPE, SIG_DFL);
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	closefrom(3);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static int wait_for(pid_t pid, int seconds)
{
	const struct timespec tick = { .tv_nsec = 5 * 1000 * 1000 };
	struct timespec now, end;
	int status;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	for (;;) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > end.tv_sec) {
			kill(-pid, SIGKILL);
			waitpid(pid, &status, 0);
			return RC_TIMEOUT;
		}
		nanosleep(&tick, NULL);
	}
}

static struct json_object *tail_of(int out)
{
	static char text[OUT_MAX_BYTES];
	off_t size = lseek(out, 0, SEEK_END);
	ssize_t n;

	n = pread(out, text, sizeof(text), size > OUT_MAX_BYTES ? size - OUT_MAX_BYTES : 0);
	return json_object_new_string_len(text, n > 0 ? n : 0);
}

static int run(int fd, struct json_object *request)
{
	struct json_object *answer = json_object_new_object(), *field;
	const char *command = NULL;
	int seconds = TIMEOUT_S, out;
	bool async;
	pid_t pid;

	if (json_object_object_get_ex(request, "id", &field))
		json_object_object_add(answer, "id", json_object_get(field));
	if (json_object_object_get_ex(request, "run", &field))
		command = json_object_get_string(field);
	if (json_object_object_get_ex(request, "timeout", &field))
		seconds = json_object_get_int(field);
	async = json_object_object_get_ex(request, "async", &field) &&
		json_object_get_boolean(field);
	if (!command) {
		json_object_object_add(answer, "rc", json_object_new_int(127));
		json_object_object_add(answer, "out", json_object_new_string("no \"run\" in the request"));
		return send_object(fd, answer);
	}
	if (async) {
		json_object_object_add(answer, "rc", json_object_new_int(0));
		json_object_object_add(answer, "out", json_object_new_string(""));
		if (send_object(fd, answer))
			return -1;
		start(command, open("/dev/console", O_WRONLY | O_NOCTTY));
		return 0;
	}
	out = memfd_create("out", MFD_CLOEXEC);
	pid = out < 0 ? -1 : start(command, out);
	json_object_object_add(answer, "rc", json_object_new_int(pid < 0 ? 126 : wait_for(pid, seconds)));
	json_object_object_add(answer, "out", tail_of(out));
	close(out);
	return send_object(fd, answer);
}

static int serve(int fd)
{
	static char line[LINE_MAX_BYTES];
	size_t used = 0;
	char c;

	for (;;) {
		ssize_t n = read(fd, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		if (c != '\n') {
			/* an overlong line cannot be a request: its tail will not parse either */
			if (used < sizeof(line) - 1)
				line[used++] = c;
			continue;
		}
		line[used] = '\0';
		used = 0;
		struct json_object *request = json_tokener_parse(line);
		int err = json_object_is_type(request, json_type_object) ? run(fd, request) : 0;

		json_object_put(request);
		if (err)
			return -1;
		/* background processes whose shell is gone are not our children, but async ones are */
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

int main(int argc, char **argv)
{
	int fd = open_port(argc > 1 ? argv[1] : "/dev/ttyS1");

	if (fd < 0) {
		perror("agent: serial port");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	if (send_hello(fd) || serve(fd)) {
		perror("agent");
		return 1;
	}
	return 0;
}
