// SPDX-License-Identifier: GPL-2.0-only
/* -object snp-host: the platform's state, made before the board. */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/module.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qom/object_interfaces.h"
#include "hw/boards.h"
#include "system/reset.h"
#include "system/system.h"
#include "system/tcg.h"
#include "core.h"
#include "cpu.h"
#include "hidden.h"
#include "hooks.h"
#include "host.h"
#include "rmp.h"
#include "rmp_hold.h"

#define IOMMU_EFR_SNP	BIT_ULL(63)
#define IOMMU_EFR_EPH	BIT_ULL(50)

SnpHost *snp_host;

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
	SNP_HOST(opaque)->ciphertext_hidden = false;
	rmp_let_go_all();
	if (snp_host_has_rmp())
		rmp_power_up();
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
	snp_hidden_init(snp_host);
	/* behind the control channel: the notifier that comes last is told first */
	snp_core_init(snp_host->core);
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
		error_setg(errp, "firmware '%s' is not MAJOR.MINOR.BUILD, three "
			   "numbers up to 255", text);
	SNP_HOST(obj)->firmware_given = true;
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
		g_autofree char *names = snp_profile_names();

		error_setg(errp, "no profile '%s', only %s", name, names);
		return;
	}
	SNP_HOST(obj)->profile = profile;
}

static char *profile_get(Object *obj, Error **errp)
{
	return g_strdup(SNP_HOST(obj)->profile->name);
}

/* What lies in front of RAM's end comes in steps of 8 KiB, 512 entries. */
static void rmp_bytes_set(Visitor *v, const char *name, uint64_t *place,
			  uint64_t least, Error **errp)
{
	uint64_t size;

	if (!visit_type_size(v, name, &size, errp))
		return;
	if (size < least || size % 0x2000) {
		error_setg(errp, "%s must be a multiple of 8 KiB", name);
		return;
	}
	*place = size;
}

static void rmp_size_set(Object *obj, Visitor *v, const char *name,
			 void *opaque, Error **errp)
{
	rmp_bytes_set(v, name, &SNP_HOST(obj)->rmp_size, 1, errp);
}

static void rmp_size_get(Object *obj, Visitor *v, const char *name,
			 void *opaque, Error **errp)
{
	visit_type_size(v, name, &SNP_HOST(obj)->rmp_size, errp);
}

static void rmp_tail_set(Object *obj, Visitor *v, const char *name,
			 void *opaque, Error **errp)
{
	rmp_bytes_set(v, name, &SNP_HOST(obj)->rmp_tail, 0, errp);
}

static void rmp_tail_get(Object *obj, Visitor *v, const char *name,
			 void *opaque, Error **errp)
{
	visit_type_size(v, name, &SNP_HOST(obj)->rmp_tail, errp);
}

static void rmp_segment_shift_set(Object *obj, Visitor *v, const char *name,
				  void *opaque, Error **errp)
{
	uint8_t shift;

	if (!visit_type_uint8(v, name, &shift, errp))
		return;
	if (shift < 30 || shift > 40) {
		error_setg(errp, "rmp-segment-shift must be between 30 and 40, "
			   "the sizes that CPUID Fn8000_0025 tells");
		return;
	}
	SNP_HOST(obj)->rmp_segment_shift = shift;
}

static void rmp_segment_shift_get(Object *obj, Visitor *v, const char *name,
				  void *opaque, Error **errp)
{
	visit_type_uint8(v, name, &SNP_HOST(obj)->rmp_segment_shift, errp);
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
BOOL_PROPERTY(flush_by_complex)
BOOL_PROPERTY(latency)
BOOL_PROPERTY(rmp_1g_whole)
BOOL_PROPERTY(iommu_locks)
BOOL_PROPERTY(iommu_lock_enable)

/* A property that the profile decides if nobody else does. */
#define AUTO_PROPERTY(field)						\
static bool field##_get(Object *obj, Error **errp)			\
{									\
	return SNP_HOST(obj)->field;					\
}									\
static void field##_set(Object *obj, bool value, Error **errp)		\
{									\
	SNP_HOST(obj)->wanted.field = value ? ON_OFF_AUTO_ON :		\
					      ON_OFF_AUTO_OFF;		\
}

AUTO_PROPERTY(x86_snp_shutdown)
AUTO_PROPERTY(rmp_segmented)
AUTO_PROPERTY(rmp_raw_zen3)
AUTO_PROPERTY(ciphertext_hiding)

static void complex_cpus_set(Object *obj, Visitor *v, const char *name,
			     void *opaque, Error **errp)
{
	uint16_t n;

	if (!visit_type_uint16(v, name, &n, errp))
		return;
	if (!n) {
		error_setg(errp, "complex-cpus must be at least 1");
		return;
	}
	SNP_HOST(obj)->complex_cpus = n;
}

static void active_status_set(Object *obj, Visitor *v, const char *name,
			      void *opaque, Error **errp)
{
	visit_type_uint16(v, name, &SNP_HOST(obj)->shutdown_active_status, errp);
}

static bool decide(OnOffAuto wanted, bool profile)
{
	return wanted == ON_OFF_AUTO_AUTO ? profile : wanted == ON_OFF_AUTO_ON;
}

static bool ask_profile(SnpHost *host, Error **errp)
{
	const struct snp_profile *profile = host->profile;

	if (!host->firmware_given)
		firmware_parse(host, profile->firmware);
	host->x86_snp_shutdown = decide(host->wanted.x86_snp_shutdown,
					profile->x86_snp_shutdown);
	host->rmp_segmented = decide(host->wanted.rmp_segmented,
				     profile->rmp_segments);
	host->rmp_raw_zen3 = decide(host->wanted.rmp_raw_zen3,
				    !profile->rmpread);
	host->ciphertext_hiding = decide(host->wanted.ciphertext_hiding,
					 profile->ciphertext_hiding);
	if (host->rmp_segmented && !profile->rmp_segments) {
		error_setg(errp, "rmp-segmented: profile %s has no segmented "
			   "RMP; turin has", profile->name);
		return false;
	}
	if (!host->rmp_raw_zen3 && !profile->rmpread) {
		error_setg(errp, "rmp-raw-zen3=off: software of profile %s reads "
			   "the raw RMP, it has no RMPREAD", profile->name);
		return false;
	}
	return true;
}

static void faults_set(Object *obj, const char *file, Error **errp)
{
	g_free(SNP_HOST(obj)->faults);
	SNP_HOST(obj)->faults = g_strdup(file);
}

static void core_set(Object *obj, const char *file, Error **errp)
{
	g_free(SNP_HOST(obj)->core);
	SNP_HOST(obj)->core = g_strdup(file);
}

static void count_reads_set(Object *obj, const char *how, Error **errp)
{
	if (strcmp(how, "each") && strcmp(how, "fill"))
		error_setg(errp, "count-reads '%s' is neither each nor fill", how);
	SNP_HOST(obj)->count_reads_each = !strcmp(how, "each");
}

static void host_complete(UserCreatable *uc, Error **errp)
{
	SnpHost *host = SNP_HOST(uc);

	if (snp_host) {
		error_setg(errp, "there is a snp-host already");
		return;
	}
	if (!ask_profile(host, errp))
		return;
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
	host->rmp_subentries = true;
	host->flush_all_cpus = true;
	host->iommu_locks = true;
	host->iommu_lock_enable = true;
	host->shutdown_active_status = 0xf;
	host->rmp_segment_shift = 36;
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
	object_class_property_add_bool(oc, "flush-by-complex",
				       flush_by_complex_get,
				       flush_by_complex_set);
	object_class_property_add_bool(oc, "x86-snp-shutdown",
				       x86_snp_shutdown_get,
				       x86_snp_shutdown_set);
	object_class_property_add_bool(oc, "rmp-segmented", rmp_segmented_get,
				       rmp_segmented_set);
	object_class_property_add_bool(oc, "rmp-raw-zen3", rmp_raw_zen3_get,
				       rmp_raw_zen3_set);
	object_class_property_add_bool(oc, "ciphertext-hiding",
				       ciphertext_hiding_get,
				       ciphertext_hiding_set);
	object_class_property_add_bool(oc, "rmp-1g-whole", rmp_1g_whole_get,
				       rmp_1g_whole_set);
	object_class_property_add(oc, "rmp-tail", "size", rmp_tail_get,
				  rmp_tail_set, NULL, NULL);
	object_class_property_add(oc, "rmp-segment-shift", "uint8",
				  rmp_segment_shift_get, rmp_segment_shift_set,
				  NULL, NULL);
	object_class_property_add_bool(oc, "iommu-locks", iommu_locks_get,
				       iommu_locks_set);
	object_class_property_add_bool(oc, "iommu-lock-enable",
				       iommu_lock_enable_get,
				       iommu_lock_enable_set);
	object_class_property_add(oc, "complex-cpus", "uint16", NULL,
				  complex_cpus_set, NULL, NULL);
	object_class_property_add_str(oc, "faults", NULL, faults_set);
	object_class_property_add_str(oc, "core", NULL, core_set);
	object_class_property_add_bool(oc, "latency", latency_get, latency_set);
	object_class_property_add_str(oc, "count-reads", NULL, count_reads_set);
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
