/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * One event becomes one record of this cpu's ring, as in drivers/modern_bpf/record.h: what is of fixed size is written in place, the
 * rest is built in the scratch space and copied. The time is stamped after the reservation.
 *
 * Only tasks record, with preemption off, so the numbers of a cpu have one writer. The claim of the scratch space holds even if that
 * should change.
 */
#ifndef AGENT_RECORD_H
#define AGENT_RECORD_H

static noinline void count_loss(struct cpu_state *state, u32 lane, u32 category, u32 cause)
{
	state->losses[category & (LOSS_CATEGORIES - 1)][cause]++;
	state->lost[lane & 1]++;
}

static __always_inline void write_prefix(u8 *rec, struct cpu_state *state, u32 lane, u32 cpu, u32 flags, u64 tid)
{
	STORE(u32, rec + RECORD_SEQUENCE, state->sequence[lane]++);
	STORE(u32, rec + RECORD_LOST, state->lost[lane]);
	STORE(u16, rec + RECORD_CPU, cpu);
	STORE(u32, rec + RECORD_FLAGS, flags);
	STORE(u64, rec + RECORD_TID, tid);
	STORE(u64, rec + RECORD_TS, ktime_get_boot_fast_ns());
}

/* ---- events of fixed size ---- */

struct fixed {
	u8 *rec;
	struct cpu_state *state;
	u32 cpu, lane;
};

static noinline bool fixed_begin(struct fixed *fx, u32 category, u32 type, u32 size, u32 nparams)
{
	fx->state = this_cpu_state(&fx->cpu);
	fx->rec = ring_reserve(&this_cpu_ptr(&capture)->rings[fx->lane], size);
	if (!fx->rec) {
		count_loss(fx->state, fx->lane, category, LOSS_RING_FULL);
		return false;
	}
	write_prefix(fx->rec, fx->state, fx->lane, fx->cpu, 0, current_tid());
	STORE(u32, fx->rec + RECORD_LEN, size - RECORD_EVENT);
	STORE(u16, fx->rec + RECORD_TYPE, type);
	STORE(u32, fx->rec + RECORD_NPARAMS, nparams);
	return true;
}

#define FIXED_BEGIN(c, EVENT, n, payload)                                                    \
	enum { fixed_head = RECORD_LENGTHS + 2 * (n), fixed_size = fixed_head + (payload) }; \
	struct fixed fx = { .lane = LANE_##EVENT };                                          \
	if (!fixed_begin(&fx, LOSS_##EVENT, PPME_##EVENT, fixed_size, n))                    \
	return

#define FIXED_PARAM(index, offset, type, value)                                  \
	do {                                                                     \
		STORE(u16, fx.rec + RECORD_LENGTHS + 2 * (index), sizeof(type)); \
		STORE(type, fx.rec + fixed_head + (offset), value);              \
	} while (0)

#define FIXED_END(c) ring_publish(fx.rec, fixed_size)

/* ---- events built in the scratch space ---- */

static noinline bool event_begin(struct event *ev, u32 lane, u32 category, u32 nparams)
{
	ev->state = this_cpu_state(&ev->cpu);
	if (ev->state->scratch_busy) {
		count_loss(ev->state, lane, category, LOSS_SCRATCH_BUSY);
		return false;
	}
	WRITE_ONCE(ev->state->scratch_busy, 1);
	barrier();
	ev->scratch = scratch_of(ev->cpu);
	ev->off = RECORD_LENGTHS + 2 * nparams;
	ev->n = 0;
	ev->flags = 0;
	ev->tid = current_tid();
	return true;
}

static noinline void event_commit(struct event *ev, u32 lane, u32 category, u32 type, u32 nparams)
{
	u8 *built = ev->scratch->record, *rec;
	u64 size = ev->off;

	if (size > RECORD_MAX) {
		count_loss(ev->state, lane, category, LOSS_TOO_LARGE);
		goto out;
	}
	rec = ring_reserve(&this_cpu_ptr(&capture)->rings[lane], size);
	if (!rec) {
		count_loss(ev->state, lane, category, LOSS_RING_FULL);
		goto out;
	}
	STORE(u32, built + RECORD_LEN, size - RECORD_EVENT);
	STORE(u16, built + RECORD_TYPE, type);
	STORE(u32, built + RECORD_NPARAMS, nparams);
	write_prefix(built, ev->state, lane, ev->cpu, ev->flags, ev->tid);
	memcpy(rec, built, size);
	ring_publish(rec, size);
out:
	barrier();
	WRITE_ONCE(ev->state->scratch_busy, 0);
}

#define EVENT_BEGIN(c, EVENT, n)                                      \
	enum {                                                        \
		event_type = PPME_##EVENT,                            \
		event_lane = LANE_##EVENT,                            \
		event_loss = LOSS_##EVENT,                            \
		event_nparams = (n),                                  \
	};                                                            \
	struct event ev;                                              \
	if (!event_begin(&ev, event_lane, event_loss, event_nparams)) \
	return

#define EVENT_END(c) event_commit(&ev, event_lane, event_loss, event_type, event_nparams)

/* ---- what records one system call; the table of these is in probes.h ---- */

#define FILLER(name, EVENT) static void fill_##name(struct sys *c)

/* The call that the current task is in. */
static __always_inline bool current_call(struct sys *c)
{
	c->regs = task_pt_regs(current);
	c->ia32 = is_ia32();
	return true;
}

#endif
