/* SPDX-License-Identifier: GPL-2.0-only */
/* Ctrl-C and its like, while work is under way that must be taken back. */
#ifndef SNP_KEXEC_SIGNALS_H
#define SNP_KEXEC_SIGNALS_H

#include <signal.h>

/* Number of the signal that came, 0 for none; the work stops at the next step. */
extern volatile sig_atomic_t signals_stop;

void signals_catch(void);
void signals_release(void);

#endif /* SNP_KEXEC_SIGNALS_H */
