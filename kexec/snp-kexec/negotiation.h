/* SPDX-License-Identifier: GPL-2.0-only */
/* This host's side of the negotiation, and what follows from the matrix. */
#ifndef SNP_KEXEC_NEGOTIATION_H
#define SNP_KEXEC_NEGOTIATION_H

#include <rmp_persist/rmp_persist.h>

#include "../negotiate.h"
#include "host.h"

/* What would be handed over if the jump were now. */
struct census {
	bool known;		/* false: the blob is of a later ccp_ext */
	u64 nr_assigned, nr_immutable;
	u64 nr_pages[RMPP_PAGE_STATE_MAX + 1];	/* by enum rmpp_page_state */
	u32 nr_guests[RMPP_GUEST_SNP + 1];	/* by RMPP_GUEST_* */
	char release[RMPP_RELEASE_SIZE];
};

bool negotiation_read(struct context *c, struct nego_host *h, struct census *census,
		      const struct host_memory *m);
void negotiation_judge(struct context *c, const struct nego_matrix *m);
void negotiation_note_losses(struct context *c, const struct nego_matrix *m);
void negotiation_print(struct context *c, const struct nego_matrix *m);

#endif /* SNP_KEXEC_NEGOTIATION_H */
