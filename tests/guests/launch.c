// SPDX-License-Identifier: GPL-2.0-only
/*
 * Launch sequences of SEV, SEV-ES and SEV-SNP guests through /dev/kvm, as a VMM goes through them:
 * Linux Documentation/virt/kvm/x86/amd-memory-encryption.rst.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kvm_snp.h"
#include "vm.h"

#define CHUNK (2UL << 20)

/* AMD SEV API, GUEST POLICY: bit 0 no debugging, bit 2 SEV-ES required */
#define SEV_POLICY_NODBG	0x1
#define SEV_POLICY_ES		0x4
/* AMD SEV-SNP firmware ABI, GUEST POLICY: bit 16 SMT allowed, bit 17 must be one */
#define SNP_POLICY_DEFAULT	0x30000

int vm_fail(struct launch *l, const char *step, uint32_t fw_status)
{
	l->error->step = step;
	l->error->errnum = errno;
	l->error->fw_status = fw_status;
	return -1;
}

int vm_op(struct launch *l, const char *step, uint32_t id, void *data)
{
	struct kvm_sev_cmd cmd = {
		.id = id,
		.data = (uintptr_t)data,
		.sev_fd = l->sev,
	};

	if (ioctl(l->vm, KVM_MEMORY_ENCRYPT_OP, &cmd) < 0)
		return vm_fail(l, step, cmd.error);
	return 0;
}

void pattern_fill(void *memory, uint64_t size, unsigned int index, uint64_t offset)
{
	uint64_t *word = memory;

	for (uint64_t i = 0; i < size / sizeof(*word); i++)
		word[i] = 0x5345435245540000ULL | index << 8 | ((offset >> 12) & 0xff);
}

/* Linux 6.1 has KVM_SEV_INIT and KVM_SEV_ES_INIT only, 6.12 prefers VM types and KVM_SEV_INIT2. */
static int create_vm(struct launch *l, enum guest_kind kind)
{
	static const unsigned long types[] = { KVM_X86_SEV_VM, KVM_X86_SEV_ES_VM, KVM_X86_SNP_VM };
	int known = ioctl(l->kvm, KVM_CHECK_EXTENSION, KVM_CAP_VM_TYPES);
	int typed = known > 0 && known & (1 << types[kind]);
	struct kvm_sev_init init = { 0 };

	if (kind == GUEST_SNP && !typed) {
		errno = EOPNOTSUPP;
		return vm_fail(l, "KVM_CAP_VM_TYPES (this kernel makes no SNP guests)", 0);
	}
	l->vm = ioctl(l->kvm, KVM_CREATE_VM, typed ? types[kind] : 0UL);
	if (l->vm < 0)
		return vm_fail(l, "KVM_CREATE_VM", 0);
	if (typed)
		return vm_op(l, "KVM_SEV_INIT2", KVM_SEV_INIT2, &init);
	if (kind == GUEST_SEV)
		return vm_op(l, "KVM_SEV_INIT", KVM_SEV_INIT, NULL);
	return vm_op(l, "KVM_SEV_ES_INIT", KVM_SEV_ES_INIT, NULL);
}

static int create_vcpu(struct launch *l)
{
	if (ioctl(l->vm, KVM_CREATE_IRQCHIP, 0) < 0)
		return vm_fail(l, "KVM_CREATE_IRQCHIP", 0);
	l->vcpu = ioctl(l->vm, KVM_CREATE_VCPU, 0UL);
	if (l->vcpu < 0)
		return vm_fail(l, "KVM_CREATE_VCPU", 0);
	return 0;
}

static int launch_sev(struct launch *l, const struct guest_config *config, char *memory)
{
	int es = config->kind == GUEST_SEV_ES;
	struct kvm_userspace_memory_region slot = {
		.memory_size = config->size,
		.userspace_addr = (uintptr_t)memory,
	};
	struct kvm_enc_region region = { .addr = (uintptr_t)memory, .size = config->size };
	struct kvm_sev_launch_start start = {
		.policy = config->policy ? config->policy : SEV_POLICY_NODBG | (es ? SEV_POLICY_ES : 0),
	};
	struct kvm_sev_launch_update_data update = {
		.uaddr = (uintptr_t)memory,
		.len = config->size,
	};
	uint8_t digest[48];
	struct kvm_sev_launch_measure measure = { .uaddr = (uintptr_t)digest, .len = sizeof(digest) };

	if (madvise(memory, config->size, MADV_POPULATE_WRITE) < 0)
		return vm_fail(l, "MADV_POPULATE_WRITE (not enough memory?)", 0);
	pattern_fill(memory, config->size, config->index, 0);
	if (ioctl(l->vm, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
		return vm_fail(l, "KVM_SET_USER_MEMORY_REGION", 0);
	/* pins the pages for the guest's whole life */
	if (ioctl(l->vm, KVM_MEMORY_ENCRYPT_REG_REGION, &region) < 0)
		return vm_fail(l, "KVM_MEMORY_ENCRYPT_REG_REGION", 0);
	if (create_vcpu(l) ||
	    vm_op(l, "KVM_SEV_LAUNCH_START", KVM_SEV_LAUNCH_START, &start) ||
	    vm_op(l, "KVM_SEV_LAUNCH_UPDATE_DATA", KVM_SEV_LAUNCH_UPDATE_DATA, &update))
		return -1;
	if (config->left == LEFT_IN_LAUNCH)
		return 0;
	if ((es && vm_op(l, "KVM_SEV_LAUNCH_UPDATE_VMSA", KVM_SEV_LAUNCH_UPDATE_VMSA, NULL)) ||
	    vm_op(l, "KVM_SEV_LAUNCH_MEASURE", KVM_SEV_LAUNCH_MEASURE, &measure))
		return -1;
	return vm_op(l, "KVM_SEV_LAUNCH_FINISH", KVM_SEV_LAUNCH_FINISH, NULL);
}

/* One chunk of plaintext at a time, wiped afterwards: the only other copy is the encrypted one. */
static int populate_snp(struct launch *l, const struct guest_config *config)
{
	uint64_t chunk = config->spread ? 1 << 12 : CHUNK, stride = config->spread ?: CHUNK;
	char *source = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	int err = 0;

	if (source == MAP_FAILED)
		return vm_fail(l, "mmap (not enough memory?)", 0);
	for (uint64_t gpa = 0; !err && gpa < config->size; gpa += stride) {
		struct kvm_sev_snp_launch_update update = {
			.gfn_start = gpa >> 12,
			.uaddr = (uintptr_t)source,
			.len = config->size - gpa < chunk ? config->size - gpa : chunk,
			.type = KVM_SEV_SNP_PAGE_TYPE_NORMAL,
		};

		pattern_fill(source, update.len, config->index, gpa);
		/* the kernel may stop early and says how far it came */
		while (!err && update.len)
			err = vm_op(l, "KVM_SEV_SNP_LAUNCH_UPDATE", KVM_SEV_SNP_LAUNCH_UPDATE,
				     &update);
	}
	explicit_bzero(source, CHUNK);
	munmap(source, CHUNK);
	return err;
}

static int launch_snp(struct launch *l, const struct guest_config *config, char *memory)
{
	struct kvm_create_guest_memfd create = { .size = config->size };
	struct kvm_memory_attributes private = {
		.size = config->size,
		.attributes = KVM_MEMORY_ATTRIBUTE_PRIVATE,
	};
	struct kvm_sev_snp_launch_start start = {
		.policy = config->policy ? config->policy : SNP_POLICY_DEFAULT,
	};
	struct kvm_userspace_memory_region2 slot = {
		.flags = KVM_MEM_GUEST_MEMFD,
		.memory_size = config->size,
		.userspace_addr = (uintptr_t)memory,
	};
	struct kvm_sev_snp_launch_finish finish = { 0 };
	int memfd;

	memfd = ioctl(l->vm, KVM_CREATE_GUEST_MEMFD, &create);
	if (memfd < 0)
		return vm_fail(l, "KVM_CREATE_GUEST_MEMFD", 0);
	/* all of it allocated in one go, so that launched pages lie as far apart in the host's memory */
	if (config->spread && fallocate(memfd, FALLOC_FL_KEEP_SIZE, 0, config->size) < 0)
		return vm_fail(l, "fallocate (not enough memory?)", 0);
	slot.guest_memfd = memfd;
	if (ioctl(l->vm, KVM_SET_USER_MEMORY_REGION2, &slot) < 0)
		return vm_fail(l, "KVM_SET_USER_MEMORY_REGION2", 0);
	if (ioctl(l->vm, KVM_SET_MEMORY_ATTRIBUTES, &private) < 0)
		return vm_fail(l, "KVM_SET_MEMORY_ATTRIBUTES", 0);
	if (create_vcpu(l) ||
	    vm_op(l, "KVM_SEV_SNP_LAUNCH_START", KVM_SEV_SNP_LAUNCH_START, &start) ||
	    populate_snp(l, config))
		return -1;
	if (config->left == LEFT_IN_LAUNCH)
		return 0;
	return vm_op(l, "KVM_SEV_SNP_LAUNCH_FINISH", KVM_SEV_SNP_LAUNCH_FINISH, &finish);
}

static char *guest_memory(struct launch *l, const struct guest_config *config)
{
	uint64_t size = config->size, spare = config->large ? CHUNK : 0;
	char *memory = mmap(NULL, size + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory != MAP_FAILED && spare) {
		memory = (char *)(((uintptr_t)memory + CHUNK - 1) & ~(CHUNK - 1));
		/* a kernel without such pages is none that this guest was meant for */
		if (madvise(memory, size, MADV_HUGEPAGE) < 0)
			memory = MAP_FAILED;
	}
	/* as QEMU has it; it also keeps the kernel from merging it with what lies beside it (corepages) */
	if (memory != MAP_FAILED && !madvise(memory, size, MADV_DONTFORK))
		return memory;
	vm_fail(l, "mmap", 0);
	return NULL;
}

/* The sender has done its part, and goes: what is left is the guest that was not received in full. */
static int move(struct launch *from, const struct guest_config *config, struct packet *packet)
{
	struct launch to = *from;
	char *memory = guest_memory(&to, config);

	if (!memory || create_vm(&to, config->kind))
		return -1;
	if (madvise(memory, config->size, MADV_POPULATE_WRITE) < 0)
		return vm_fail(&to, "MADV_POPULATE_WRITE (not enough memory?)", 0);
	if (migrate_receive(&to, memory, packet) ||
	    vm_op(from, "KVM_SEV_SEND_FINISH", KVM_SEV_SEND_FINISH, NULL))
		return -1;
	close(from->vcpu);
	close(from->vm);
	return 0;
}

int guest_launch(const struct guest_config *config, struct launch_error *error)
{
	static struct packet packet;
	struct launch l = { .error = error };
	char *memory;

	l.kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (l.kvm < 0)
		return vm_fail(&l, "open /dev/kvm (is kvm_amd loaded?)", 0);
	l.sev = open("/dev/sev", O_RDWR | O_CLOEXEC);
	if (l.sev < 0)
		return vm_fail(&l, "open /dev/sev (is ccp loaded, is there a PSP?)", 0);
	if (create_vm(&l, config->kind))
		return -1;
	memory = guest_memory(&l, config);
	if (!memory)
		return -1;
	if (config->kind == GUEST_SNP)
		return launch_snp(&l, config, memory);
	if (launch_sev(&l, config, memory))
		return -1;
	if (config->left == LEFT_IN_SEND || config->left == LEFT_IN_RECEIVE) {
		if (migrate_send(&l, memory, &packet))
			return -1;
	}
	return config->left == LEFT_IN_RECEIVE ? move(&l, config, &packet) : 0;
}
