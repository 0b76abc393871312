# SPDX-License-Identifier: GPL-2.0-only
# The shared core in userspace: objects, unit tests, fuzzing, rmpctl, bench.

BUILD ?= build

rmpp-flags := -std=c11 -Wall -Wextra -Wshadow -Werror -Irmp-persist/include -Ikexec
# the core as the kernel builds it: integer registers only, small frames
rmpp-core-flags := $(rmpp-flags) -O2 -mgeneral-regs-only -Wvla -Wdeclaration-after-statement \
	-Wframe-larger-than=1024
rmpp-tool-flags := $(rmpp-flags) -Itools/vmcore -D_GNU_SOURCE -O2
rmpp-test-flags := $(rmpp-flags) -Itools/vmcore -D_GNU_SOURCE -O1 -g -fsanitize=address,undefined \
	-fno-sanitize-recover=all

rmpp-sources := $(wildcard rmp-persist/*.c) kexec/chain.c kexec/chain_punch.c
rmpp-headers := $(wildcard rmp-persist/*.h rmp-persist/include/rmp_persist/*.h) kexec/chain.h
rmpp-objects := $(rmpp-sources:%.c=$(BUILD)/obj/%.o)
rmpp-test-objects := $(rmpp-sources:%.c=$(BUILD)/obj/asan/%.o) \
	$(BUILD)/obj/asan/tests/unit/rmpp_fixture.o
rmpp-tests := $(addprefix $(BUILD)/tests/,test_crc32c test_rmp_entry test_rmp_scan test_fetch test_extent \
	test_writer test_writer_runs test_check test_check_entries test_reader test_status test_features \
	test_golden test_golden_2 test_record test_psp_count test_filter test_filter_blob test_pins test_union test_chain test_chain_prepare test_chain_punch)
RMPP_FUZZ ?= 200000

$(BUILD)/obj/rmp-persist/%.o: rmp-persist/%.c $(rmpp-headers) mk/rmp-persist.mk
	@mkdir -p $(@D)
	$(CC) $(rmpp-core-flags) -c -o $@ $<

$(BUILD)/obj/kexec/%.o: kexec/%.c $(rmpp-headers) mk/rmp-persist.mk
	@mkdir -p $(@D)
	$(CC) $(rmpp-core-flags) -c -o $@ $<

$(BUILD)/obj/asan/%.o: %.c $(rmpp-headers) $(kexec-headers) $(wildcard tools/rmpctl/*.h tools/vmcore/*.h) tests/unit/rmpp_fixture.h tests/fuzz/mutate.h mk/rmp-persist.mk
	@mkdir -p $(@D)
	$(CC) $(rmpp-test-flags) -c -o $@ $<

$(rmpp-tests): $(BUILD)/tests/%: $(BUILD)/obj/asan/tests/unit/%.o $(rmpp-test-objects)
	@mkdir -p $(@D)
	$(CC) $(rmpp-test-flags) -o $@ $^ -lcmocka

$(BUILD)/tests/fuzz_blob: $(BUILD)/obj/asan/tests/fuzz/fuzz_blob.o $(rmpp-test-objects)
	@mkdir -p $(@D)
	$(CC) $(rmpp-test-flags) -o $@ $^ -lcmocka

.SECONDARY: $(rmpp-tests:$(BUILD)/tests/%=$(BUILD)/obj/asan/tests/unit/%.o)

# ---- rmpctl ----

# Contents of kdump-compressed dumps take libkdumpfile, of which there is no static library. Not --exists: that asks for
# what only a static one needs, and which Debian's libkdumpfile-dev does not bring along.
vmcore-sources := $(filter-out %/kdump_content.c %/kdump_content_none.c,$(wildcard tools/vmcore/*.c)) \
	kexec/snp-kexec/replace.c kexec/snp-kexec/signals.c
vmcore-libs := $(shell pkg-config --libs libkdumpfile 2>/dev/null)
vmcore-content := $(if $(vmcore-libs),kdump_content,kdump_content_none)

rmpctl-sources := $(wildcard tools/rmpctl/*.c) $(vmcore-sources)
rmpctl-objects := $(rmpctl-sources:%.c=$(BUILD)/obj/tool/%.o)
rmpctl-headers := $(wildcard tools/rmpctl/*.h tools/vmcore/*.h) kexec/snp-kexec/replace.h kexec/snp-kexec/signals.h

$(BUILD)/obj/tool/%.o: %.c $(rmpctl-headers) $(rmpp-headers) mk/rmp-persist.mk
	@mkdir -p $(@D)
	$(CC) $(rmpp-tool-flags) -c -o $@ $<

$(BUILD)/bin/rmpctl: $(rmpctl-objects) $(BUILD)/obj/tool/tools/vmcore/$(vmcore-content).o $(rmpp-objects)
	@mkdir -p $(@D)
	$(if $(vmcore-libs),,@echo "rmpctl without libkdumpfile (libkdumpfile-dev, pkg-config): it will read no compressed dumps" >&2)
	$(CC) -o $@ $^ -ljson-c -lz $(vmcore-libs)

$(BUILD)/guest-bin/rmpctl: $(rmpctl-objects) $(BUILD)/obj/tool/tools/vmcore/kdump_content_none.o $(rmpp-objects)
	@mkdir -p $(@D)
	$(CC) -static -o $@ $^ -ljson-c -lz

.PHONY: rmpctl
rmpctl: $(BUILD)/bin/rmpctl $(BUILD)/guest-bin/rmpctl

# ---- bench ----

bench-objects := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/bench/*.c))

$(BUILD)/obj/tests/bench/%.o: tests/bench/%.c tests/bench/rmp-tables.h $(rmpp-headers) \
		mk/rmp-persist.mk
	@mkdir -p $(@D)
	$(CC) $(rmpp-tool-flags) -c -o $@ $<

$(BUILD)/tests/rmp-bench: $(bench-objects) $(rmpp-objects)
	@mkdir -p $(@D)
	$(CC) -o $@ $^

.PHONY: bench bench-scan
bench: bench-scan

bench-scan: $(BUILD)/tests/rmp-bench
	@$< $(BENCH)

# ---- bench of the crash kernel's look-up ----

$(BUILD)/tests/filter-bench: tests/filter-bench/main.c $(rmpp-objects)
	@mkdir -p $(@D)
	$(CC) $(rmpp-tool-flags) -o $@ $^

.PHONY: bench-filter
bench-filter: $(BUILD)/tests/filter-bench ## what asking for one page costs a crash kernel's dump
	@$<

# ---- bench of what is kept of pinned pages ----

$(BUILD)/tests/pins-bench: tests/pins-bench/main.c $(rmpp-objects)
	@mkdir -p $(@D)
	$(CC) $(rmpp-tool-flags) -o $@ $^

.PHONY: bench-pins
bench-pins: $(BUILD)/tests/pins-bench ## what the launch of a SEV guest of 64 GiB costs the table of pinned pages
	@$<

# ---- tests ----

.PHONY: check-unit check-unit-rmpp check-sparse-rmpp check-cli-rmpctl check-cli-vmcore
check-unit: check-unit-rmpp check-sparse-rmpp check-cli-rmpctl check-cli-vmcore

check-sparse-rmpp:
	@echo 1..1; said=$$(sparse -std=c11 -Wall -Wno-declaration-after-statement \
		-Irmp-persist/include -Ikexec $(rmpp-sources) 2>&1); rc=$$?; \
	if [ $$rc = 0 ] && [ -z "$$said" ]; then echo "ok 1 - sparse has no complaint about the core"; \
	else echo "$$said" | sed 's/^/# /'; \
		echo "not ok 1 - sparse has no complaint about the core"; exit 1; fi

check-unit-rmpp: $(rmpp-tests) $(BUILD)/tests/test_foreign $(BUILD)/tests/test_map $(BUILD)/tests/fuzz_blob
	@failed=0; for t in $(rmpp-tests) $(BUILD)/tests/test_foreign $(BUILD)/tests/test_map; do $$t || failed=1; done; \
		$(BUILD)/tests/fuzz_blob tests/golden/handover-1.blob $(RMPP_FUZZ) || failed=1; \
		$(BUILD)/tests/fuzz_blob sample $(RMPP_FUZZ) 2 || failed=1; \
		exit $$failed

$(BUILD)/tests/test_foreign: $(addprefix $(BUILD)/obj/asan/,tests/unit/test_foreign.o \
		$(patsubst %.c,%.o,$(vmcore-sources)) tools/vmcore/kdump_content_none.o) $(rmpp-test-objects)
	@mkdir -p $(@D)
	$(CC) $(rmpp-test-flags) -o $@ $^ -lcmocka

$(BUILD)/obj/asan/tests/unit/test_map.o: rmpp-test-flags += -Itools/rmpctl
$(BUILD)/tests/test_map: $(addprefix $(BUILD)/obj/asan/,tests/unit/test_map.o tools/rmpctl/map_fold.o) $(rmpp-test-objects)
	@mkdir -p $(@D)
	$(CC) $(rmpp-test-flags) -o $@ $^ -lcmocka

$(BUILD)/tests/fuzz_dump: $(addprefix $(BUILD)/obj/asan/,tests/fuzz/fuzz_dump.o $(patsubst %.c,%.o,$(vmcore-sources)) \
		tools/vmcore/$(vmcore-content).o) $(rmpp-test-objects)
	@mkdir -p $(@D)
	$(CC) $(rmpp-test-flags) -o $@ $^ -lcmocka $(vmcore-libs)

$(BUILD)/tests/patch-blob: $(BUILD)/obj/asan/tests/cli/patch_blob.o $(rmpp-test-objects)
	@mkdir -p $(@D)
	$(CC) $(rmpp-test-flags) -o $@ $^ -lcmocka

# the command itself under ASan: it reads what nobody vouches for
$(BUILD)/tests/rmpctl: $(rmpctl-sources:%.c=$(BUILD)/obj/asan/%.o) $(BUILD)/obj/asan/tools/vmcore/$(vmcore-content).o \
		$(rmpp-test-objects)
	@mkdir -p $(@D)
	$(CC) $(rmpp-test-flags) -o $@ $^ -ljson-c -lcmocka -lz $(vmcore-libs)

check-cli-rmpctl: $(BUILD)/tests/rmpctl $(BUILD)/tests/patch-blob
	@failed=0; tests/cli/rmpctl.sh $^ || failed=1; tests/cli/metrics.sh $< || failed=1; exit $$failed

# unpacks Debian's prometheus and node_exporter below the build directory, once
.PHONY: check-prometheus
check-prometheus: $(BUILD)/tests/rmpctl ## metrics and alert rules, by Prometheus' own promtool; a Prometheus and a node_exporter see a host
	@programs=$$(scripts/prometheus.sh) && tests/cli/prometheus.sh $< "$$programs"

$(BUILD)/tests/make-dump: $(BUILD)/obj/asan/tests/cli/make_dump.o $(rmpp-test-objects)
	@mkdir -p $(@D)
	$(CC) $(rmpp-test-flags) -o $@ $^ -lcmocka -lz -llzo2 -lsnappy -lzstd

check-cli-vmcore: $(BUILD)/tests/rmpctl $(BUILD)/tests/make-dump $(BUILD)/guest-bin/rmpctl $(BUILD)/tests/fuzz_dump
	@tests/cli/vmcore.sh $^
