# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Which of QEMU's processors belongs to which profile.

# What TCG cannot emulate is left out of the models, or QEMU warns of it.
missing=-topoext,-pcid,-invpcid,-fxsr-opt,-misalignsse,-osvw,-perfctr-core
missing=$missing,-erms,-fsrm,-clzero,-ibpb,-ibrs,-amd-stibp,-amd-ssbd,-nrip-save,-xsavec,-xsaves
missing_zen4=$missing,-avx512f,-avx512dq,-avx512ifma,-avx512cd,-avx512bw,-avx512vl,-avx512vbmi
missing_zen4=$missing_zen4,-avx512vbmi2,-gfni,-vpclmulqdq,-avx512vnni,-avx512bitalg
missing_zen4=$missing_zen4,-avx512-vpopcntdq,-avx512-bf16,-stibp-always-on,-amd-psfd
missing_zen4=$missing_zen4,-no-nested-data-bp,-lfence-always-serializing,-null-sel-clr-base
missing_zen4=$missing_zen4,-auto-ibrs,-vnmi

# shellcheck disable=SC2034 # by those who source this
profiles="naples rome milan genoa turin"

# cpu_of PROFILE: the value of -cpu, or failure. QEMU 10.0 has no EPYC-Turin: it is a Genoa of
# family 1Ah, with the highest function number that tells of a segmented RMP.
cpu_of() {
	case $1 in
	naples) echo "EPYC,phys-bits=48,xlevel=0x8000001f,-hypervisor,+svm,$missing" ;;
	rome) echo "EPYC-Rome,phys-bits=48,xlevel=0x8000001f,-hypervisor,+svm,$missing" ;;
	milan) echo "EPYC-Milan,phys-bits=48,xlevel=0x80000021,-hypervisor,+svm,$missing" ;;
	genoa) echo "EPYC-Genoa,phys-bits=48,xlevel=0x80000022,-hypervisor,+svm,$missing_zen4" ;;
	turin) echo "EPYC-Genoa,family=26,model=2,stepping=1,ucode-rev=0x0b00215a,model-id=AMD EPYC-Turin Processor,phys-bits=48,xlevel=0x80000025,-hypervisor,+svm,$missing_zen4" ;;
	none) echo "EPYC-Milan,-hypervisor,$missing" ;;
	*) return 1 ;;
	esac
}
