// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Numbers to words. */
#define RMPP_CORE
#include <rmp_persist/rmp_persist.h>

#define NAME_OF(table, i)	\
	((i) < sizeof(table) / sizeof((table)[0]) && (table)[i] ? (table)[i] : "?")

/**
 * rmpp_strerror() - what a check found wrong
 * @err: 0 or a negative enum rmpp_error
 *
 * Return: a phrase without a full stop; "unknown error" for other numbers.
 */
const char *rmpp_strerror(int err)
{
	static const char * const text[] = {
		[-RMPP_OK]		= "no error",
		[-RMPP_ERR_TRUNCATED]	= "truncated",
		[-RMPP_ERR_MAGIC]	= "bad magic: not a hand-over blob",
		[-RMPP_ERR_HEADER_SIZE]	= "bad header size",
		[-RMPP_ERR_HEADER_CRC]	= "bad header checksum",
		[-RMPP_ERR_INCOMPAT]	= "unknown incompatible feature",
		[-RMPP_ERR_RESERVED]	= "reserved bits not zero or text not terminated",
		[-RMPP_ERR_NR_SECTIONS]	= "too many sections",
		[-RMPP_ERR_SECTION_SIZE] = "bad section or entry size",
		[-RMPP_ERR_SECTION_RANGE] = "section past the end, overlapping or unsorted",
		[-RMPP_ERR_SECTION_ALIGN] = "section not aligned",
		[-RMPP_ERR_SECTION_CRC]	= "bad section checksum",
		[-RMPP_ERR_SECTION_DUP]	= "section occurs twice",
		[-RMPP_ERR_SECTION_MISSING] = "platform section missing",
		[-RMPP_ERR_SECTION_UNKNOWN] = "unknown section that must be understood",
		[-RMPP_ERR_ENTRY_VALUE]	= "value out of range",
		[-RMPP_ERR_EXTENT_ORDER] = "ranges unsorted, overlapping or touching",
		[-RMPP_ERR_EXTENT_RANGE] = "range empty or past the physical address space",
		[-RMPP_ERR_NO_SPACE]	= "no space left in the output",
		[-RMPP_ERR_ARGUMENT]	= "invalid argument",
		[-RMPP_ERR_RECORD_PLACE] = "records do not lie one behind the other",
		[-RMPP_ERR_RECORD_CRC]	= "bad record checksum",
		[-RMPP_ERR_RECORD_WITHHELD] = "the record's bytes are not in this blob",
		[-RMPP_ERR_UNREADABLE]	= "an entry of the RMP cannot be read",
	};

	if (err > 0 || err < RMPP_ERR_LAST)
		return "unknown error";
	return text[-err];
}

/**
 * rmpp_page_state_name() - name by AMD 56860, "Page States"
 * @state: enum rmpp_page_state
 *
 * Return: the name; "Mixed" for ours; "?" if unknown.
 */
const char *rmpp_page_state_name(u32 state)
{
	static const char * const name[] = {
		[RMPP_PAGE_HYPERVISOR]	= "Hypervisor",
		[RMPP_PAGE_HV_FIXED]	= "HV-Fixed",
		[RMPP_PAGE_FIRMWARE]	= "Firmware",
		[RMPP_PAGE_RECLAIM]	= "Reclaim",
		[RMPP_PAGE_CONTEXT]	= "Context",
		[RMPP_PAGE_METADATA]	= "Metadata",
		[RMPP_PAGE_PRE_GUEST]	= "Pre-Guest",
		[RMPP_PAGE_PRE_SWAP]	= "Pre-Swap",
		[RMPP_PAGE_GUEST_INVALID] = "Guest-Invalid",
		[RMPP_PAGE_GUEST_VALID]	= "Guest-Valid",
		[RMPP_PAGE_MIXED]	= "Mixed",
	};

	return NAME_OF(name, state);
}

/**
 * rmpp_step_name() - name of a step of quiesce
 * @step: enum rmpp_step
 *
 * Return: the name; "?" if unknown.
 */
const char *rmpp_step_name(u32 step)
{
	static const char * const name[] = {
		[RMPP_STEP_EVICT]	 = "evict",
		[RMPP_STEP_DECOMMISSION] = "decommission",
		[RMPP_STEP_WBINVD]	 = "wbinvd",
		[RMPP_STEP_DF_FLUSH]	 = "df-flush",
		[RMPP_STEP_SNP_DF_FLUSH] = "snp-df-flush",
		[RMPP_STEP_SEV_SHUTDOWN] = "sev-shutdown",
		[RMPP_STEP_TMR_RECLAIM]	 = "tmr-reclaim",
		[RMPP_STEP_SNP_SHUTDOWN] = "snp-shutdown",
		[RMPP_STEP_VERIFY]	 = "verify",
		[RMPP_STEP_SCAN]	 = "scan",
		[RMPP_STEP_CHAIN]	 = "chain",
		[RMPP_STEP_PUBLISH]	 = "publish",
	};

	return NAME_OF(name, step);
}

/**
 * rmpp_section_name() - name of a section
 * @type: enum rmpp_section_type; 0 is the header
 *
 * Return: the name; "?" if unknown.
 */
const char *rmpp_section_name(u32 type)
{
	static const char * const name[] = {
		[0]			  = "header",
		[RMPP_SECTION_PLATFORM]	  = "platform",
		[RMPP_SECTION_QUARANTINE] = "quarantine",
		[RMPP_SECTION_RMP_RUNS]	  = "rmp-runs",
		[RMPP_SECTION_GUESTS]	  = "guests",
		[RMPP_SECTION_STEPS]	  = "steps",
		[RMPP_SECTION_FLIGHT]	  = "flight",
		[RMPP_SECTION_PROOFS]	  = "proofs",
		[RMPP_SECTION_RECORDS]	  = "records",
		[RMPP_SECTION_RECORD_DATA] = "record-data",
		[RMPP_SECTION_TOP]	  = "top",
	};

	return NAME_OF(name, type);
}

/**
 * rmpp_policy_name() - what is to become of guests
 * @policy: RMPP_POLICY_*
 *
 * Return: the word that module parameter, sysfs and tools use; "?" if unknown.
 */
const char *rmpp_policy_name(u32 policy)
{
	static const char * const name[] = {
		[RMPP_POLICY_EVICT]	= "evict",
		[RMPP_POLICY_LAZY]	= "lazy",
		[RMPP_POLICY_PRESERVE]	= "preserve",
	};

	return NAME_OF(name, policy);
}

/**
 * rmpp_guest_state_name() - what a guest was doing, in the firmware's word
 * @kind: RMPP_GUEST_*
 * @state: RMPP_SEV_GUEST_* or RMPP_SNP_GUEST_*
 *
 * Return: the name by AMD 55766 (SEV, SEV-ES) or 56860 (SNP); "?" if unknown.
 */
const char *rmpp_guest_state_name(u32 kind, u32 state)
{
	static const char * const sev[] = {
		[RMPP_SEV_GUEST_INVALID] = "INVALID",
		[RMPP_SEV_GUEST_LUPDATE] = "LUPDATE",
		[RMPP_SEV_GUEST_LSECRET] = "LSECRET",
		[RMPP_SEV_GUEST_RUNNING] = "RUNNING",
		[RMPP_SEV_GUEST_SUPDATE] = "SUPDATE",
		[RMPP_SEV_GUEST_RUPDATE] = "RUPDATE",
		[RMPP_SEV_GUEST_SENT]	 = "SENT",
	};
	static const char * const snp[] = {
		[RMPP_SNP_GUEST_INIT]	 = "INIT",
		[RMPP_SNP_GUEST_LAUNCH]	 = "LAUNCH",
		[RMPP_SNP_GUEST_RUNNING] = "RUNNING",
	};

	return kind == RMPP_GUEST_SNP ? NAME_OF(snp, state) : NAME_OF(sev, state);
}

/**
 * rmpp_psp_command_name() - name of a firmware command
 * @command: number by AMD 55766 (SEV) and 56860 (SNP); Linux psp-sev.h
 *
 * Return: the name, SNP's with the prefix SNP_; "?" if unknown.
 */
const char *rmpp_psp_command_name(u32 command)
{
	static const char * const name[] = {
		[0x01] = "INIT",		[0x02] = "SHUTDOWN",
		[0x03] = "FACTORY_RESET",	[0x04] = "PLATFORM_STATUS",
		[0x05] = "PEK_GEN",		[0x06] = "PEK_CSR",
		[0x07] = "PEK_CERT_IMPORT",	[0x08] = "PDH_CERT_EXPORT",
		[0x09] = "PDH_GEN",		[0x0a] = "DF_FLUSH",
		[0x0b] = "DOWNLOAD_FIRMWARE",	[0x0c] = "GET_ID",
		[0x0d] = "INIT_EX",
		[0x20] = "DECOMMISSION",	[0x21] = "ACTIVATE",
		[0x22] = "DEACTIVATE",		[0x23] = "GUEST_STATUS",
		[0x30] = "LAUNCH_START",	[0x31] = "LAUNCH_UPDATE_DATA",
		[0x32] = "LAUNCH_UPDATE_VMSA",	[0x33] = "LAUNCH_MEASURE",
		[0x34] = "LAUNCH_UPDATE_SECRET", [0x35] = "LAUNCH_FINISH",
		[0x36] = "ATTESTATION_REPORT",
		[0x40] = "SEND_START",		[0x41] = "SEND_UPDATE_DATA",
		[0x42] = "SEND_UPDATE_VMSA",	[0x43] = "SEND_FINISH",
		[0x44] = "SEND_CANCEL",
		[0x50] = "RECEIVE_START",	[0x51] = "RECEIVE_UPDATE_DATA",
		[0x52] = "RECEIVE_UPDATE_VMSA",	[0x53] = "RECEIVE_FINISH",
		[0x60] = "DBG_DECRYPT",		[0x61] = "DBG_ENCRYPT",
		[0x81] = "SNP_INIT",		[0x82] = "SNP_SHUTDOWN",
		[0x83] = "SNP_PLATFORM_STATUS",	[0x84] = "SNP_DF_FLUSH",
		[0x85] = "SNP_INIT_EX",		[0x86] = "SNP_SHUTDOWN_EX",
		[0x90] = "SNP_DECOMMISSION",	[0x91] = "SNP_ACTIVATE",
		[0x92] = "SNP_GUEST_STATUS",	[0x93] = "SNP_GCTX_CREATE",
		[0x94] = "SNP_GUEST_REQUEST",	[0x95] = "SNP_ACTIVATE_EX",
		[0xa0] = "SNP_LAUNCH_START",	[0xa1] = "SNP_LAUNCH_UPDATE",
		[0xa2] = "SNP_LAUNCH_FINISH",
		[0xb0] = "SNP_DBG_DECRYPT",	[0xb1] = "SNP_DBG_ENCRYPT",
		[0xc0] = "SNP_PAGE_SWAP_OUT",	[0xc1] = "SNP_PAGE_SWAP_IN",
		[0xc2] = "SNP_PAGE_MOVE",	[0xc3] = "SNP_PAGE_MD_INIT",
		[0xc6] = "SNP_PAGE_SET_STATE",	[0xc7] = "SNP_PAGE_RECLAIM",
		[0xc8] = "SNP_PAGE_UNSMASH",	[0xc9] = "SNP_CONFIG",
		[0xca] = "SNP_DOWNLOAD_FIRMWARE_EX",
		[0xcb] = "SNP_COMMIT",		[0xcd] = "SNP_VLEK_LOAD",
		[0xce] = "SNP_FEATURE_INFO",
	};

	return NAME_OF(name, command);
}

/**
 * rmpp_psp_status_name() - name of a firmware status
 * @status: number by AMD 55766 and 56860, "Status Codes"; Linux uapi psp-sev.h
 *
 * Return: the name; "?" if unknown, 0xffffffff (no answer) among them.
 */
const char *rmpp_psp_status_name(u32 status)
{
	static const char * const name[] = {
		[0x00] = "SUCCESS",		[0x01] = "INVALID_PLATFORM_STATE",
		[0x02] = "INVALID_GUEST_STATE",	[0x03] = "INVALID_CONFIG",
		[0x04] = "INVALID_LENGTH",	[0x05] = "ALREADY_OWNED",
		[0x06] = "INVALID_CERTIFICATE",	[0x07] = "POLICY_FAILURE",
		[0x08] = "INACTIVE",		[0x09] = "INVALID_ADDRESS",
		[0x0a] = "BAD_SIGNATURE",	[0x0b] = "BAD_MEASUREMENT",
		[0x0c] = "ASID_OWNED",		[0x0d] = "INVALID_ASID",
		[0x0e] = "WBINVD_REQUIRED",	[0x0f] = "DFFLUSH_REQUIRED",
		[0x10] = "INVALID_GUEST",	[0x11] = "INVALID_COMMAND",
		[0x12] = "ACTIVE",		[0x13] = "HWERROR_PLATFORM",
		[0x14] = "HWERROR_UNSAFE",	[0x15] = "UNSUPPORTED",
		[0x16] = "INVALID_PARAM",	[0x17] = "RESOURCE_LIMIT",
		[0x18] = "SECURE_DATA_INVALID",	[0x19] = "INVALID_PAGE_SIZE",
		[0x1a] = "INVALID_PAGE_STATE",	[0x1b] = "INVALID_MDATA_ENTRY",
		[0x1c] = "INVALID_PAGE_OWNER",	[0x1d] = "AEAD_OFLOW",
		[0x1f] = "EXIT_RING_BUFFER",	[0x20] = "RMP_INIT_REQUIRED",
		[0x21] = "BAD_SVN",		[0x22] = "BAD_VERSION",
		[0x23] = "SHUTDOWN_REQUIRED",	[0x24] = "UPDATE_FAILED",
		[0x25] = "RESTORE_REQUIRED",	[0x26] = "RMP_INITIALIZATION_FAILED",
		[0x27] = "INVALID_KEY",		[0x28] = "SHUTDOWN_INCOMPLETE",
	};

	return NAME_OF(name, status);
}
