// SPDX-License-Identifier: GPL-2.0-only
/* -object snp-host: the platform's state, made before the board. */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/module.h"
#include "qemu/units.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qom/object_interfaces.h"
#include "hw/boards.h"
#include "hw/i386/e820_memory_layout.h"
#include "system/reset.h"
#include "system/system.h"
#include "system/tcg.h"
#include "cpu.h"
#include "hooks.h"
#include "host.h"
#include "rmp.h"

#define IOMMU_EFR_SNP	BIT_ULL(63)
#define IOMMU_EFR_EPH	BIT_ULL(50)

SnpHost *snp_host;

/**
 * snp_hook_low_ram_end - take the RMP's memory from the top of low RAM
 * @low_end: end of the RAM below 4 GiB
 * @top: end of all RAM, the highest address that the RMP has to cover
 *
 * Return: the end of what is left; the RMP is reserved in the e820 map.
 */
uint64_t snp_hook_low_ram_end(uint64_t low_end, uint64_t top)
{
	uint64_t need = RMP_BOOKKEEPING + (top >> 12) * 16;

	if (!snp_host || !snp_host->profile->snp)
		return low_end;
	if (!snp_host->rmp_size)
		snp_host->rmp_size = ROUND_UP(need, 2 * MiB);
	if (snp_host->rmp_size < need || snp_host->rmp_size > low_end / 2) {
		error_report("snp-host: rmp-size %" PRIu64 " must be between "
			     "%" PRIu64 " and %" PRIu64, snp_host->rmp_size,
			     need, low_end / 2);
		exit(EXIT_FAILURE);
	}
	snp_host->rmp_base = low_end - snp_host->rmp_size;
	snp_host->rmp_end = low_end - 1;
	e820_add_entry(snp_host->rmp_base, snp_host->rmp_size, E820_RESERVED);
	return snp_host->rmp_base;
}

/**
 * snp_hook_low_ram_held - how much of low RAM the RMP takes
 *
 * Return: bytes.
 */
uint64_t snp_hook_low_ram_held(void)
{
	return snp_host_has_rmp() ? snp_host->rmp_size : 0;
}

/**
 * snp_hook_iommu_features - what the IOMMU's extended features add
 *
 * SNP, and enhanced PPR handling, which every SNP host has: without it 6.12 sets
 * up a PPR log that it never enables, and later takes for the firmware's.
 *
 * Return: SNPSup, or 0.
 */
uint64_t snp_hook_iommu_features(void)
{
	return snp_host_has_rmp() ? (IOMMU_EFR_SNP | IOMMU_EFR_EPH) : 0;
}

static void host_reset(void *opaque)
{
	snp_cpu_reset_all(opaque);
	SNP_HOST(opaque)->iommu_enforced = false;
	if (snp_host_has_rmp())
		rmp_clear();
}

static void host_machine_done(Notifier *notifier, void *data)
{
	MachineState *machine = MACHINE(qdev_get_machine());

	if (machine->smp.max_cpus > SNP_MAX_CPUS) {
		error_report("snp-host: at most %d CPUs", SNP_MAX_CPUS);
		exit(EXIT_FAILURE);
	}
	if (!tcg_enabled()) {
		error_report("snp-host: only with -accel tcg");
		exit(EXIT_FAILURE);
	}
}

static bool firmware_parse(SnpHost *host, const char *text)
{
	unsigned int major, minor, build;
	char rest;

	if (sscanf(text, "%u.%u.%u%c", &major, &minor, &build, &rest) != 3 ||
	    major > 255 || minor > 255 || build > 255)
		return false;
	host->api_major = major;
	host->api_minor = minor;
	host->build = build;
	return true;
}

static void firmware_set(Object *obj, const char *text, Error **errp)
{
	if (!firmware_parse(SNP_HOST(obj), text))
		error_setg(errp, "firmware '%s' is not MAJOR.MINOR.BUILD", text);
}

static char *firmware_get(Object *obj, Error **errp)
{
	SnpHost *host = SNP_HOST(obj);

	return g_strdup_printf("%u.%u.%u", host->api_major, host->api_minor,
			       host->build);
}

static void profile_set(Object *obj, const char *name, Error **errp)
{
	const struct snp_profile *profile = snp_profile_find(name);

	if (!profile) {
		error_setg(errp, "no profile '%s'", name);
		return;
	}
	SNP_HOST(obj)->profile = profile;
}

static char *profile_get(Object *obj, Error **errp)
{
	return g_strdup(SNP_HOST(obj)->profile->name);
}

static void rmp_size_set(Object *obj, Visitor *v, const char *name,
			 void *opaque, Error **errp)
{
	uint64_t size;

	if (!visit_type_size(v, name, &size, errp))
		return;
	if (!size || size % 0x2000) {
		error_setg(errp, "rmp-size must be a multiple of 8 KiB");
		return;
	}
	SNP_HOST(obj)->rmp_size = size;
}

static void rmp_size_get(Object *obj, Visitor *v, const char *name,
			 void *opaque, Error **errp)
{
	visit_type_size(v, name, &SNP_HOST(obj)->rmp_size, errp);
}

#define BOOL_PROPERTY(field)						\
static bool field##_get(Object *obj, Error **errp)			\
{									\
	return SNP_HOST(obj)->field;					\
}									\
static void field##_set(Object *obj, bool value, Error **errp)		\
{									\
	SNP_HOST(obj)->field = value;					\
}

BOOL_PROPERTY(rmp_subentries)
BOOL_PROPERTY(flush_all_cpus)
BOOL_PROPERTY(x86_snp_shutdown)

static void active_status_set(Object *obj, Visitor *v, const char *name,
			      void *opaque, Error **errp)
{
	visit_type_uint16(v, name, &SNP_HOST(obj)->shutdown_active_status, errp);
}

static void host_complete(UserCreatable *uc, Error **errp)
{
	SnpHost *host = SNP_HOST(uc);

	if (snp_host) {
		error_setg(errp, "there is a snp-host already");
		return;
	}
	snp_host = host;
	snp_cpu_reset_all(host);
	qemu_register_reset(host_reset, host);
	host->machine_done.notify = host_machine_done;
	qemu_add_machine_init_done_notifier(&host->machine_done);
}

static void host_init(Object *obj)
{
	SnpHost *host = SNP_HOST(obj);

	host->profile = snp_profile_find("milan");
	firmware_parse(host, "1.55.30");
	host->rmp_subentries = true;
	host->flush_all_cpus = true;
	host->shutdown_active_status = 0xf;
}

static void host_class_init(ObjectClass *oc, void *data)
{
	USER_CREATABLE_CLASS(oc)->complete = host_complete;
	object_class_property_add_str(oc, "profile", profile_get, profile_set);
	object_class_property_add_str(oc, "firmware", firmware_get, firmware_set);
	object_class_property_add(oc, "rmp-size", "size", rmp_size_get,
				  rmp_size_set, NULL, NULL);
	object_class_property_add_bool(oc, "rmp-2m-subentries",
				       rmp_subentries_get, rmp_subentries_set);
	object_class_property_add_bool(oc, "flush-all-cpus", flush_all_cpus_get,
				       flush_all_cpus_set);
	object_class_property_add_bool(oc, "x86-snp-shutdown",
				       x86_snp_shutdown_get,
				       x86_snp_shutdown_set);
	object_class_property_add(oc, "shutdown-active-status", "uint16", NULL,
				  active_status_set, NULL, NULL);
}

static const TypeInfo host_type = {
	.name = TYPE_SNP_HOST,
	.parent = TYPE_OBJECT,
	.instance_size = sizeof(SnpHost),
	.instance_init = host_init,
	.class_init = host_class_init,
	.interfaces = (InterfaceInfo[]) {
		{ TYPE_USER_CREATABLE },
		{ }
	},
};

static void host_register(void)
{
	type_register_static(&host_type);
}
type_init(host_register)
