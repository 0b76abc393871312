// SPDX-License-Identifier: GPL-2.0-only
/*
 * The beginning of a migration of a SEV guest, at both its ends, as a VMM goes through it: Linux
 * Documentation/virt/kvm/x86/amd-memory-encryption.rst. The other host is this one.
 */
#define _GNU_SOURCE
#include <linux/kvm.h>
#include <linux/psp-sev.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include "vm.h"

static int export_certificates(struct launch *l, struct packet *p)
{
	struct sev_user_data_pdh_cert_export export = {
		.pdh_cert_address = (uintptr_t)p->pdh, .pdh_cert_len = sizeof(p->pdh),
		.cert_chain_address = (uintptr_t)p->chain, .cert_chain_len = sizeof(p->chain),
	};
	struct sev_issue_cmd cmd = { .cmd = SEV_PDH_CERT_EXPORT, .data = (uintptr_t)&export };

	if (ioctl(l->sev, SEV_ISSUE_CMD, &cmd) < 0)
		return vm_fail(l, "SEV_PDH_CERT_EXPORT", cmd.error);
	p->pdh_len = export.pdh_cert_len;
	p->chain_len = export.cert_chain_len;
	return 0;
}

int migrate_send(struct launch *l, char *memory, struct packet *p)
{
	struct kvm_sev_send_start start = { 0 };
	struct kvm_sev_send_update_data update = {
		.hdr_uaddr = (uintptr_t)p->header,
		.guest_uaddr = (uintptr_t)memory, .guest_len = sizeof(p->page),
		.trans_uaddr = (uintptr_t)p->page, .trans_len = sizeof(p->page),
	}, query = { 0 };

	if (export_certificates(l, p))
		return -1;
	start.pdh_cert_uaddr = (uintptr_t)p->pdh;
	start.pdh_cert_len = p->pdh_len;
	/* nobody here has AMD's own certificates, and nobody asks for them */
	start.plat_certs_uaddr = start.amd_certs_uaddr = (uintptr_t)p->chain;
	start.plat_certs_len = start.amd_certs_len = p->chain_len;
	start.session_uaddr = (uintptr_t)p->session;
	/* asked with a length of 0 both fail, and say how much it is */
	if (vm_op(l, "KVM_SEV_SEND_START (length)", KVM_SEV_SEND_START, &start) && !start.session_len)
		return -1;
	if (start.session_len > sizeof(p->session))
		return vm_fail(l, "KVM_SEV_SEND_START (a longer session than expected)", 0);
	if (vm_op(l, "KVM_SEV_SEND_START", KVM_SEV_SEND_START, &start))
		return -1;
	if (vm_op(l, "KVM_SEV_SEND_UPDATE_DATA (length)", KVM_SEV_SEND_UPDATE_DATA, &query) && !query.hdr_len)
		return -1;
	if (query.hdr_len > sizeof(p->header))
		return vm_fail(l, "KVM_SEV_SEND_UPDATE_DATA (a longer header than expected)", 0);
	update.hdr_len = query.hdr_len;
	if (vm_op(l, "KVM_SEV_SEND_UPDATE_DATA", KVM_SEV_SEND_UPDATE_DATA, &update))
		return -1;
	p->policy = start.policy;
	p->session_len = start.session_len;
	p->header_len = update.hdr_len;
	*l->error = (struct launch_error){ 0 };
	return 0;
}

int migrate_receive(struct launch *l, char *memory, struct packet *p)
{
	struct kvm_sev_receive_start start = {
		.policy = p->policy,
		.pdh_uaddr = (uintptr_t)p->pdh, .pdh_len = p->pdh_len,
		.session_uaddr = (uintptr_t)p->session, .session_len = p->session_len,
	};
	struct kvm_sev_receive_update_data update = {
		.hdr_uaddr = (uintptr_t)p->header, .hdr_len = p->header_len,
		.guest_uaddr = (uintptr_t)memory, .guest_len = sizeof(p->page),
		.trans_uaddr = (uintptr_t)p->page, .trans_len = sizeof(p->page),
	};

	if (vm_op(l, "KVM_SEV_RECEIVE_START", KVM_SEV_RECEIVE_START, &start))
		return -1;
	return vm_op(l, "KVM_SEV_RECEIVE_UPDATE_DATA", KVM_SEV_RECEIVE_UPDATE_DATA, &update);
}
