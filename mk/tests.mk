# SPDX-License-Identifier: GPL-2.0-only
# Programs that run inside the machine (static, so that they need nothing there) and those that
# drive it from the host.

guest-cc := $(CC) -std=c11 -O2 -Wall -Wextra -Werror -static
guest-programs := $(addprefix $(BUILD)/guest-bin/,agent sevguest sevstatus memfill readcore corepages dumppages stockkexec)

$(BUILD)/guest-bin/agent: tests/guests/agent.c
$(BUILD)/guest-bin/agent: guest-libs := -ljson-c
$(BUILD)/guest-bin/sevguest: tests/guests/sevguest.c tests/guests/launch.c tests/guests/migrate.c tests/guests/record.c
$(BUILD)/guest-bin/sevstatus: tests/guests/sevstatus.c
$(BUILD)/guest-bin/memfill: tests/guests/memfill.c
$(BUILD)/guest-bin/readcore: tests/guests/readcore.c
$(BUILD)/guest-bin/corepages: tests/guests/corepages.c
$(BUILD)/guest-bin/dumppages: tests/guests/dumppages.c
$(BUILD)/guest-bin/stockkexec: tests/guests/stockkexec.c

$(guest-programs): $(wildcard tests/guests/*.h) mk/tests.mk
	@mkdir -p $(@D)
	$(guest-cc) -o $@ $(filter %.c,$^) $(guest-libs)

# truncation of over-long messages is meant; paths are short
driver-cc := $(CC) -std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror -Wno-format-truncation -Itests
driver-lib := $(wildcard tests/lib/*.c)
scenario-files := $(filter-out %/demo.c %/main.c,$(wildcard tests/scenarios/*.c))

kexec-bench-files := $(wildcard tests/kexec-bench/*.c)

# objects, for what all of them have in common is compiled once
driver-objects = $(patsubst %.c,$(BUILD)/obj/driver/%.o,$(1))
driver-common := $(call driver-objects,$(scenario-files) $(driver-lib))

$(BUILD)/obj/driver/%.o: %.c mk/tests.mk
	@mkdir -p $(@D)
	$(driver-cc) -MMD -MP -c -o $@ $<

-include $(wildcard $(BUILD)/obj/driver/tests/*/*.d)

.PHONY: drivers
drivers: $(addprefix $(BUILD)/tests/,demo scenarios bench-kexec bench-kdump stress stress-report qualify installed)

$(BUILD)/tests/demo: $(call driver-objects,tests/scenarios/demo.c)
$(BUILD)/tests/scenarios: $(call driver-objects,tests/scenarios/main.c)
$(BUILD)/tests/bench-kexec: $(call driver-objects,$(kexec-bench-files))
$(BUILD)/tests/bench-kdump: $(call driver-objects,$(wildcard tests/kdump-bench/*.c))
$(BUILD)/tests/stress: $(call driver-objects,$(wildcard tests/stress/*.c))
$(BUILD)/tests/qualify: $(call driver-objects,$(wildcard tests/qualify/*.c))
$(BUILD)/tests/installed: $(call driver-objects,tests/install/main.c)
$(addprefix $(BUILD)/tests/,demo scenarios bench-kexec bench-kdump stress qualify installed): $(driver-common)
	@mkdir -p $(@D)
	$(driver-cc) -pthread -o $@ $^ -ljson-c

.PHONY: check-cli-flaky
check-unit: check-cli-flaky
check-cli-flaky:
	@tests/cli/flaky.sh

# ---- stress ----

stress-tests := $(addprefix $(BUILD)/tests/,test_stress_plan test_stress_rundir test_stress_shrink test_stress_reduce \
	test_stress_evidence)
stress-asan := $(driver-cc) -fsanitize=address,undefined -fno-sanitize-recover=all

$(BUILD)/tests/test_stress_plan: tests/stress/plan.c tests/stress/fault.c tests/stress/hopset.c
$(BUILD)/tests/test_stress_rundir: $(addprefix tests/stress/,rundir.c rundir_hop.c rundir_describe.c rundir_gather.c result.c plan.c fault.c hopset.c words.c) tests/lib/lock.c
$(BUILD)/tests/test_stress_shrink: tests/stress/shrink.c
$(BUILD)/tests/test_stress_evidence: tests/stress/evidence.c
$(BUILD)/tests/test_stress_reduce: $(addprefix tests/stress/,reduce.c shrink.c plan.c fault.c hopset.c result.c words.c)
$(stress-tests): $(BUILD)/tests/%: tests/unit/%.c $(wildcard tests/stress/*.h) tests/lib/random.h mk/tests.mk
	@mkdir -p $(@D)
	$(stress-asan) -o $@ $(filter %.c,$^) -lcmocka -ljson-c

.PHONY: check-unit-stress check-cli-stress
check-unit: check-unit-stress check-cli-stress
check-cli-stress: $(BUILD)/tests/stress
	@tests/cli/stress.sh $<

check-unit-stress: $(stress-tests)
	@failed=0; for t in $(stress-tests); do $$t || failed=1; done; exit $$failed

# ---- qualify: what a kernel can do ----

qualify-pure := $(addprefix tests/qualify/,matrix.c write_text.c write_markdown.c write_json.c document.c)

# objects under ASan are made by the rule of mk/rmp-persist.mk
qualify-objects := $(patsubst %.c,$(BUILD)/obj/asan/%.o,tests/unit/test_qualify.c $(qualify-pure))
$(qualify-objects): $(wildcard tests/qualify/*.h)
$(BUILD)/tests/test_qualify: $(qualify-objects)
	@mkdir -p $(@D)
	$(CC) -fsanitize=address,undefined -o $@ $^ -lcmocka -ljson-c

.PHONY: check-unit-qualify
check-unit: check-unit-qualify
check-unit-qualify: $(BUILD)/tests/test_qualify $(BUILD)/tests/qualify $(BUILD)/tests/json-schema
	@failed=0; $< || failed=1; tests/cli/qualify.sh $(BUILD)/tests/qualify $(BUILD)/tests/json-schema || failed=1; exit $$failed

# ---- machinectl: asks a machine from the host ----

machinectl-sources := $(wildcard tests/machine/machinectl/*.c)
machinectl-cc := $(CC) -std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Wshadow -Werror \
	-fsanitize=address,undefined -fno-sanitize-recover=all

.PHONY: machinectl check-cli-machinectl
machinectl: $(BUILD)/tests/machinectl ## asks an emulated host what it counted, sets faults

$(BUILD)/tests/machinectl: $(machinectl-sources) tests/machine/machinectl/machinectl.h mk/tests.mk
	@mkdir -p $(@D)
	$(machinectl-cc) -o $@ $(filter %.c,$^) -ljson-c

$(BUILD)/tests/json-schema: tests/cli/json_schema.c mk/tests.mk
	@mkdir -p $(@D)
	$(machinectl-cc) -o $@ $< -ljson-c

check-machine: check-cli-machinectl
check-cli-machinectl: $(BUILD)/tests/machinectl $(BUILD)/tests/json-schema
	@scripts/deps.sh && scripts/build-qemu.sh
	@tests/cli/machinectl.sh $^

# ---- the report of a stress run ----

# under ASan: what it reads nobody vouches for, and it shares the drawing of memory with rmpctl
stress-report-sources := $(wildcard tests/stress/report/*.c) tools/rmpctl/map_fold.c tools/rmpctl/map_svg.c \
	rmp-persist/status.c kexec/snp-kexec/replace.c kexec/snp-kexec/signals.c

$(BUILD)/tests/stress-report: $(stress-report-sources) $(wildcard tests/stress/report/*.h) tools/rmpctl/map.h \
		kexec/snp-kexec/replace.h $(rmpp-headers) mk/tests.mk
	@mkdir -p $(@D)
	$(machinectl-cc) -Irmp-persist/include -Itools -Ikexec -o $@ $(filter %.c,$^) -ljson-c -lm

drivers: $(BUILD)/tests/stress-report

.PHONY: stress-report check-cli-stress-report
stress-report: $(BUILD)/tests/stress-report ## the HTML report of a stress run's directory

check-unit: check-cli-stress-report
check-cli-stress-report: $(BUILD)/tests/stress-report
	@tests/cli/stress_report.sh $<
