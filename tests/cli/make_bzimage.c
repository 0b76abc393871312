// SPDX-License-Identifier: GPL-2.0-only
/* Write the synthetic kernel of the unit tests to standard output. */
#include <stdio.h>

#include "../unit/kexec_fixture.h"

int main(void)
{
	static uint8_t file[FIXTURE_FILE_SIZE];

	fixture_bzimage(file);
	return fwrite(file, 1, sizeof(file), stdout) != sizeof(file);
}
