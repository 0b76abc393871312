/* SPDX-License-Identifier: GPL-2.0-only */
/* The configuration as it is read from a file. */
#ifndef SNP_KEXEC_SETTINGS_H
#define SNP_KEXEC_SETTINGS_H

#include "../config.h"
#include "file.h"
#include "snp-kexec.h"

struct settings {
	char path[PATH_MAX];
	bool there;			/* else everything has its default */
	struct bytes file;		/* in which the texts of config lie */
	struct config config;
	struct config_errors errors;
};

bool settings_open(struct context *c, struct settings *s);
bool settings_read(struct context *c, struct settings *s);
void settings_close(struct settings *s);
const char *settings_text(const struct settings *s, enum config_id id, char buf[CONFIG_VALUE_SIZE]);
uint64_t settings_number(const struct settings *s, enum config_id id);

#endif /* SNP_KEXEC_SETTINGS_H */
