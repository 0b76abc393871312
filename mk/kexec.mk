# SPDX-License-Identifier: GPL-2.0-only
# snp-kexec, its unit tests and the tests of its command line.

BUILD ?= build

kexec-cc := $(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Werror
kexec-sanitize := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
kexec-pure := $(addprefix kexec/,bzimage.c cmdline.c e820.c inplace.c inplace_boot.c)
kexec-headers := $(wildcard kexec/*.h kexec/snp-kexec/*.h tests/unit/kexec_fixture.h)
kexec-command := $(wildcard kexec/snp-kexec/*.c)
kexec-fake := $(filter-out %/os.c,$(kexec-command)) tests/cli/fake_os.c
kexec-tests := $(addprefix $(BUILD)/tests/,test_bzimage test_cmdline test_e820 test_inplace)
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

$(kexec-tests): $(BUILD)/tests/%: tests/unit/%.c $(kexec-pure) $(kexec-headers)
	@mkdir -p $(@D)
	$(kexec-cc) $(kexec-sanitize) -o $@ $(filter %.c,$^) -lcmocka

$(BUILD)/tests/snp-kexec-fake: $(kexec-fake) $(kexec-pure) $(kexec-headers)
	@mkdir -p $(@D)
	$(kexec-cc) $(kexec-sanitize) -o $@ $(filter %.c,$^) -ljson-c

$(BUILD)/tests/make-bzimage: tests/cli/make_bzimage.c tests/unit/kexec_fixture.h
	@mkdir -p $(@D)
	$(kexec-cc) -O1 -o $@ $<

check-unit: check-unit-kexec check-cli-kexec

check-unit-kexec: $(kexec-tests)
	@failed=0; for t in $(kexec-tests); do \
		$(if $(kexec-kernels),KERNEL_FILES='$(BUILD)/kernels/*/vmlinuz') \
		$$t || failed=1; done; exit $$failed

check-cli-kexec: $(BUILD)/bin/snp-kexec $(BUILD)/tests/snp-kexec-fake $(BUILD)/tests/make-bzimage
	@tests/cli/snp-kexec.sh $^
