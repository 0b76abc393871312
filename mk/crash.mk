# SPDX-License-Identifier: GPL-2.0-only
# The extension for crash(8): defs.h is of the crash that is to load it (Debian's package has it).

CRASH_INCLUDE ?= /usr/include/crash
CRASH_GDB ?= $(if $(shell grep -s -m1 -o GDB_16_3 $(CRASH_INCLUDE)/defs.h),GDB_16_3,GDB_10_2)

crash-sources := tools/crash/snp.c tools/crash/memory.c tools/vmcore/find.c tools/vmcore/pages.c \
	tools/rmpctl/show_text.c tools/rmpctl/words.c $(wildcard rmp-persist/*.c) kexec/chain.c
# defs.h is another project's, and not clean by our warnings
crash-cc := $(CC) -std=gnu11 -O2 -g -fPIC -fvisibility=hidden -Wall -Wextra -Wno-unused-parameter -Werror \
	-D_GNU_SOURCE -DX86_64 -DLZO -DSNAPPY -DZSTD -D$(CRASH_GDB) -Irmp-persist/include -Ikexec -Itools/vmcore -Itools/rmpctl

.PHONY: crash-extension
crash-extension: $(BUILD)/crash/snp.so ## the commands snp and rmp for crash(8)

$(BUILD)/crash/snp.so: $(crash-sources) $(wildcard tools/crash/*.h tools/vmcore/*.h tools/rmpctl/*.h) $(rmpp-headers) mk/crash.mk
	@mkdir -p $(@D)
	@test -f $(CRASH_INCLUDE)/defs.h || \
		{ echo "no $(CRASH_INCLUDE)/defs.h: install the package crash, or set CRASH_INCLUDE" >&2; exit 2; }
	$(crash-cc) -isystem $(CRASH_INCLUDE) -shared -o $@ $(crash-sources)

$(BUILD)/tests/fake-crash: tests/cli/fake_crash.c mk/crash.mk
	@mkdir -p $(@D)
	$(crash-cc) -isystem $(CRASH_INCLUDE) -fvisibility=default -rdynamic -o $@ $<

.PHONY: check-cli-crash
check-unit: check-cli-crash
check-cli-crash: $(BUILD)/crash/snp.so $(BUILD)/tests/fake-crash $(BUILD)/tests/make-dump
	@tests/cli/crash.sh $^
