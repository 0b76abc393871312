/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands of the SEV firmware, as include/linux/psp-sev.h lays them out. */
#ifndef SEV_H
#define SEV_H

#include "payload.h"

#define SEV_INIT		0x01
#define SEV_SHUTDOWN		0x02
#define SEV_FACTORY_RESET	0x03
#define SEV_PLATFORM_STATUS	0x04
#define SEV_PEK_GEN		0x05
#define SEV_PEK_CSR		0x06
#define SEV_PEK_CERT_IMPORT	0x07
#define SEV_PDH_CERT_EXPORT	0x08
#define SEV_PDH_GEN		0x09
#define SEV_DF_FLUSH		0x0a
#define SEV_DOWNLOAD_FIRMWARE	0x0b
#define SEV_INIT_EX		0x0d
#define SEV_DECOMMISSION	0x20
#define SEV_ACTIVATE		0x21
#define SEV_DEACTIVATE		0x22
#define SEV_GUEST_STATUS	0x23
#define SEV_COPY		0x24
#define SEV_ACTIVATE_EX		0x25
#define SEV_LAUNCH_START	0x30
#define SEV_LAUNCH_UPDATE_DATA	0x31
#define SEV_LAUNCH_UPDATE_VMSA	0x32
#define SEV_LAUNCH_MEASURE	0x33
#define SEV_LAUNCH_SECRET	0x34
#define SEV_LAUNCH_FINISH	0x35
#define SEV_ATTESTATION_REPORT	0x36
#define SEV_SEND_START		0x40
#define SEV_SEND_UPDATE_DATA	0x41
#define SEV_SEND_UPDATE_VMSA	0x42
#define SEV_SEND_FINISH		0x43
#define SEV_SEND_CANCEL		0x44
#define SEV_RECEIVE_START	0x50
#define SEV_RECEIVE_UPDATE_DATA	0x51
#define SEV_RECEIVE_UPDATE_VMSA	0x52
#define SEV_RECEIVE_FINISH	0x53
#define SEV_DBG_DECRYPT		0x60
#define SEV_DBG_ENCRYPT		0x61

#define POLICY_NODBG	BIT(0)
#define POLICY_NOKS	BIT(1)
#define POLICY_ES	BIT(2)
#define POLICY_NOSEND	BIT(3)

#define CERT_LEN	2084
#define SESSION_LEN	128
#define PACKET_LEN	52
#define NV_LEN		0x8000
#define C_BIT		BIT(47)	/* of the profile rome */

enum sev_guest_state {
	STATE_INVALID, STATE_LUPDATE, STATE_LSECRET, STATE_RUNNING,
	STATE_SUPDATE, STATE_RUPDATE, STATE_SENT,
};

struct sev_platform {
	u8 major, minor, state;
	u32 flags;
	u8 build;
	u32 guests;
} __packed;

struct sev_start {	/* LAUNCH_START and RECEIVE_START */
	u32 handle, policy;
	u64 cert_pa;
	u32 cert_len, reserved;
	u64 session_pa;
	u32 session_len;
} __packed;

struct sev_send_start {
	u32 handle, policy;
	struct {
		u64 pa;
		u32 len, reserved;
	} __packed pdh, platform, amd;
	u64 session_pa;
	u32 session_len;
} __packed;

struct sev_transport {
	u32 handle, reserved;
	u64 hdr_pa;
	u32 hdr_len, reserved2;
	u64 guest_pa;
	u32 guest_len, reserved3;
	u64 trans_pa;
	u32 trans_len;
} __packed;

/* sev.c */
struct sev_platform sev_status(void);
void sev_up(bool es);
u32 sev_init_ex(u64 nv_pa, u32 nv_len);
u32 sev_pdh_export(void *pdh, void *chain);
u32 sev_update(u32 handle, u64 pa, u32 len);
u32 sev_measure(u32 handle, u8 measurement[48]);
u32 sev_dbg(u32 command, u32 handle, u64 src, u64 dst, u32 len);
u32 sev_state(u32 handle);
u32 sev_activate(u32 handle, u32 asid);
u32 sev_running(u32 policy, u32 asid, u64 pa, u32 len);

/* io.c: what the compiler wants anyway */
void *memset(void *to, int c, size_t n);
void *memcpy(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);

static inline void fill(u64 pa, u8 byte, u64 len)
{
	memset((void *)pa, byte, len);
}

static inline bool same(const void *a, const void *b, u64 len)
{
	return !memcmp(a, b, len);
}

#endif
