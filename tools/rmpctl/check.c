// SPDX-License-Identifier: GPL-2.0-only
/* rmpctl check: would a next kernel accept this blob? */
#include <inttypes.h>
#include <json-c/json.h>

#include "rmpctl.h"

static const char help[] =
"Usage: rmpctl check [--incoming] [--json] [--handover ADDR] [FILE|-]\n\n"
"Checks a blob as a next kernel does, each byte of it: framing, checksums, ranges,\n"
"values. Prints what is in it, or the first thing that is wrong, and where.\n\n"
"Exit codes: 0 sound, 1 refused, 2 could not tell.\n";

static void print_sound(const struct input *in, const struct rmpp_blob *blob)
{
	u32 type;

	printf("%s: sound: %" PRIu64 " bytes, generation %" PRIu64 "\n", in->name,
	       (uint64_t)blob->size, (uint64_t)le64_to_cpu(blob->header->generation));
	for (type = 1; type <= RMPP_SECTION_MAX; type++)
		if (blob->section[type])
			printf("  %-10s  offset %-6" PRIu64 "  entries %" PRIu32 "\n",
			       rmpp_section_name(type),
			       (uint64_t)(in->base + le64_to_cpu(blob->section[type]->offset)),
			       rmpp_blob_count(blob, type));
}

static void print_json(const struct input *in, const struct rmpp_blob *blob, int err,
		       const struct rmpp_where *where)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "file", json_object_new_string(in->name));
	json_object_object_add(o, "sound", json_object_new_boolean(!err));
	if (err) {
		json_object_object_add(o, "error", json_object_new_int(err));
		json_object_object_add(o, "what", json_object_new_string(rmpp_strerror(err)));
		json_object_object_add(o, "offset", json_object_new_uint64(where->offset));
		json_object_object_add(o, "section", json_object_new_uint64(where->section));
		json_object_object_add(o, "index", json_object_new_uint64(where->index));
	} else {
		json_object_object_add(o, "size", json_object_new_uint64(blob->size));
		json_object_object_add(o, "generation", json_object_new_uint64(
				       le64_to_cpu(blob->header->generation)));
	}
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

/* A next kernel goes on without a record that is damaged; sound the blob is not. */
static int check_records(const struct input *in, const struct rmpp_blob *blob,
			 struct rmpp_where *where)
{
	const struct rmpp_record_ser *r;
	const u8 *data;
	u32 i, size;

	for (i = 0; (r = rmpp_blob_entry(blob, RMPP_SECTION_RECORDS, i)); i++) {
		if (rmpp_record_data(blob, i, &data, &size) != RMPP_ERR_RECORD_CRC)
			continue;
		where->section = RMPP_SECTION_RECORD_DATA;
		where->index = i;
		where->offset = in->base + le64_to_cpu(r->offset) +
				le64_to_cpu(blob->section[RMPP_SECTION_RECORD_DATA]->offset);
		return RMPP_ERR_RECORD_CRC;
	}
	return RMPP_OK;
}

/**
 * command_check() - the subcommand
 * @argc: its arguments, the name included
 * @argv: its arguments
 *
 * Return: an exit code.
 */
int command_check(int argc, char **argv)
{
	struct rmpp_where where;
	struct rmpp_blob blob;
	struct options o;
	struct input in;
	int ret, err;

	ret = options_parse(&o, argc, argv, help);
	if (ret >= 0)
		return ret;
	ret = input_read(&in, o.file, o.handover);
	if (!ret) {
		err = input_check(&in, &blob, &where);
		err = err ?: check_records(&in, &blob, &where);
		if (o.json)
			print_json(&in, &blob, err, &where);
		else if (err)
			input_complain(stdout, &in, err, &where);
		else
			print_sound(&in, &blob);
		ret = err ? VERDICT_UNSAFE : VERDICT_SAFE;
	}
	input_free(&in);
	return ret;
}
