/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOP_H
#define HOP_H

#include "scenario.h"

/** hop_launch() - launch the step's guests and leave them alive */
bool hop_launch(struct run *r);

/** hop_launch_guests() - launch guests with these words for sevguest, and leave them alive; /run/@name is their log */
bool hop_launch_guests(struct run *r, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));

/** hop_unpack() - have the step's next kernel in /tmp/vmlinuz and /tmp/initrd */
bool hop_unpack(struct run *r);

/** hop_load() - load the step's next kernel, by snp-kexec or by stock means */
bool hop_load(struct run *r);

/** hop_jump() - jump, wait for the next kernel or for a death, and fill r->hop */
bool hop_jump(struct run *r);

/** hop_comes_back() - give the order, and wait for the machine's reset and for the kernel that it then boots */
bool hop_comes_back(struct run *r, const char *order);

/** hop_runs() - is the kernel that reported last the one that was unpacked as @series? */
bool hop_runs(const struct run *r, const char *series);

/** hop_assigned_pages() - 4 KiB pages that are assigned in the RMP, as the machine counts them; -1 if there is none */
long long hop_assigned_pages(struct machine *m);

/**
 * hop_memory_is_sound() - does a next kernel live, and its memory keep what is written to it? Less than usual is left
 * alone, or a TMR that nobody happens to get would count as luck.
 */
bool hop_memory_is_sound(struct run *r);

/**
 * hop_was_harmed() - a fault, or a touch of the TMR, where nothing faults: kernels live on or die later, of what
 * they read there. By chance it is the image itself that comes to lie there. A kernel that was spared so far is
 * made to use all its memory; what its own ccp takes for a TMR stays spared.
 */
bool hop_was_harmed(struct run *r);

/** hop_describe_fault() - the first RMP fault that the machine told of; empty if none */
void hop_describe_fault(const struct machine *m, char *text, size_t size);

#endif
