# SPDX-License-Identifier: GPL-2.0-only
# The extension for crash(8): defs.h is of the crash that is to load it (Debian's package has it), and so is its version,
# which the extension asks for when it is loaded.

CRASH ?= crash
CRASH_INCLUDE ?= /usr/include/crash

crash-sources := tools/crash/snp.c tools/crash/memory.c tools/vmcore/find.c tools/vmcore/pages.c \
	tools/rmpctl/show_text.c tools/rmpctl/words.c $(wildcard rmp-persist/*.c) kexec/chain.c
crash-headers := $(wildcard tools/crash/*.h tools/vmcore/*.h tools/rmpctl/*.h) $(rmpp-headers) mk/crash.mk
# with crash and the directory of its header; defs.h is another project's, and not clean by our warnings
crash-cc = $(CC) -std=gnu11 -O2 -g -fPIC -fvisibility=hidden -Wall -Wextra -Wno-unused-parameter -Werror \
	-D_GNU_SOURCE -DX86_64 -D$$(grep -s -m1 -o GDB_16_3 $(2)/defs.h || echo GDB_10_2) \
	-DCRASH_VERSION='"'$$($(1) --version | sed -n 's/^crash \([^ ]*\).*/\1/p')'"' \
	-Irmp-persist/include -Ikexec -Itools/vmcore -Itools/rmpctl -isystem $(2)

.PHONY: crash-extension
crash-extension: $(BUILD)/crash/snp.so ## the commands snp and rmp for crash(8)

$(BUILD)/crash/snp.so: $(crash-sources) $(crash-headers)
	@mkdir -p $(@D)
	@test -f $(CRASH_INCLUDE)/defs.h || \
		{ echo "no $(CRASH_INCLUDE)/defs.h: install the package crash, or set CRASH_INCLUDE" >&2; exit 2; }
	@echo '#include <zlib.h>' | $(CC) -E - >/dev/null 2>&1 || \
		{ echo "no zlib.h, which crash's defs.h includes: install the package zlib1g-dev" >&2; exit 2; }
	$(call crash-cc,$(CRASH),$(CRASH_INCLUDE)) -shared -o $@ $(crash-sources)

$(BUILD)/tests/fake-crash: tests/cli/fake_crash.c mk/crash.mk
	@mkdir -p $(@D)
	$(call crash-cc,$(CRASH),$(CRASH_INCLUDE)) -fvisibility=default -rdynamic -o $@ $<

.PHONY: check-cli-crash
check-unit: check-cli-crash
check-cli-crash: $(BUILD)/crash/snp.so $(BUILD)/tests/fake-crash $(BUILD)/tests/make-dump
	@tests/cli/crash.sh $^

# ---- real ones, on real dumps ----

# scripts/crash.sh has unpacked them
$(BUILD)/crash/%/snp.so: $(crash-sources) $(crash-headers)
	$(call crash-cc,$(@D)/crash,$(@D)/root/usr/include/crash) -shared -o $@ $(crash-sources)

.PHONY: check-crash check-crash-dumps
check-crash: ## crash(8) 8.0 and 9.0 on dumps of 6.12 and 7.3; downloads 2.2 GiB of symbols, once
	@scripts/prepare.sh
	@scripts/crash.sh
	@scripts/crash.sh --drgn
	@scripts/crash.sh --vmlinux
	@$(BUILD)/tests/scenarios kdump-file-6.12 kdump-file-7.3 kdump-file-untold
	@$(MAKE) -s check-crash-dumps

check-crash-dumps: $(foreach suite,bookworm trixie sid,$(BUILD)/crash/$(suite)/snp.so)
	@tests/cli/crash_dumps.sh $(BUILD)
