# SPDX-License-Identifier: GPL-2.0-only
# What is written about commands, module and messages is what they say themselves.

.PHONY: check-docs
check-unit: check-docs
check-docs: $(addprefix $(BUILD)/bin/,snp-kexec rmpctl snp-machinectl) ## man pages, completions and what documents quote, beside the sources
	@failed=0; tests/cli/man.sh $^ || failed=1; tests/cli/docs.sh || failed=1; exit $$failed
