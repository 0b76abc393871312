// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps of a quiesce, and the commands that they are made of. Each refusal is answered by its
 * own rule: 0xE by WBINVD, 0xF by a flush.
 */
#include "quiesce.h"
#include "psp_abi.h"

#include <linux/delay.h>
#include <linux/ktime.h>
#include <asm/smp.h>

void ccpx_quiesce_begin(struct ccpx_quiesce *q, unsigned int budget_ms)
{
	memset(q, 0, sizeof(*q));
	q->t0_ns = ktime_get_ns();
	q->deadline_ns = q->t0_ns + (u64)budget_ms * NSEC_PER_MSEC;
	q->sev_state = q->snp_state = RMPP_STATE_UNKNOWN;
	q->guest_count = U32_MAX;
}

bool quiesce_time_left(const struct ccpx_quiesce *q)
{
	return ktime_get_ns() < q->deadline_ns;
}

/* Once in any case: whether that is too late, the way to the firmware decides. */
bool quiesce_may_try(const struct ccpx_quiesce *q, unsigned int tries)
{
	return !tries || (ccpx_params.retry && quiesce_time_left(q));
}

/* The last slot is used again and again once all are taken. */
struct rmpp_step_ser *ccpx_step_begin(struct ccpx_quiesce *q, u16 step)
{
	struct rmpp_step_ser *s;

	if (q->nr_steps < CCPX_MAX_STEPS)
		q->nr_steps++;
	s = &q->step[q->nr_steps - 1];
	memset(s, 0, sizeof(*s));
	s->step = cpu_to_le16(step);
	s->start_us = cpu_to_le64((ktime_get_ns() - q->t0_ns) / NSEC_PER_USEC);
	return s;
}

void ccpx_step_end(struct ccpx_quiesce *q, struct rmpp_step_ser *s, int rc, u32 status)
{
	u64 now = (ktime_get_ns() - q->t0_ns) / NSEC_PER_USEC;

	s->result = cpu_to_le32(rc < 0 ? -rc : rc);
	s->psp_status = cpu_to_le32(status);
	s->duration_us = cpu_to_le64(now - le64_to_cpu(s->start_us));
	pr_info("%s: %s after %llu us, %u tries, %u done, firmware status %#x\n",
		rmpp_step_name(le16_to_cpu(s->step)), rc ? "failed" : "ok",
		le64_to_cpu(s->duration_us), le16_to_cpu(s->tries), le32_to_cpu(s->count),
		status);
}

/* -ETIME is none: there was no time to ask. */
void quiesce_note_death(struct ccpx_quiesce *q, int rc)
{
	q->psp_dead |= rc == -EBUSY || rc == -ETIMEDOUT;
}

/**
 * quiesce_flush() - answer 0xF: WBINVD, then the flush that is demanded
 * @q: counts what is sent
 * @psp: open
 * @flush: PSP_SEV_DF_FLUSH or PSP_SNP_DF_FLUSH
 *
 * If the flush itself wants WBINVD, of CPUs that were not reached, they have done it afterwards,
 * and the flush is due once more.
 *
 * Context: as ccpx_wbinvd_offline_too(). Return: what the firmware made of the flush.
 */
u32 quiesce_flush(struct ccpx_quiesce *q, struct ccpx_psp *psp, u32 flush)
{
	u32 status;

	wbinvd_on_all_cpus();
	ccpx_psp_cmd(psp, flush, NULL, 0, &status);
	q->nr_commands++;
	if (status == PSP_WBINVD_REQUIRED)
		ccpx_wbinvd_offline_too(q->deadline_ns);
	return status;
}

/**
 * quiesce_cmd() - send a command, again and again where that helps
 * @q: counts what is sent
 * @psp: open
 * @s: the step that it belongs to, counts the tries
 * @cmd: enum ccpx_psp_cmd
 * @data: as for ccpx_psp_cmd()
 * @len: its bytes
 * @status: the firmware's last answer
 *
 * Context: process. Return: as ccpx_psp_cmd().
 */
int quiesce_cmd(struct ccpx_quiesce *q, struct ccpx_psp *psp, struct rmpp_step_ser *s,
		u32 cmd, void *data, u32 len, u32 *status)
{
	u32 flush = cmd < PSP_FIRST_SNP_CMD ? PSP_SEV_DF_FLUSH : PSP_SNP_DF_FLUSH;
	unsigned int tries, refused = 0;
	int rc = -ETIMEDOUT;

	for (tries = 0; tries < TRIES_FLUSH && quiesce_may_try(q, tries); tries++) {
		rc = ccpx_psp_cmd(psp, cmd, data, len, status);
		q->nr_commands++;
		le16_add_cpu(&s->tries, 1);
		if (rc != -EIO)
			break;
		if (*status == PSP_WBINVD_REQUIRED) {
			ccpx_wbinvd_offline_too(q->deadline_ns);
			continue;
		}
		if (*status == PSP_DFFLUSH_REQUIRED) {
			quiesce_flush(q, psp, flush);
			continue;
		}
		if (++refused == TRIES_REFUSED)
			break;
		msleep(REFUSED_WAIT_MS);
	}
	quiesce_note_death(q, rc);
	return rc;
}

/* Caches written back on every CPU that is online; the others if the firmware insists. */
void quiesce_wbinvd_step(struct ccpx_quiesce *q)
{
	struct rmpp_step_ser *s = ccpx_step_begin(q, RMPP_STEP_WBINVD);

	wbinvd_on_all_cpus();
	s->count = cpu_to_le32(num_online_cpus());
	ccpx_step_end(q, s, 0, 0);
}

/**
 * quiesce_plain_step() - a step that is one command without data
 * @q: gets the step
 * @psp: open
 * @step: RMPP_STEP_*
 * @cmd: enum ccpx_psp_cmd
 *
 * Context: process. Return: as ccpx_psp_cmd().
 */
int quiesce_plain_step(struct ccpx_quiesce *q, struct ccpx_psp *psp, u16 step, u32 cmd)
{
	struct rmpp_step_ser *s = ccpx_step_begin(q, step);
	u32 status = 0;
	int rc = quiesce_cmd(q, psp, s, cmd, NULL, 0, &status);

	ccpx_step_end(q, s, rc, status);
	return rc;
}

/**
 * quiesce_snp_shutdown_step() - SNP_SHUTDOWN_EX, IOMMUs included
 * @q: gets the step
 * @psp: open
 *
 * Context: process. Return: as quiesce_cmd().
 */
int quiesce_snp_shutdown_step(struct ccpx_quiesce *q, struct ccpx_psp *psp)
{
	struct psp_snp_shutdown_ex d = { .len = sizeof(d), .flags = 1 };
	struct rmpp_step_ser *s = ccpx_step_begin(q, RMPP_STEP_SNP_SHUTDOWN);
	u32 status = 0;
	int rc = quiesce_cmd(q, psp, s, PSP_SNP_SHUTDOWN_EX, &d, sizeof(d), &status);

	ccpx_step_end(q, s, rc, status);
	return rc;
}
