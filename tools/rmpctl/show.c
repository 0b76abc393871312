// SPDX-License-Identifier: GPL-2.0-only
/* rmpctl show */
#include "rmpctl.h"
#include "show.h"

static const char help[] =
"Usage: rmpctl show [--incoming] [--json] [--runs] [--handover ADDR] [FILE|-]\n\n"
"Prints what a blob says: the platform at the jump, pages kept out of the next\n"
"kernel, the RMP by page state, guests and what became of them, the steps of the\n"
"shutdown, and the last firmware commands. --runs lists each run of the RMP.\n\n"
"Exit codes: 0 shown, 1 a blob that a next kernel would refuse, 2 could not tell.\n";

/**
 * command_show() - the subcommand
 * @argc: its arguments, the name included
 * @argv: its arguments
 *
 * Return: an exit code.
 */
int command_show(int argc, char **argv)
{
	struct rmpp_blob blob;
	struct options o;
	struct input in;
	int ret;

	ret = options_parse(&o, argc, argv, help);
	if (ret >= 0)
		return ret;
	ret = input_open(&in, &o, &blob);
	if (!ret && o.json)
		ret = show_json(&in, &blob, o.runs);
	else if (!ret)
		show_text(stdout, &blob, SHOW_ALL | (o.runs ? SHOW_RUNS : 0));
	input_free(&in);
	return ret;
}
