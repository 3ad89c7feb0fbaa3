/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * One event becomes one record of a perf buffer.
 *
 * Every event is built in this CPU's scratch space, and handed over with its time already in it: a perf buffer has no reservation that a
 * program could stamp after. So that rings can still be merged exactly, the program says beforehand that a record is on its way
 * (cpu_state.writing): who reads the clock, then this, then the buffers, knows the time up to which nothing can come any more.
 */
#ifndef AGENT_RECORD_H
#define AGENT_RECORD_H

/* The size of a perf sample is a u16, with eight bytes of header, four of length and up to seven of padding. */
#define PERF_RECORD_MAX 65500

/* ---- accounting ---- */

static __always_inline void count_loss(struct cpu_state *state, u32 lane, u32 category, u32 cause)
{
	__sync_fetch_and_add(&state->losses[category & (LOSS_CATEGORIES - 1)][cause], 1);
	__sync_fetch_and_add(&state->lost[lane & 1], 1);
}

/* 5.12: 5ffa25502b5a "bpf: Add instructions for atomic_[cmp]xchg". Programs can be preempted on the newest kernels, where a claim has to be
 * atomic; before 5.12 they nest, if anything, and a count of the depth does. */
#if KERNEL_SINCE(5, 12)
static __always_inline bool claim_scratch(struct cpu_state *state)
{
	return __sync_lock_test_and_set(&state->claim, 1) == 0;
}

static __always_inline void give_up_claim(struct cpu_state *state)
{
}

static __always_inline void release_scratch(struct cpu_state *state)
{
	*(volatile u64 *)&state->claim = 0;
}
#else
static __always_inline bool claim_scratch(struct cpu_state *state)
{
	return state->claim++ == 0;
}

static __always_inline void release_scratch(struct cpu_state *state)
{
	state->claim--;
}

static __always_inline void give_up_claim(struct cpu_state *state)
{
	release_scratch(state);
}
#endif

/* ---- handing over ---- */

/* The record is complete but for what is said here. */
static __always_inline void hand_over(void *ctx, struct cpu_state *state, u8 *rec, u64 size, u32 lane, u32 category)
{
	u64 now;
	long failed;

	STORE(u32, rec + RECORD_SEQUENCE, state->sequence[lane & 1]++);
	STORE(u32, rec + RECORD_LOST, *(volatile u32 *)&state->lost[lane & 1]);
	/* An atomic addition, for it is a barrier, too: the clock is read after everybody can see this. */
	__sync_fetch_and_add(&state->writing, 1);
	now = helper_ktime_get_ns();
	*(volatile u64 *)&state->writing = now;
	STORE(u64, rec + RECORD_TS, now);
	if (lane == LANE_CRITICAL)
		failed = helper_perf_event_output(ctx, MAP(critical), BPF_F_CURRENT_CPU, rec, size);
	else
		failed = helper_perf_event_output(ctx, MAP(bulk), BPF_F_CURRENT_CPU, rec, size);
	*(volatile u64 *)&state->writing = 0;
	if (failed)
		count_loss(state, lane, category, LOSS_RING_FULL);
}

static __always_inline bool event_begin(struct event *ev, u32 lane, u32 category, u32 nparams)
{
	ev->state = this_cpu_state(&ev->cpu);
	if (!ev->state)
		return false;
	if (!claim_scratch(ev->state)) {
		give_up_claim(ev->state);
		count_loss(ev->state, lane, category, LOSS_SCRATCH_BUSY);
		return false;
	}
	ev->scratch = scratch_of(ev->cpu);
	if (!ev->scratch) {
		release_scratch(ev->state);
		return false;
	}
	ev->off = RECORD_LENGTHS + 2 * nparams;
	ev->n = 0;
	ev->flags = 0;
	ev->tid = current_tid();
	return true;
}

static __always_inline void event_commit(void *ctx, struct event *ev, u32 lane, u32 category, u32 type, u32 nparams)
{
	u8 *rec = ev->scratch->record;
	u64 size = ev->off;

	if (size > PERF_RECORD_MAX) {
		count_loss(ev->state, lane, category, LOSS_TOO_LARGE);
		goto out;
	}
	STORE(u32, rec + RECORD_LEN, size - RECORD_EVENT);
	STORE(u16, rec + RECORD_TYPE, type);
	STORE(u32, rec + RECORD_NPARAMS, nparams);
	STORE(u16, rec + RECORD_CPU, ev->cpu);
	STORE(u32, rec + RECORD_FLAGS, ev->flags);
	STORE(u64, rec + RECORD_TID, ev->tid);
	hand_over(ctx, ev->state, rec, BOUND(size), lane, category);
out:
	release_scratch(ev->state);
}

/* ---- events of fixed size ---- */

#define FIXED_BEGIN(c, EVENT, n, payload)                                                    \
	enum { fixed_head = RECORD_LENGTHS + 2 * (n), fixed_size = fixed_head + (payload) }; \
	enum { fixed_lane = LANE_##EVENT, fixed_loss = LOSS_##EVENT };                       \
	struct event fx;                                                                     \
	u8 *fixed_record;                                                                    \
	if (!event_begin(&fx, fixed_lane, fixed_loss, n))                                    \
		return;                                                                      \
	fixed_record = fx.scratch->record;                                                   \
	STORE(u32, fixed_record + RECORD_LEN, fixed_size - RECORD_EVENT);                    \
	STORE(u16, fixed_record + RECORD_TYPE, PPME_##EVENT);                                \
	STORE(u32, fixed_record + RECORD_NPARAMS, n);                                        \
	STORE(u16, fixed_record + RECORD_CPU, fx.cpu);                                       \
	STORE(u32, fixed_record + RECORD_FLAGS, 0);                                          \
	STORE(u64, fixed_record + RECORD_TID, fx.tid)

#define FIXED_PARAM(index, offset, type, value)                                        \
	do {                                                                           \
		STORE(u16, fixed_record + RECORD_LENGTHS + 2 * (index), sizeof(type)); \
		STORE(type, fixed_record + fixed_head + (offset), value);              \
	} while (0)

#define FIXED_END(c)                                                                             \
	do {                                                                                     \
		hand_over((c)->ctx, fx.state, fixed_record, fixed_size, fixed_lane, fixed_loss); \
		release_scratch(fx.state);                                                       \
	} while (0)

/* ---- other events ---- */

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

#define EVENT_END(c) event_commit((c)->ctx, &ev, event_lane, event_loss, event_type, event_nparams)

/* ---- programs called for one system call ---- */

/* Fills in the call that ended; its registers are copied, once, since a program may not follow the kernel's pointer to them. */
static __always_inline void finished_call(void *ctx, struct sys *c, struct pt_regs *regs)
{
	read_kernel(regs, REGISTERS_READ, REGISTERS(ctx));
	c->ctx = ctx;
	c->regs = regs;
	c->ret = RESULT(ctx);
	c->ia32 = is_ia32();
	c->socketcall = false;
	if (c->ia32) {
		c->ret = (s32)c->ret;
		c->socketcall = is_socketcall(regs);
	}
}

#define FILLER(name, EVENT)                                     \
	static __always_inline void body_##name(struct sys *c); \
	PROGRAM(fill_##name, "sys_exit")                        \
	{                                                       \
		struct pt_regs regs;                            \
		struct sys sys;                                 \
		finished_call(ctx, &sys, &regs);                \
		body_##name(&sys);                              \
		return 0;                                       \
	}                                                       \
	static __always_inline void body_##name(struct sys *c)

#endif
