/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest in the making, for those who take it through its commands. */
#ifndef VM_H
#define VM_H

#include "launch.h"

struct launch {
	int kvm, sev, vm, vcpu;
	struct launch_error *error;
};

/* What a receiver needs of a guest that is being sent: keys, and its first page. */
struct packet {
	uint32_t policy;
	/*
	 * The certificate has less than a page, and gets no more: beside SNP ccp gives the firmware a buffer of its own,
	 * and takes that back by commands whose first words overwrite its address. Of two pages it then copies, and
	 * frees, the wrong ones: seen with 6.12, snp_unmap_cmd_buf_desc() (drivers/crypto/ccp/sev-dev.c).
	 */
	uint8_t pdh[4096], chain[16384], session[4096], header[64];
	uint32_t pdh_len, chain_len, session_len, header_len;
	uint8_t page[4096];
};

/** vm_fail() - errno and @fw_status are why @step failed. Return: -1. */
int vm_fail(struct launch *l, const char *step, uint32_t fw_status);

/** vm_op() - KVM_MEMORY_ENCRYPT_OP; @step is its name. Return: 0, or -1. */
int vm_op(struct launch *l, const char *step, uint32_t id, void *data);

/**
 * migrate_send() - begin to send a SEV guest to this very host, up to its first page
 * @l:      a guest that runs
 * @memory: its memory
 * @packet: filled
 *
 * Return: 0, or -1.
 */
int migrate_send(struct launch *l, char *memory, struct packet *packet);

/** migrate_receive() - begin to receive it, into a VM without a guest. Return: 0, or -1. */
int migrate_receive(struct launch *l, char *memory, struct packet *packet);

#endif
