/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* One event becomes one record: built in the scratch space, then handed to the tracer. There is one thread, so nothing is claimed. */
#ifndef AGENT_PDIG_RECORD_H
#define AGENT_PDIG_RECORD_H

static void submit(u8 *record, u64 size, u64 tid, u32 flags, u32 category, u32 type, u32 nparams)
{
	if (size > RECORD_MAX) {
		work->given->state->losses[category & (LOSS_CATEGORIES - 1)][LOSS_TOO_LARGE]++;
		work->given->state->lost[LANE_BULK]++;
		return;
	}
	STORE(u32, record + RECORD_LEN, size - RECORD_EVENT);
	STORE(u16, record + RECORD_TYPE, type);
	STORE(u32, record + RECORD_NPARAMS, nparams);
	pdig_submit(work->given->host, record, size, tid, flags, category & (LOSS_CATEGORIES - 1));
}

/* ---- events of fixed size ---- */

#define FIXED_BEGIN(c, EVENT, n, payload)                                                    \
	enum { fixed_head = RECORD_LENGTHS + 2 * (n), fixed_size = fixed_head + (payload) }; \
	enum { fixed_type = PPME_##EVENT, fixed_loss = LOSS_##EVENT, fixed_nparams = (n) };  \
	u8 *fixed = work->given->scratch->record

#define FIXED_PARAM(index, offset, type, value)                                 \
	do {                                                                    \
		STORE(u16, fixed + RECORD_LENGTHS + 2 * (index), sizeof(type)); \
		STORE(type, fixed + fixed_head + (offset), value);              \
	} while (0)

#define FIXED_END(c) submit(fixed, fixed_size, current_tid(), 0, fixed_loss, fixed_type, fixed_nparams)

/* ---- others ---- */

static void event_begin(struct event *ev, u32 nparams)
{
	*ev = (struct event){
		.state = work->given->state,
		.scratch = work->given->scratch,
		.off = RECORD_LENGTHS + 2 * nparams,
		.tid = current_tid(),
	};
}

#define EVENT_BEGIN(c, EVENT, n)                                                            \
	enum { event_type = PPME_##EVENT, event_loss = LOSS_##EVENT, event_nparams = (n) }; \
	struct event ev;                                                                    \
	event_begin(&ev, event_nparams)

#define EVENT_END(c) submit(ev.scratch->record, ev.off, ev.tid, ev.flags, event_loss, event_type, event_nparams)

#define FILLER(name, EVENT) static void fill_##name(struct sys *c)

#endif
