/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests that run on the bare machine stand on. */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n) (1ULL << (n))
#define __packed __attribute__((packed))

#define PAGE_SIZE	0x1000ULL
#define BLOCK_SIZE	0x200000ULL	/* the 2 MiB that the RMP knows */

/* RAM for tests; everything of the payload's own lies below 4 MiB. */
#define TEST_PA		0x4000000ULL

/**
 * struct test - one rule of the machine
 * @suite: which of the runner's configurations it belongs to
 * @name: the rule
 * @source: where it is written
 * @run: checks it; the machine is reset before
 */
struct test {
	const char *suite, *name, *source;
	void (*run)(void);
};

#define TEST(suite, id, name, source)					\
	static void test_##id(void);					\
	static const struct test entry_##id				\
	__attribute__((used, section(".tests"), aligned(8))) =		\
		{ suite, name, source, test_##id };			\
	static void test_##id(void)

/* A check that fails is reported and the test goes on. */
#define CHECK(cond) check((cond), #cond, __FILE__, __LINE__, 0, 0)
#define CHECK_EQ(a, b) do {						\
	u64 a_ = (a), b_ = (b);						\
	check(a_ == b_, #a " == " #b, __FILE__, __LINE__, a_, b_);	\
} while (0)
void check(bool ok, const char *what, const char *file, int line, u64 a, u64 b);

/* main.c */
extern u32 test_stage;
void stage_next(void);

/* io.c */
void serial_init(u16 port);
void serial_put(u16 port, char c);
bool serial_get(u16 port, char *c);
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void format_to(char *buf, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int str_compare(const char *a, const char *b);
void config_read(const char *name, char *buf, size_t size);

static inline void outb(u16 port, u8 v)
{
	asm volatile("outb %0, %1" :: "a"(v), "Nd"(port));
}

static inline u8 inb(u16 port)
{
	u8 v;

	asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void outw(u16 port, u16 v)
{
	asm volatile("outw %0, %1" :: "a"(v), "Nd"(port));
}

static inline void outl(u16 port, u32 v)
{
	asm volatile("outl %0, %1" :: "a"(v), "Nd"(port));
}

static inline u32 inl(u16 port)
{
	u32 v;

	asm volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

/* cpu.c */
#define MSR_SYSCFG	0xc0010010
#define SYSCFG_MFDM	BIT(19)
#define SYSCFG_MEM	BIT(23)
#define SYSCFG_SNP	BIT(24)
#define SYSCFG_VMPL	BIT(25)
#define MSR_HWCR	0xc0010015
#define MSR_VM_HSAVE_PA	0xc0010117
#define MSR_RMP_BASE	0xc0010132
#define MSR_RMP_END	0xc0010133
#define MSR_RMP_CFG	0xc0010136
#define MSR_EFER	0xc0000080
#define EFER_SVME	BIT(12)

#define NO_FAULT	(-1)
#define FAULT_UD	6
#define FAULT_GP	13
#define FAULT_PF	14
#define PF_RMP_WRITE	0x80000003ULL

struct fault {
	int vector;
	u64 error, address;
};

void cpu_init(void);
struct fault try_write(volatile void *at, u64 value);
struct fault try_read(volatile void *at, u64 *value);
struct fault try_wrmsr(u32 msr, u64 value);
struct fault try_rmpupdate(u64 pa, const void *state, u64 *status, u64 *flags);
struct fault try_psmash(u64 pa, u64 *status);
struct fault try_rmpread(u64 pa, void *answer, u64 *status);
struct fault try_vmrun(u64 vmcb, void *argument);
struct fault try_vmsave(u64 vmcb);
struct fault try_vmload(u64 vmcb);
u64 rdmsr(u32 msr);
void wrmsr(u32 msr, u64 value);
void cpuid(u32 leaf, u32 reg[4]);
void wbinvd(void);
void *map_4k(u64 pa);
void *map_2m(u64 pa);
void *map_1g(u64 pa);
void *map_own_table(u64 pa, u64 *table);
u64 page_read(u64 pa);
void page_write(u64 pa, u64 value);

/* smp.c */
void ap_start(void);
void ap_wait(void);
void ap_run(void (*fn)(void));
void ap_begin(void (*fn)(void));
void all_run(void (*fn)(void));
void lapic_on(void);
bool lapic_pending(u8 vector);
void nmi_to_nobody(void);

/* rmp.c */
struct rmp_state {
	u64 gpa;
	u8 assigned, pagesize, immutable, reserved;
	u32 asid;
} __packed;

#define RMP_OK			0
#define RMP_FAIL_INPUT		1
#define RMP_FAIL_PERMISSION	2
#define RMP_FAIL_INUSE		3
#define RMP_FAIL_OVERLAP	4

void snp_enable(void);
u64 rmp_update(u64 pa, struct rmp_state state);
u64 rmp_entry(u64 pa);
u64 rmp_entry_place(u64 pa);
u64 rmp_read(u64 pa, struct rmp_state *answer);
u64 rmp_firmware(u64 pa);
u64 rmp_shared(u64 pa);
u64 rmp_psmash(u64 pa);

/* svm.c */
#define VMEXIT_HLT	0x78
#define VMEXIT_NPF	0x400

struct vmexit {
	struct fault fault;
	u64 code, info1, info2;
};

void svm_enable(u64 hsave);
void svm_prepare(u64 vmcb, void (*code)(void));
struct vmexit svm_run(u64 vmcb, void *argument);
void svm_guest_write(void);
void svm_guest_wait(void);

/* pci.c */
u64 pci_device(u32 id, unsigned int bar, u64 address);
void pci_msi(u32 id, u8 vector);

/* iommu.c */
#define IOMMU_MMIO	0xfed80000ULL
#define IOMMU_DEVTAB	0x00
#define IOMMU_CMDBUF	0x08
#define IOMMU_EVTLOG	0x10
#define IOMMU_CONTROL	0x18
#define IOMMU_STORE_BASE 0x20
#define IOMMU_STORE_LIMIT 0x28
#define IOMMU_PPRLOG	0x38
#define IOMMU_CMD_TAIL	0x2008
#define IOMMU_EVT_HEAD	0x2010
#define IOMMU_EVT_TAIL	0x2018
#define IOMMU_STATUS	0x2020

/* Where iommu_up() puts its tables and buffers: a page each. */
#define IOMMU_TABLE	0x4800000ULL
#define IOMMU_COMMANDS	0x4801000ULL
#define IOMMU_EVENTS	0x4802000ULL
#define IOMMU_PPRS	0x4803000ULL
#define IOMMU_STORE	0x4804000ULL
#define IOMMU_END	0x4806000ULL

#define EDU_ID		0x11e81234
#define EDU_DEVID	0x30	/* 00:06.0, the runner says so */

volatile u64 *iommu_reg(u32 offset);
void iommu_up(void);
void iommu_wait_store(u64 pa, u64 value);
void iommu_bad_command(void);
void iommu_dte(u32 devid, unsigned int word, u64 value);
void edu_interrupt(void);
void dma(u64 pa, bool to_memory);

/* virtio.c */
#define VIRTIO_RING	0x4810000ULL
#define VIRTIO_USED	0x4814000ULL
#define VIRTIO_END	0x4815000ULL
#define VIRTIO_DEVID	0x38	/* 00:07.0, the runner says so */

void virtio_up(u64 used);
void virtio_read(u64 pa);
u16 virtio_used(void);

/* psp.c */
void psp_init(void);
void psp_begin(u32 command, u64 pa, bool interrupt);
u32 psp_mailbox(void);
u32 psp_intsts(void);
void psp_msi(u8 vector);
u32 psp(u32 command, void *buf);
u32 psp_at(u32 command, u64 pa);
u32 psp_interrupts(u32 command);
u32 psp_snp_init(u32 flags, u64 list);
u32 psp_snp_shutdown(u32 flags);
u32 psp_reclaim(u64 pa);
u32 psp_sev_init(bool es, u64 tmr, u32 len);
void snp_up(void);
void flush_asids(void);

/* guest.c */
u32 sev_launch(u32 policy, u32 asid, u32 *handle);
u32 snp_launch(u64 gctx, u32 asid);
u32 snp_activate(u64 gctx, u32 asid);
u32 snp_launch_page(u64 gctx, u32 asid, u64 pa, u32 flags);
u32 snp_gctx(u32 command, u64 gctx);
u32 snp_launch_start(u64 gctx, u64 policy, u64 ma_gctx, u32 flags);
u32 snp_launch_finish(u64 gctx);
u32 snp_activate_ex(u64 gctx, u32 asid, const u32 *ids, u32 nr_ids);

/* gcm.c */
void gcm(const u8 *key, u64 sequence, const u8 *aad, u32 aad_len, u8 *data,
	 u32 len, u8 *tag, bool encrypt);

/* control.c */
void control_init(bool fresh);
const char *control(const char *request);
u64 control_get(const char *request, const char *path);
bool control_is(const char *request, const char *path, const char *value);
bool control_event_is(const char *name, const char *path, const char *value);
bool control_refuses(const char *request, const char *why);
u64 control_number(const char *request, const char *path);
u32 fault(const char *members);
void inject(const char *command, u32 status, u32 count);

#endif
