// SPDX-License-Identifier: GPL-2.0-only
/* CPUID and MSRs of each profile. */
#include "payload.h"

TEST("milan", cpuid_milan, "CPUID describes an SNP host",
     "APM vol. 3, Fn8000_001F; Fn8000_000A")
{
	u32 reg[4];

	cpuid(0x8000001f, reg);
	CHECK_EQ(reg[0], 0x101fd3f);
	CHECK_EQ(reg[1], 51 | 5 << 6 | 4 << 12);
	CHECK_EQ(reg[2], 509);
	CHECK_EQ(reg[3], 100);
	cpuid(0x8000000a, reg);
	CHECK_EQ(reg[1], 0x8000);
	cpuid(1, reg);
	CHECK(!(reg[2] & BIT(31)));
	CHECK_EQ(reg[0] >> 8 & 0xf, 0xf);
	CHECK_EQ(reg[0] >> 20 & 0xff, 0xa);
}

TEST("rome", cpuid_rome, "CPUID describes a host with SEV-ES and without SNP",
     "APM vol. 3, Fn8000_001F")
{
	u32 reg[4];

	cpuid(0x8000001f, reg);
	CHECK_EQ(reg[0], 0x1000f);
	CHECK_EQ(reg[1] & 0x3f, 47);
	CHECK_EQ(rdmsr(MSR_RMP_BASE), 0);
	CHECK(control_is("status", "snp_state", "ABSENT"));
	CHECK_EQ(psp_snp_init(1, 0), 0x11);
	CHECK_EQ(psp_snp_shutdown(1), 0x11);
	CHECK_EQ(try_wrmsr(MSR_SYSCFG, SYSCFG_MEM | SYSCFG_SNP).vector, FAULT_GP);
}

static void check_cpuid_asids(u32 nr, u32 min_sev)
{
	u32 reg[4];

	cpuid(0x8000001f, reg);
	CHECK_EQ(reg[2], nr);
	CHECK_EQ(reg[3], min_sev);
}

TEST("naples", cpuid_naples, "CPUID describes a host with 15 ASIDs, without SNP",
     "APM vol. 3, Fn8000_001F")
{
	u32 reg[4];

	cpuid(0x8000001f, reg);
	CHECK_EQ(reg[0], 0xf);
	CHECK_EQ(reg[1], 47 | 5 << 6);
	check_cpuid_asids(15, 6);
	cpuid(1, reg);
	CHECK_EQ(reg[0] >> 20 & 0xff, 0x8);
	CHECK(control_is("status", "snp_state", "ABSENT"));
	CHECK(control_is("status", "firmware", "0.17.48"));
}

TEST("genoa", cpuid_genoa, "CPUID describes an SNP host of the next generation",
     "APM vol. 3, Fn8000_001F")
{
	u32 reg[4];

	cpuid(0x8000001f, reg);
	CHECK_EQ(reg[0] & 0x3f, 0x3f);
	CHECK_EQ(reg[0] & (BIT(21) | BIT(23)), 0);
	CHECK_EQ(reg[1], 51 | 5 << 6 | 4 << 12);
	check_cpuid_asids(1006, 100);
	cpuid(1, reg);
	CHECK_EQ(reg[0] >> 20 & 0xff, 0xa);
	CHECK_EQ(reg[0] >> 16 & 0xf, 1);
	CHECK(control_is("status", "firmware", "1.55.39"));
	snp_up();
}

TEST("turin", cpuid_turin, "CPUID describes RMPREAD and a segmented RMP",
     "APM vol. 3, Fn8000_001F, Fn8000_0025")
{
	u32 reg[4];

	cpuid(0x8000001f, reg);
	CHECK_EQ(reg[0] & (BIT(21) | BIT(23) | BIT(4)), BIT(21) | BIT(23) | BIT(4));
	check_cpuid_asids(1006, 100);
	cpuid(0x80000025, reg);
	CHECK_EQ(reg[0] & 0x3f, 30);
	CHECK_EQ(reg[0] >> 6 & 0x3f, 40);
	CHECK_EQ(reg[1] & BIT(10), 0);
	cpuid(1, reg);
	CHECK_EQ(reg[0] >> 20 & 0xff, 0xb);
	CHECK(control_is("status", "firmware", "1.58.2"));
	snp_up();
}

TEST("none", cpuid_none, "without a snp-host object the PC is a stock one",
     "rule of the project")
{
	u64 status, flags, state[2] = { 0 };
	u32 reg[4];

	cpuid(0x80000000, reg);
	CHECK(reg[0] < 0x8000001f);
	CHECK_EQ(rdmsr(MSR_SYSCFG) & SYSCFG_SNP, 0);
	CHECK_EQ(try_rmpupdate(TEST_PA, state, &status, &flags).vector, FAULT_UD);
	CHECK_EQ(try_psmash(TEST_PA, &status).vector, FAULT_UD);
	CHECK_EQ(psp_at(4, TEST_PA), ~0u);
}

TEST("milan", syscfg_start, "firmware leaves encryption on and SMM locked",
     "APM vol. 2, 15.34; 7.10")
{
	CHECK(rdmsr(MSR_SYSCFG) & SYSCFG_MEM);
	CHECK(!(rdmsr(MSR_SYSCFG) & (SYSCFG_SNP | SYSCFG_VMPL)));
	CHECK(rdmsr(MSR_HWCR) & 1);
	CHECK(control_get("status", "snp_en/0") == 0);
}

TEST("milan", syscfg_sticky, "SNPEn is set for good, and holds what it needs",
     "APM vol. 2, 15.36, enabling SEV-SNP")
{
	wrmsr(MSR_SYSCFG, rdmsr(MSR_SYSCFG) | SYSCFG_SNP | SYSCFG_VMPL);
	wrmsr(MSR_SYSCFG, 0);
	CHECK_EQ(rdmsr(MSR_SYSCFG), SYSCFG_MEM | SYSCFG_SNP | SYSCFG_VMPL);
	CHECK_EQ(control_get("status", "snp_en/0"), 1);
	CHECK_EQ(control_get("status", "snp_en/1"), 0);
}

TEST("milan", hwcr_locked, "SMMLOCK cannot be cleared", "PPR 19h, MSRC001_0015")
{
	wrmsr(MSR_HWCR, 0);
	CHECK(rdmsr(MSR_HWCR) & 1);
}

TEST("milan", rmp_msrs, "the RMP's place is locked, and where the status says",
     "APM vol. 2, 15.36, initializing the RMP")
{
	u64 base = rdmsr(MSR_RMP_BASE), end = rdmsr(MSR_RMP_END);

	CHECK(base && base % 0x2000 == 0 && (end + 1) % 0x2000 == 0);
	CHECK_EQ(control_get("status", "rmp/base"), base);
	CHECK_EQ(control_get("status", "rmp/end"), end);
	CHECK_EQ(try_wrmsr(MSR_RMP_BASE, 0).vector, FAULT_GP);
	CHECK_EQ(try_wrmsr(MSR_RMP_END, 0).vector, FAULT_GP);
}

static void check_still_enabled(void)
{
	CHECK(rdmsr(MSR_SYSCFG) & SYSCFG_SNP);
}

TEST("milan", init_keeps_state, "an INIT and a new kernel's start change nothing",
     "APM vol. 2, 14.1, INIT; what a kexec does to the other CPUs")
{
	snp_up();
	CHECK_EQ(rmp_firmware(TEST_PA), RMP_OK);
	ap_start();
	all_run(check_still_enabled);
	CHECK(control_is("status", "snp_state", "INIT"));
	CHECK_EQ(rmp_entry(TEST_PA), 5);
	CHECK_EQ(try_write(map_4k(TEST_PA), 1).vector, FAULT_PF);
}

#define RESET_MARK ((volatile u64 *)0x7800)

TEST("milan", reset_before, "a host that uses everything is reset ...",
     "APM vol. 2, 14.1, RESET#")
{
	snp_up();
	CHECK_EQ(snp_launch(TEST_PA, 1), 0);
	for (u64 pa = 0x4200000; pa < 0x4400000; pa += PAGE_SIZE)
		CHECK_EQ(rmp_firmware(pa), RMP_OK);
	CHECK_EQ(psp_sev_init(true, 0x4200000, 0x200000), 0);
	CHECK_EQ(control_get("status", "tmr/locked"), 1);
	*RESET_MARK = 1;
}

TEST("milan", reset_after, "... and starts with nothing left",
     "APM vol. 2, 14.1, RESET#")
{
	CHECK_EQ(*RESET_MARK, 1);
	CHECK(control_is("status", "sev_state", "UNINIT"));
	CHECK(control_is("status", "snp_state", "UNINIT"));
	CHECK_EQ(control_get("status", "rmp_initialized"), 0);
	CHECK_EQ(control_get("status", "tmr/locked"), 0);
	CHECK_EQ(control_get("status", "guests/0/asid"), ~0ULL);
	CHECK_EQ(control_get("status", "asids/clean"), 509);
	CHECK_EQ(control_get("status", "snp_en/0"), 0);
	CHECK_EQ(control_get("census", "assigned"), 0);
	CHECK_EQ(rmp_entry(TEST_PA), 0);
	CHECK_EQ(try_write(map_4k(TEST_PA), 1).vector, NO_FAULT);
	CHECK_EQ(try_write(map_4k(0x4200000), 1).vector, NO_FAULT);
	CHECK_EQ(control_get("counters", "forbidden"), 0);
}
