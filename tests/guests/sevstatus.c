// SPDX-License-Identifier: GPL-2.0-only
/* sevstatus - ask ccp for the platform's status again and again, whatever the answer, as a monitor does */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include <linux/psp-sev.h>

int main(void)
{
	int fd = open("/dev/sev", O_RDWR);

	if (fd < 0) {
		perror("/dev/sev");
		return 1;
	}
	for (;;) {
		struct sev_user_data_status status = { 0 };
		struct sev_issue_cmd command = {
			.cmd = SEV_PLATFORM_STATUS, .data = (unsigned long)&status,
		};

		ioctl(fd, SEV_ISSUE_CMD, &command);
	}
}
