# SPDX-License-Identifier: GPL-2.0-only
# Rolling upgrades by Ansible: the roles alone, and on emulated hosts.

.PHONY: check-ansible check-fleet
check-ansible: $(BUILD)/bin/rmpctl ## the Ansible roles without a machine: style, gates, report, wrong use
	@scripts/deps.sh --for fleet
	@tests/cli/ansible.sh $<

check-fleet: ## three emulated hosts upgraded by Ansible, 6.12 to 7.3 and back; a fault, a dump; as root
	@scripts/check-fleet.sh
