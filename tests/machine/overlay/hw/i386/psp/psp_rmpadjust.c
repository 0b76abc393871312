// SPDX-License-Identifier: GPL-2.0-only
/* A guest does not run here: what it would do with RMPADJUST is a request. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qobject/qdict.h"
#include "psp.h"
#include "target/i386/snp/adjust.h"

static bool is_running(PspState *s, uint32_t asid)
{
	for (guint i = 0; i < s->guests->len; i++) {
		const struct psp_guest *guest = g_ptr_array_index(s->guests, i);

		if (guest->kind == PSP_GUEST_SNP && guest->asid == asid)
			return asid && guest->state == PSP_SNP_GUEST_RUNNING;
	}
	return false;
}

static bool number_get(QDict *args, const char *key, int64_t max, int64_t *value,
		       Error **errp)
{
	*value = qdict_get_try_int(args, key, -1);
	if (*value >= 0 && *value <= max)
		return true;
	error_setg(errp, "rmpadjust: '%s' must be a whole number from 0 to %" PRId64,
		   key, max);
	return false;
}

/**
 * psp_rmpadjust - have a guest adjust one of its pages
 * @s: the device
 * @args: of the request
 * @errp: set if the instruction would not come to an end
 *
 * Return: a new object, as docs/machine.md describes it, or NULL.
 */
QDict *psp_rmpadjust(PspState *s, QDict *args, Error **errp)
{
	int64_t asid, gpa, vmpl, permissions;
	enum snp_adjust_status status;
	hwaddr pa = 0;
	QDict *dict;

	if (!number_get(args, "asid", UINT32_MAX, &asid, errp) ||
	    !number_get(args, "gpa", INT64_MAX, &gpa, errp) ||
	    !number_get(args, "vmpl", UINT8_MAX, &vmpl, errp) ||
	    !number_get(args, "permissions", UINT8_MAX, &permissions, errp))
		return NULL;
	if (!is_running(s, asid)) {
		error_setg(errp, "rmpadjust: no SNP guest with ASID %" PRId64
			   " is running", asid);
		return NULL;
	}
	status = snp_rmpadjust(&(struct snp_adjust) {
		.asid = asid, .gpa = gpa, .vmpl = vmpl, .permissions = permissions,
		.vmsa = qdict_get_try_bool(args, "vmsa", false),
	}, &pa);
	if (status < 0) {
		error_setg(errp, "rmpadjust: %s", status == SNP_ADJUST_NOT_VALIDATED ?
			   "#VC, the page is not validated" :
			   "#NPF, no page of the guest is there");
		return NULL;
	}
	dict = qdict_new();
	qdict_put_int(dict, "status", status);
	qdict_put_int(dict, "pa", pa);
	return dict;
}
