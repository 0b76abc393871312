# SPDX-License-Identifier: GPL-2.0-only
# Installing from this tree, and packages; what goes where: packaging/install.list.

PREFIX ?= /usr/local
DESTDIR ?=
install-variables = DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' \
	$(foreach v,SYSTEMD SYSCONF MODPROBE INITRAMFS LSB DRACUT SOURCES,$(if $($(v)),$(v)='$($(v))'))

.PHONY: install uninstall check-cli-install
install: $(BUILD)/bin/snp-kexec $(BUILD)/bin/rmpctl ## tools, units, hooks, man pages and the module's sources; DESTDIR=, PREFIX=/usr/local
	@$(install-variables) scripts/install.sh install

uninstall: ## removes what "make install" with the same DESTDIR and PREFIX has installed
	@$(install-variables) scripts/install.sh uninstall

check-unit: check-cli-install
check-cli-install: $(BUILD)/bin/snp-kexec $(BUILD)/bin/rmpctl
	@tests/cli/install.sh $^
