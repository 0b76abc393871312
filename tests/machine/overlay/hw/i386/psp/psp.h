/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The AMD Secure Processor as a PCI device: a mailbox, and behind it the SEV
 * firmware (AMD 55766) and the SEV-SNP firmware (AMD 56860).
 */
#ifndef HW_I386_PSP_H
#define HW_I386_PSP_H

#include "chardev/char-fe.h"
#include "hw/pci/pci_device.h"
#include "qom/object.h"
#include "psp_crypto.h"
#include "psp_fault.h"
#include "target/i386/snp/host.h"
#include "target/i386/snp/rmp.h"

#define TYPE_AMD_PSP "amd-psp"
OBJECT_DECLARE_SIMPLE_TYPE(PspState, AMD_PSP)

/* Status codes, common to both firmware interfaces. */
enum psp_status {
	PSP_SUCCESS			= 0x00,
	PSP_INVALID_PLATFORM_STATE	= 0x01,
	PSP_INVALID_GUEST_STATE		= 0x02,
	PSP_INVALID_CONFIG		= 0x03,
	PSP_INVALID_LENGTH		= 0x04,
	PSP_ALREADY_OWNED		= 0x05,
	PSP_INVALID_CERTIFICATE		= 0x06,
	PSP_POLICY_FAILURE		= 0x07,
	PSP_INACTIVE			= 0x08,
	PSP_INVALID_ADDRESS		= 0x09,
	PSP_BAD_SIGNATURE		= 0x0a,
	PSP_BAD_MEASUREMENT		= 0x0b,
	PSP_ASID_OWNED			= 0x0c,
	PSP_INVALID_ASID		= 0x0d,
	PSP_WBINVD_REQUIRED		= 0x0e,
	PSP_DFFLUSH_REQUIRED		= 0x0f,
	PSP_INVALID_GUEST		= 0x10,
	PSP_INVALID_COMMAND		= 0x11,
	PSP_ACTIVE			= 0x12,
	PSP_HWERROR_PLATFORM		= 0x13,
	PSP_HWERROR_UNSAFE		= 0x14,
	PSP_UNSUPPORTED			= 0x15,
	PSP_INVALID_PARAM		= 0x16,
	PSP_RESOURCE_LIMIT		= 0x17,
	PSP_SECURE_DATA_INVALID		= 0x18,
	PSP_INVALID_PAGE_SIZE		= 0x19,
	PSP_INVALID_PAGE_STATE		= 0x1a,
	PSP_INVALID_MDATA_ENTRY		= 0x1b,
	PSP_INVALID_PAGE_OWNER		= 0x1c,
	PSP_AEAD_OFLOW			= 0x1d,
	PSP_RMP_INIT_REQUIRED		= 0x20,
	PSP_BAD_SVN			= 0x21,
	PSP_BAD_VERSION			= 0x22,
	PSP_SHUTDOWN_REQUIRED		= 0x23,
	PSP_UPDATE_FAILED		= 0x24,
	PSP_RESTORE_REQUIRED		= 0x25,
	PSP_RMP_INITIALIZATION_FAILED	= 0x26,
	PSP_INVALID_KEY			= 0x27,
	PSP_SHUTDOWN_INCOMPLETE		= 0x28,
};

enum psp_sev_state { PSP_SEV_UNINIT, PSP_SEV_INIT, PSP_SEV_WORKING };
enum psp_snp_state { PSP_SNP_UNINIT, PSP_SNP_INIT };

/* Guest states: 55766 for SEV and SEV-ES, 56860 for SNP. */
enum psp_guest_state {
	PSP_SEV_INVALID, PSP_SEV_LUPDATE, PSP_SEV_LSECRET, PSP_SEV_RUNNING,
	PSP_SEV_SUPDATE, PSP_SEV_RUPDATE, PSP_SEV_SENT,
	PSP_SNP_GUEST_INIT = 0, PSP_SNP_GUEST_LAUNCH, PSP_SNP_GUEST_RUNNING,
};

enum psp_guest_kind { PSP_GUEST_SEV, PSP_GUEST_SEV_ES, PSP_GUEST_SNP };

/* Of a guest's memory: AES-128-XTS, data key and tweak key. */
struct psp_key {
	uint8_t byte[32];
};

#define PSP_NR_VMPCKS	4
#define PSP_VMPCK	32	/* bytes: AES-256 */
#define PSP_LAUNCH_DIGEST 48	/* SHA-384 */

/* What the context page of an SNP guest holds beside policy, ASID and keys. */
struct psp_snp_guest {
	hwaddr ma_gctx;			/* migration agent's context, or 0 */
	bool imi;			/* launched from an incoming migration image */
	uint8_t gosvw[16];
	uint8_t digest[PSP_LAUNCH_DIGEST];
	uint8_t vmpck[PSP_NR_VMPCKS][PSP_VMPCK];
	uint64_t messages[PSP_NR_VMPCKS];	/* sequence number of the last one */
	uint8_t oek[32];		/* offline encryption key, of pages swapped out */
	uint64_t next_iv;		/* ... and what makes each of them differ */
	uint8_t root_mdata[64];		/* root metadata entry */
};

/* Of SEV and SEV-ES guests: keys shared with their owner, or with another host. */
struct psp_session {
	uint8_t tek[PSP_AES_KEY];	/* transport encryption */
	uint8_t tik[PSP_AES_KEY];	/* transport integrity */
	void *sha;			/* of what was launched so far */
	uint8_t digest[PSP_DIGEST];	/* of all that was launched */
	uint8_t measure[PSP_DIGEST];	/* as told by LAUNCH_MEASURE */
};

struct psp_guest {
	enum psp_guest_kind kind;
	enum psp_guest_state state;
	uint32_t handle;	/* SEV, SEV-ES */
	hwaddr gctx;		/* SNP: address of its context page */
	uint64_t policy;
	uint32_t asid;		/* 0: not activated */
	struct psp_key key;	/* of its memory */
	struct psp_snp_guest snp;
	struct psp_session session;
};

/* What makes a platform itself, and outlives a reset: secret keys of P-384. */
struct psp_identity {
	uint8_t oca[PSP_EC];	/* signs the PEK while self-owned */
	uint8_t pek[PSP_EC];
	uint8_t pdh[PSP_EC];
	struct psp_ec_point owner;	/* who signs it while not */
	uint32_t owned;
	uint32_t valid;
	uint64_t generation;	/* counts what was written */
};

enum psp_asid_state { PSP_ASID_CLEAN, PSP_ASID_DIRTY, PSP_ASID_ACTIVE };

struct psp_asid {
	enum psp_asid_state state;
	uint64_t stamp;		/* when it became dirty */
	uint64_t complexes;	/* bit by bit, where it is active or was */
};

struct psp_tmr {
	MemoryRegion region;
	hwaddr pa;
	uint64_t size;
	bool locked;
};

/* Event log, PPR log, completion-wait store. */
#define PSP_NR_IOMMU_BUFFERS 3

struct psp_iommu_buffer {
	hwaddr pa;
	uint64_t size;
};

#define PSP_MAX_RANGES 255

struct psp_range {
	uint64_t base;
	uint32_t nr_pages;
	uint32_t reserved;
} QEMU_PACKED;

struct psp_ranges {
	uint32_t nr;
	uint32_t reserved;
	struct psp_range range[PSP_MAX_RANGES];
} QEMU_PACKED;

/* What the SNP firmware knows about the platform; a shutdown clears it. */
struct psp_snp {
	uint64_t reported_tcb;
	bool mask_chip_id, mask_chip_key;
	bool vlek_loaded;
	bool rapl_disabled;
	uint32_t max_snp_asid;		/* with ciphertext hiding, else 0 */
	uint64_t committed_tcb;		/* ... but not this */
	uint64_t verified_mitigations;	/* ... nor this */
};

/* Who is connected to one of the channels, or may be. */
struct psp_client {
	struct PspState *s;
	CharBackend chr;
	bool observer;
	bool commands_wanted;
	GString *line;			/* what was read of a request */
	GString *out;			/* what the client has not taken yet */
	guint out_watch;
};

#define PSP_NR_CLIENTS	2		/* the control channel, an observer */

struct psp_control {
	struct psp_client client[PSP_NR_CLIENTS];
	QEMUBH *bh;
	Notifier shutdown;
	unsigned int events_sent;
	QDict *snapshots;		/* name -> state */
};

#define PSP_MAILBOX_RESPONSE	BIT(31)
#define PSP_MAILBOX_IOC		BIT(0)	/* interrupt on completion */

#define PSP_NR_COMMANDS	0x100
#define PSP_NR_ASIDS	1024

/* What happened to one command number since the counters were reset. */
struct psp_command_stats {
	uint64_t count;
	GHashTable *by_status;		/* status -> number of times */
};

/**
 * struct psp_job - what the mailbox was given
 * @busy: and not answered yet
 * @mailbox: the register as it was written
 * @number: of the command
 * @pa: physical address of the command buffer
 * @cpu: who wrote it; -1: unknown
 * @rip: and where in its code
 * @plan: what the faults make of it
 */
struct psp_job {
	bool busy;
	uint32_t mailbox;
	unsigned int number;
	hwaddr pa;
	int cpu;
	uint64_t rip;
	struct psp_plan plan;
};

struct PspState {
	PCIDevice parent;
	MemoryRegion mmio;
	uint32_t cmdresp, buf_lo, buf_hi, inten, intsts;

	enum psp_sev_state sev_state;
	bool sev_es;
	struct psp_identity identity;
	struct psp_identity flash;	/* where INIT keeps it */
	hwaddr nv_pa;			/* where INIT_EX does, or 0 */
	uint8_t version[3];		/* what a reset goes back to */
	enum psp_snp_state snp_state;
	bool rmp_initialized;
	struct psp_snp snp;
	struct psp_iommu_buffer iommu[PSP_NR_IOMMU_BUFFERS];
	GPtrArray *guests;
	uint32_t next_handle;
	uint64_t next_key;
	struct psp_asid asid[PSP_NR_ASIDS];
	struct psp_tmr tmr;

	struct psp_command_stats stats[PSP_NR_COMMANDS];
	uint64_t unheard;		/* commands to one that hangs or is dead */
	struct psp_job job;
	QEMUTimer *timer, *timer_real;	/* a command that takes time */
	bool dead, all_ones;		/* until reset */

	GPtrArray *faults;
	uint32_t next_fault;
	QEMUTimer *stuck[SNP_MAX_CPUS];
	uint64_t moments[SNP_MOMENT_NR];
	MemoryRegion mark_port;

	uint64_t resets;
	bool running;
	struct psp_control control;
};

/**
 * struct psp_command - one firmware command
 * @number: as written to the mailbox
 * @name: for the control channel, without the SEV_CMD_ prefix
 * @len: size of its command buffer, bytes
 * @flags: PSP_CMD_*
 * @run: executes it on a copy of the buffer
 */
struct psp_command {
	uint16_t number;
	const char *name;
	uint16_t len;
	unsigned int flags;
	enum psp_status (*run)(PspState *s, uint8_t *buf);
};

#define PSP_CMD_WRITES	BIT(0)	/* answers in its command buffer */
#define PSP_CMD_SNP	BIT(1)	/* of the SNP firmware */

extern const struct psp_command psp_sev_commands[];
extern const struct psp_command psp_sev_cert_commands[];
extern const struct psp_command psp_sev_guest_commands[];
extern const struct psp_command psp_sev_launch_commands[];
extern const struct psp_command psp_sev_memory_commands[];
extern const struct psp_command psp_sev_send_commands[];
extern const struct psp_command psp_sev_receive_commands[];
extern const struct psp_command psp_snp_commands[];
extern const struct psp_command psp_snp_config_commands[];
extern const struct psp_command psp_snp_guest_commands[];
extern const struct psp_command psp_snp_launch_commands[];
extern const struct psp_command psp_snp_page_commands[];
extern const struct psp_command psp_snp_swap_commands[];
extern const struct psp_command psp_snp_debug_commands[];
extern const struct psp_command psp_snp_request_commands[];

/* psp_command.c */
void psp_command_realize(PspState *s);
void psp_command_reset(PspState *s);
void psp_command_start(PspState *s, uint32_t mailbox, hwaddr pa);
void psp_command_die(PspState *s, bool all_ones);
const struct psp_command *psp_command_find(unsigned int number);
const struct psp_command *psp_command_find_name(const char *name);
void psp_command_stats_clear(PspState *s);
void psp_offence(PspState *s, int kind, hwaddr pa);

/* psp.c */
void psp_mailbox_answer(PspState *s, enum psp_status status);
void psp_mailbox_interrupt(PspState *s, bool pending);

/* psp_fault.c; the rest is in psp_fault.h */
bool psp_fault_step(PspState *s);

/* psp_latency.c */
int64_t psp_latency_ns(unsigned int number);

/* psp_mark.c */
void psp_mark_realize(PspState *s);

/* psp_memory.c */
bool psp_mem_read(hwaddr pa, void *buf, uint64_t len);
bool psp_mem_write(hwaddr pa, const void *buf, uint64_t len);
bool psp_mem_writable(PspState *s, hwaddr pa, uint64_t len);
bool psp_mem_encrypt(const struct psp_key *key, hwaddr pa, uint64_t len);
bool psp_mem_decrypt(const struct psp_key *key, hwaddr pa, uint64_t len);
bool psp_mem_copy(hwaddr to, hwaddr from, uint64_t len);
void psp_buf_crypt(const struct psp_key *key, hwaddr pa, uint8_t *buf,
		   uint64_t len, bool encrypt);
bool psp_mem_fill(hwaddr pa, uint8_t byte, uint64_t len);
void psp_mem_new_key(PspState *s, struct psp_key *key);
enum psp_status psp_ranges_read(hwaddr pa, struct psp_ranges *list);

/* psp_asid.c */
bool psp_asid_suits(PspState *s, enum psp_guest_kind kind, uint32_t asid);
enum psp_status psp_asid_activate(PspState *s, uint32_t asid);
enum psp_status psp_asid_activate_on(PspState *s, uint32_t asid,
				     uint64_t complexes);
void psp_asid_extend(PspState *s, uint32_t asid, uint64_t complexes);
void psp_asid_retire(PspState *s, uint32_t asid);
void psp_asid_retire_all(PspState *s);
enum psp_status psp_asid_flush(PspState *s);
bool psp_asid_any(PspState *s, enum psp_asid_state state);
unsigned int psp_asid_count(PspState *s, enum psp_asid_state state);

/* psp_tmr.c */
enum psp_status psp_tmr_lock(PspState *s, hwaddr pa, uint64_t size);
void psp_tmr_release(PspState *s);
bool psp_tmr_contains(PspState *s, hwaddr pa);

/* psp_iommu.c */
void psp_iommu_take(PspState *s);
void psp_iommu_give_back(PspState *s);

/* psp_snp_config.c: ECX of SNP_FEATURE_INFO */
#define PSP_FEATURE_VLEK	BIT(0)
#define PSP_FEATURE_X86_SHUTDOWN BIT(1)
#define PSP_FEATURE_RAPL_DIS	BIT(2)
#define PSP_FEATURE_HIDING	BIT(3)
#define PSP_FEATURE_CXL_ALLOW	BIT(5)
#define PSP_FEATURE_MITIGATIONS	BIT(13)

void psp_snp_reset(PspState *s);
void psp_snp_forget(PspState *s);
uint64_t psp_snp_current_tcb(void);
bool psp_snp_has_feature_info(void);
uint32_t psp_snp_features(void);

/* psp_sev_guest.c, psp_snp_guest.c */
unsigned int psp_guest_count(PspState *s, bool snp);
unsigned int psp_guest_count_all(PspState *s);
void psp_guest_free(void *guest);
void psp_guest_remove(PspState *s, struct psp_guest *guest);
void psp_guests_clear(PspState *s, bool snp);

/* psp_report.c */
struct QDict *psp_report_status(PspState *s);
struct QDict *psp_report_counters(PspState *s);
struct QDict *psp_report_census(void);
struct QDict *psp_report_touch(const void *touch);

/* psp_snapshot.c */
QDict *psp_snapshot_take(PspState *s, QDict *args, Error **errp);
QDict *psp_snapshot_list(PspState *s);
QDict *psp_snapshot_diff(PspState *s, QDict *args, Error **errp);

/* psp_rmpadjust.c */
QDict *psp_rmpadjust(PspState *s, QDict *args, Error **errp);

/* psp_control.c */
QDict *psp_control_answer(struct psp_client *client, const char *line);

/* psp_channel.c */
void psp_channel_realize(PspState *s);
void psp_control_event(PspState *s, const char *name, QDict *data);
bool psp_control_commands_wanted(PspState *s);

#endif
