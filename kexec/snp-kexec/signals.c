// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>

#include "signals.h"

volatile sig_atomic_t signals_stop;

static void on_signal(int number)
{
	signals_stop = number;
}

static void set_handler(void (*handler)(int))
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = handler }, before;
	size_t i;

	sigemptyset(&action.sa_mask);
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		/* What the caller ignores (nohup) stays ignored. */
		sigaction(caught[i], NULL, &before);
		if (before.sa_handler != SIG_IGN)
			sigaction(caught[i], &action, NULL);
	}
}

/** signals_catch() - from now on a signal is only noted in signals_stop */
void signals_catch(void)
{
	set_handler(on_signal);
}

/** signals_release() - from now on a signal ends the process again */
void signals_release(void)
{
	set_handler(SIG_DFL);
}
