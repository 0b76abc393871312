// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "machinectl.h"

static struct json_object *at(struct json_object *object, const char *key)
{
	struct json_object *field = NULL;

	json_object_object_get_ex(object, key, &field);
	return field;
}

static uint64_t number(struct json_object *object, const char *key)
{
	return json_object_get_uint64(at(object, key));
}

static const char *text(struct json_object *object, const char *key)
{
	const char *value = json_object_get_string(at(object, key));

	return value ? value : "?";
}

static bool truth(struct json_object *object, const char *key)
{
	return json_object_get_boolean(at(object, key));
}

static void print_guests(struct json_object *guests)
{
	size_t nr = json_object_array_length(guests);

	printf("Guests        %zu\n", nr);
	for (size_t i = 0; i < nr; i++) {
		struct json_object *guest = json_object_array_get_idx(guests, i);
		bool snp = at(guest, "gctx_pa");

		printf("  %-6s  ASID %-4" PRIu64 " %s 0x%-10" PRIx64 " policy 0x%-8" PRIx64 " %s\n",
		       text(guest, "kind"), number(guest, "asid"), snp ? "context" : "handle ",
		       number(guest, snp ? "gctx_pa" : "handle"), number(guest, "policy"),
		       text(guest, "state"));
	}
}

static void print_status(struct json_object *s)
{
	struct json_object *tmr = at(s, "tmr"), *rmp = at(s, "rmp"), *asids = at(s, "asids");
	struct json_object *enabled = at(s, "snp_en");
	size_t on = 0, cpus = json_object_array_length(enabled);

	for (size_t i = 0; i < cpus; i++)
		on += json_object_get_boolean(json_object_array_get_idx(enabled, i));
	printf("Profile       %s, firmware %s%s\n", text(s, "profile"), text(s, "firmware"),
	       truth(s, "latency") ? ", with latencies" : "");
	printf("Processor     %s, %" PRIu64 " faults set\n", truth(s, "psp_dead") ? "dead" :
	       truth(s, "psp_busy") ? "busy with a command" : "ready", number(s, "faults"));
	printf("SEV           %s\n", text(s, "sev_state"));
	printf("SNP           %s, SNPEn on %zu of %zu CPUs\n", text(s, "snp_state"), on, cpus);
	printf("RMP           0x%" PRIx64 " to 0x%" PRIx64 ", %sinitialised\n", number(rmp, "base"),
	       number(rmp, "end"), truth(s, "rmp_initialized") ? "" : "not ");
	printf("TMR           0x%" PRIx64 ", %" PRIu64 " bytes, %s\n", number(tmr, "pa"),
	       number(tmr, "size"), truth(tmr, "locked") ? "locked" : "free");
	printf("ASIDs         %" PRIu64 " clean, %" PRIu64 " dirty, %" PRIu64 " active\n",
	       number(asids, "clean"), number(asids, "dirty"), number(asids, "active"));
	print_guests(at(s, "guests"));
}

/* Asks, and prints it as JSON if that is wanted: then nothing is left to show. */
static int ask(struct context *ctx, int argc, char **argv, const char *request,
	       struct json_object **answer)
{
	int rc;

	if (argc > 1)
		return usage_error("%s: too many arguments: %s", ctx->command, argv[1]);
	rc = link_ask(&ctx->link, request, NULL, answer);
	if (!rc && ctx->json)
		json_print(*answer);
	return rc;
}

int command_status(struct context *ctx, int argc, char **argv)
{
	struct json_object *answer;
	int rc = ask(ctx, argc, argv, "status", &answer);

	if (rc)
		return rc;
	if (!ctx->json)
		print_status(answer);
	json_object_put(answer);
	return EXIT_DONE;
}

static void print_commands(struct json_object *commands)
{
	json_object_object_foreach(commands, name, command) {
		struct json_object *by_status = at(command, "status");

		printf("  %-24s %8" PRIu64, name, number(command, "count"));
		json_object_object_foreach(by_status, status, times)
			printf("  %s: %s", status, json_object_get_string(times));
		putchar('\n');
	}
}

/* Everything but commands, instructions and moments is held against the host. */
static uint64_t print_counters(struct json_object *counters, bool quiet)
{
	uint64_t sum = 0;

	json_object_object_foreach(counters, name, value) {
		if (!json_object_is_type(value, json_type_int) || !strcmp(name, "resets"))
			continue;
		sum += json_object_get_uint64(value);
		if (!quiet && json_object_get_uint64(value))
			printf("  %-24s %8" PRIu64 "\n", name, json_object_get_uint64(value));
	}
	return sum;
}

static void print_insns(struct json_object *counters)
{
	static const char *const insn[] = { "rmpupdate", "psmash", "rmpread" };

	for (size_t i = 0; i < sizeof(insn) / sizeof(insn[0]); i++) {
		struct json_object *one = at(counters, insn[i]);

		if (one && number(one, "count"))
			printf("  %-24s %8" PRIu64 "  failed: %" PRIu64 "\n", insn[i],
			       number(one, "count"), number(one, "failed"));
	}
}

int command_counters(struct context *ctx, int argc, char **argv)
{
	bool clean = argc > 1 && !strcmp(argv[1], "--clean");
	struct json_object *answer;
	uint64_t sum;
	int rc = ask(ctx, argc - clean, argv + clean, "counters", &answer);

	if (rc)
		return rc;
	if (!ctx->json)
		puts("Against the host");
	sum = print_counters(answer, ctx->json);
	if (!ctx->json) {
		if (!sum)
			puts("  nothing");
		puts("Commands and instructions");
		print_commands(at(answer, "commands"));
		print_insns(answer);
		printf("Resets  %" PRIu64 "\n", number(answer, "resets"));
	}
	json_object_put(answer);
	return clean && sum ? EXIT_REFUSED : EXIT_DONE;
}

int command_census(struct context *ctx, int argc, char **argv)
{
	struct json_object *answer;
	int rc = ask(ctx, argc, argv, "census", &answer);

	if (rc)
		return rc;
	if (!ctx->json) {
		json_object_object_foreach(at(answer, "pages"), state, pages)
			printf("%-16s %10" PRIu64 " pages\n", state,
			       json_object_get_uint64(pages));
		printf("%-16s %10" PRIu64 " pages\n", "assigned", number(answer, "assigned"));
	}
	json_object_put(answer);
	return EXIT_DONE;
}
