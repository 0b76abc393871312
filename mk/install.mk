# SPDX-License-Identifier: GPL-2.0-only
# Installing from this tree, and packages; what goes where: packaging/install.list.

PREFIX ?= /usr/local
DESTDIR ?=
install-variables = DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' \
	$(foreach v,QEMU SYSTEMD SYSCONF MODPROBE INITRAMFS LSB DRACUT SOURCES,$(if $($(v)),$(v)='$($(v))'))

.PHONY: install install-crash install-machine uninstall check-cli-install
install: $(BUILD)/bin/snp-kexec $(BUILD)/bin/rmpctl ## tools, units, hooks, man pages and the module's sources; DESTDIR=, PREFIX=/usr/local
	@$(install-variables) scripts/install.sh install

install-crash: $(BUILD)/crash/snp.so ## the extension for crash(8)
	@$(install-variables) scripts/install.sh install packaging/install-crash.list

install-machine: $(BUILD)/bin/snp-machinectl ## the emulated host, snp-machine; "make qemu" builds it
	@$(install-variables) scripts/install.sh install packaging/install-machine.list

# without the sanitizers that tests want
$(BUILD)/bin/snp-machinectl: $(wildcard tests/machine/machinectl/*.c) tests/machine/machinectl/machinectl.h mk/install.mk
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Wshadow -Werror -DMACHINECTL='"snp-machinectl"' \
		-o $@ $(filter %.c,$^) -ljson-c

uninstall: ## removes what "make install" with the same DESTDIR and PREFIX has installed
	@$(install-variables) scripts/install.sh uninstall
	@$(install-variables) scripts/install.sh uninstall packaging/install-crash.list
	@$(install-variables) scripts/install.sh uninstall packaging/install-machine.list

check-unit: check-cli-install
check-cli-install: $(BUILD)/bin/snp-kexec $(BUILD)/bin/rmpctl
	@tests/cli/install.sh $^

.PHONY: deb check-install
deb: ## Debian 12 packages, below build/deb, and what lintian says of them
	@scripts/deps.sh
	@scripts/deps.sh --for deb
	@scripts/build-qemu.sh
	@scripts/deb.sh

check-install: ## packages in a Debian 12: installed, booted, kexec'd, crashed, upgraded, removed (as root; see docs/packages.md)
	@scripts/check-install.sh
