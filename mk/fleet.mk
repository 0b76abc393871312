# SPDX-License-Identifier: GPL-2.0-only
# Rolling upgrades by Ansible.

.PHONY: check-ansible
check-ansible: $(BUILD)/bin/rmpctl ## the Ansible roles without a machine: style, gates, report, wrong use
	@scripts/deps.sh --for fleet
	@tests/cli/ansible.sh $<
