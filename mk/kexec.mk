# SPDX-License-Identifier: GPL-2.0-only
# snp-kexec, its unit tests and the tests of its command line.

BUILD ?= build

kexec-cc := $(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Werror -Irmp-persist/include -Ikexec
kexec-pure := $(addprefix kexec/,annotation.c boot_entry.c bzimage.c cmdline.c config.c config_keys.c cpio.c e820.c inplace.c inplace_boot.c \
	modinfo.c negotiate.c) $(wildcard rmp-persist/*.c)
kexec-headers := $(wildcard kexec/*.h kexec/snp-kexec/*.h tests/unit/kexec_fixture.h tests/unit/module_fixture.h \
	rmp-persist/*.h rmp-persist/include/rmp_persist/*.h)
kexec-command := $(wildcard kexec/snp-kexec/*.c)
kexec-fake := $(filter-out %/os.c,$(kexec-command)) tests/cli/fake_os.c
kexec-tests := $(addprefix $(BUILD)/tests/,test_annotation test_boot_entry test_bzimage test_cmdline test_config test_cpio test_e820 \
	test_inplace test_modinfo test_negotiate)
kexec-asan = $(patsubst %.c,$(BUILD)/obj/asan/%.o,$(1))
# Kernels of distributors, where they are unpacked already
kexec-kernels := $(wildcard $(BUILD)/kernels/*/vmlinuz)

.PHONY: snp-kexec check-unit check-unit-kexec check-cli-kexec
snp-kexec: $(BUILD)/bin/snp-kexec $(BUILD)/guest-bin/snp-kexec

$(BUILD)/bin/snp-kexec: $(kexec-command) $(kexec-pure) $(kexec-headers)
	@mkdir -p $(@D)
	$(kexec-cc) -O2 -o $@ $(filter %.c,$^) -ljson-c

$(BUILD)/guest-bin/snp-kexec: $(kexec-command) $(kexec-pure) $(kexec-headers)
	@mkdir -p $(@D)
	$(kexec-cc) -O2 -static -o $@ $(filter %.c,$^) -ljson-c

# objects under ASan are made by the rule of mk/rmp-persist.mk
$(kexec-tests): $(BUILD)/tests/%: $(BUILD)/obj/asan/tests/unit/%.o $(call kexec-asan,$(kexec-pure))
$(BUILD)/tests/test_replace: $(call kexec-asan,tests/unit/test_replace.c kexec/snp-kexec/replace.c kexec/snp-kexec/signals.c)
$(BUILD)/tests/fuzz_initrd: $(call kexec-asan,tests/fuzz/fuzz_initrd.c $(kexec-pure))
$(BUILD)/tests/fuzz_config: $(call kexec-asan,tests/fuzz/fuzz_config.c $(kexec-pure))
$(BUILD)/tests/snp-kexec-fake: $(call kexec-asan,$(kexec-fake) $(kexec-pure))
$(BUILD)/tests/make-input: $(call kexec-asan,tests/cli/make_input.c $(wildcard rmp-persist/*.c))

$(kexec-tests) $(addprefix $(BUILD)/tests/,test_replace fuzz_initrd fuzz_config snp-kexec-fake make-input):
	@mkdir -p $(@D)
	$(kexec-cc) -fsanitize=address,undefined -o $@ $^ -lcmocka -ljson-c

.SECONDARY: $(kexec-tests:$(BUILD)/tests/%=$(BUILD)/obj/asan/tests/unit/%.o)

check-unit: check-unit-kexec check-cli-kexec

check-unit-kexec: $(kexec-tests) $(BUILD)/tests/test_replace $(BUILD)/tests/fuzz_initrd $(BUILD)/tests/fuzz_config
	@failed=0; for t in $(kexec-tests) $(BUILD)/tests/test_replace; do \
		$(if $(kexec-kernels),KERNEL_FILES='$(BUILD)/kernels/*/vmlinuz') \
		$$t || failed=1; done; \
		for f in initrd config; do $(BUILD)/tests/fuzz_$$f $(RMPP_FUZZ) || failed=1; done; exit $$failed

check-cli-kexec: $(BUILD)/bin/snp-kexec $(BUILD)/tests/snp-kexec-fake $(BUILD)/tests/make-input
	@failed=0; for t in snp-kexec default_entry negotiation kdump config; do tests/cli/$$t.sh $^ || failed=1; done; exit $$failed

.PHONY: check-cli-errors
check-unit: check-cli-errors
check-cli-errors: $(BUILD)/bin/snp-kexec $(BUILD)/tests/snp-kexec-fake $(BUILD)/tests/make-input $(BUILD)/bin/rmpctl
	@tests/cli/errors.sh $^
