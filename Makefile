# SPDX-License-Identifier: GPL-2.0-only
# "make help" lists what there is. The work is done by scripts/ and by the rules in mk/.

BUILD ?= build
CACHE ?= $(HOME)/.cache/snp-kexec
SNP_T0 ?= $(shell date +%s)
export BUILD CACHE SNP_T0

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

-include mk/*.mk

.PHONY: help
help: ## this list
	@echo "Targets (results below $(BUILD)/, downloads and QEMU cached in $(CACHE)):"
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 20 | sed 's/^/  /'
	@echo "Variables: BUILD=$(BUILD)  CACHE=$(CACHE)"

.PHONY: demo check check-unit check-machine check-scenarios check-kexec check-kdump check-kho check-between check-matrix check-qualify qualify matrix-doc seed-bug selftest-flaky stress stress-controls bench-stress bench-machine bench-kexec bench-kdump bench-lazy bench

demo: ## boot the emulated host and kexec it, guests alive, a table line a hop
	@scripts/prepare.sh
	@$(BUILD)/tests/demo

check: ## all tests; ends with "N passed, N failed"
	@scripts/check.sh

check-unit: ## only what runs without a machine: unit tests, fuzzing, command lines
check-machine: ## only the emulated machine's own tests
	@scripts/deps.sh && scripts/build-qemu.sh
	@tests/machine/run-tests

check-scenarios: ## only kexecs in the machine; SCENARIOS="NAME..." picks some; CORES=1 keeps the memory of what died
	@scripts/prepare.sh
	@case "$(SCENARIOS)" in *systemd*) scripts/systemd.sh ;; *kdump-tools*) scripts/kdump-tools.sh ;; *dracut*) scripts/dracut.sh ;; esac
	@$(BUILD)/tests/scenarios $(if $(CORES),--cores) $(SCENARIOS)

# all but tables of figures, stock kernels alone, and what has a target of its own; on demand or not
kexec-checks := '!(matrix-*|seed-bug-*|flaky-*|leak-*|lazy-bench|kho*|kdump-*|walk-between-*)'

check-kexec: ## every kernel into every kernel, by each way, with each policy; what can go wrong, and every control
	@scripts/prepare.sh
	@scripts/systemd.sh
	@$(BUILD)/tests/scenarios $(if $(CORES),--cores) $(kexec-checks)

check-kdump: ## panics, and every reader of the dump, with what keeps them off guests' pages and without
	@scripts/prepare.sh
	@scripts/makedumpfile.sh sid
	@scripts/kdump-tools.sh
	@scripts/dracut.sh
	@$(BUILD)/tests/scenarios $(if $(CORES),--cores) 'kdump-*' 'crash-*'

check-kho: ## the hand-over by KHO; builds a kernel that has it, once (about 15 minutes)
	@scripts/check-kho.sh

check-between: ## builds for all kernels that Debian serves; a walk through two between 6.1, 6.12 and 7.3
	@scripts/check-between.sh

check-matrix: ## only stock kernels on each generation of processors, with as many guests as fit
	@scripts/prepare.sh
	@$(BUILD)/tests/scenarios 'matrix-*'

qualify: ## what a kernel can do across kexec and kdump; KERNEL=6.12, a release, a linux-image package, a vmlinuz
	@scripts/qualify.sh '$(KERNEL)'

check-qualify: ## cells of that matrix fail, or are not known, where they must
	@scripts/prepare.sh
	@$(BUILD)/tests/qualify --control

matrix-doc: ## docs/matrix.md from what "make qualify" has found; RUN=1 runs what is missing
	@scripts/matrix-doc.sh

seed-bug: ## ten stock kernels jump with a locked TMR; how many of the next ones are harmed
	@scripts/prepare.sh
	@rm -f $(BUILD)/out/seed-bug.failed
	@{ $(BUILD)/tests/scenarios 'seed-bug-*' || touch $(BUILD)/out/seed-bug.failed; } | tee $(BUILD)/out/seed-bug.log
	@awk '/^# seed bug: killed/ { k++ } /^# seed bug: corrupted/ { c++ } /by jump 1:/ { f++ } /^(not )?ok / { n++ } \
		END { printf "%d of %d next kernels were harmed: %d killed, %d with corrupted memory; %d by the first jump\n", k + c, n, k, c, f }' \
		$(BUILD)/out/seed-bug.log
	@test ! -e $(BUILD)/out/seed-bug.failed

selftest-flaky: N = 50
selftest-flaky: ## N jumps (50) with a locked TMR, stock and with ccp_ext: how many next kernels each harms
	@scripts/prepare.sh
	@scripts/selftest-flaky.sh $(N)

stress: ## N kexecs (1000) of one host, each drawn from SEED (42), with guests and faults; docs/stress.md
	@scripts/stress.sh

stress-controls: ## a short run without each guard: what "make stress" would make of it
	@scripts/prepare.sh
	@$(BUILD)/tests/stress --control all

bench-stress: N = 3
bench-stress: ## N hops (3) of "make stress" without guests and faults, and N bare kexecs on the QEMU that Debian ships
	@scripts/prepare.sh
	@scripts/build-qemu.sh --pristine
	@$(BUILD)/tests/stress --bench $(N)

bench-machine: ## boot on the machine and on the same QEMU without it, in turn
	@scripts/prepare.sh
	@scripts/build-qemu.sh --pristine
	@tests/machine/bench

N ?= 10
bench-kexec: ## N hops (10) of each kind of kexec, stock and ours, in turn
	@scripts/prepare.sh
	@scripts/kexec-tools.sh
	@$(BUILD)/tests/bench-kexec $(N)

bench-kdump: N = 3
bench-kdump: ## dumps of hosts with no, half and nearly all of memory in guests, stock and filtered, N times (3)
	@scripts/prepare.sh
	@$(BUILD)/tests/bench-kdump $(N)

bench-lazy: N = 3
bench-lazy: ## jumps with 0 to 2 GiB of guests, policies evict and lazy in turn, medians of N rounds (3)
	@scripts/prepare.sh
	@scripts/bench-lazy.sh $(N)

bench: ## scan and encode speed beside a pure read of the same bytes

.PHONY: deps qemu kernels modules guest-programs tools initramfs
deps: ## install what is missing of Debian 12's packages (as root; else says which)
	@scripts/deps.sh

qemu: deps ## the emulated SNP host, patched from Debian's QEMU source
	@scripts/build-qemu.sh

kernels: deps ## Debian's newest 6.1, 6.12 and 7.3, unpacked, not installed
	@scripts/kernels.sh

modules: kernels ## ccp_ext.ko for each of them
	@bash -c '. scripts/lib.sh; for series in $$SERIES; do scripts/build-module.sh $$series || exit; done'

tools: snp-kexec rmpctl ## snp-kexec and rmpctl
guest-programs: $(guest-programs) snp-kexec rmpctl ## what runs inside the machine

initramfs: modules guest-programs tools ## the machine's initramfs and boot disk
	@scripts/initramfs.sh

.PHONY: clean distclean
clean: ## remove what is built from these sources; kernels, QEMU, package lists stay
	@echo "removing programs, modules, initramfs, tests and logs below $(BUILD)/"
	@rm -rf $(addprefix $(BUILD)/,bin guest-bin tests modules initramfs out obj deb boot.tar boot.stamp boot-kho.tar boot-kho.stamp)

distclean: ## remove the build directory; downloads and QEMU stay in the cache
	@echo "removing $(BUILD)/ (what it took long to get stays in $(CACHE); remove that by hand)"
	@rm -rf $(BUILD)
