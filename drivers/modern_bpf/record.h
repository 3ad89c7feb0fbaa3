/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * One event becomes one record of a ring.
 *
 * An event whose parameters are all of fixed size is written straight into the ring (FIXED_*). Any other is built in this CPU's
 * scratch space (EVENT_*), since the ring takes constant sizes only, and copied into the smallest size class that holds it.
 * Either way the time is stamped after the reservation, which is what lets the reader merge rings exactly.
 */
#ifndef AGENT_RECORD_H
#define AGENT_RECORD_H

/* ---- accounting ----
 *
 * HAVE_ATOMICS: atomic exchange and fetch-add (5.12). The object is built with and without, since older kernels refuse a program that
 * has such an instruction even where it cannot be reached. Without them claims rely on programs nesting, not interleaving.
 */

static __always_inline void count_loss(struct cpu_state *state, u32 lane, u32 category, u32 cause)
{
	__sync_fetch_and_add(&state->losses[category & (LOSS_CATEGORIES - 1)][cause], 1);
	__sync_fetch_and_add(&state->lost[lane & 1], 1);
}

static __always_inline u32 next_sequence(struct cpu_state *state, u32 lane)
{
	if (HAVE_ATOMICS)
		return __sync_fetch_and_add(&state->sequence[lane & 1], 1);
	return state->sequence[lane & 1]++;
}

static __always_inline bool claim_scratch(struct cpu_state *state)
{
	if (HAVE_ATOMICS)
		return __sync_lock_test_and_set(&state->scratch_busy, 1) == 0;
	return state->scratch_busy++ == 0;
}

static __always_inline void release_scratch(struct cpu_state *state)
{
	if (HAVE_ATOMICS)
		__sync_lock_test_and_set(&state->scratch_busy, 0);
	else
		state->scratch_busy--;
}

static __always_inline void *ring_of(u32 cpu, u32 lane)
{
	u32 index = (settings.cpus_per_ring == 1 ? cpu : cpu / settings.cpus_per_ring) * LANES + lane;

	return bpf_map_lookup_elem(&rings, &index);
}

/* The ring's own eight bytes and the event header. The time comes last, after the reservation. */
static __always_inline void write_prefix(u8 *rec, struct cpu_state *state, u32 lane, u32 cpu, u32 flags, u64 tid)
{
	STORE(u32, rec + RECORD_SEQUENCE, next_sequence(state, lane));
	STORE(u32, rec + RECORD_LOST, *(volatile u32 *)&state->lost[lane & 1]);
	STORE(u16, rec + RECORD_CPU, cpu);
	STORE(u32, rec + RECORD_FLAGS, flags);
	STORE(u64, rec + RECORD_TID, tid);
	STORE(u64, rec + RECORD_TS, bpf_ktime_get_boot_ns());
}

/* ---- events of fixed size ----
 *
 * No initializer for the structure: the compiler would copy it from a .rodata section that has no variable, and kernels up to 5.10 refuse
 * the type information of such an object. Without that a global function counts as a static one, which the verifier follows anew for
 * every state that it is called in: millions of instructions for some programs.
 */

struct fixed {
	u8 *rec;
	struct cpu_state *state;
	u32 cpu, lane;
};

#define FIXED_BEGIN(c, EVENT, n, payload)                                                    \
	enum { fixed_head = RECORD_LENGTHS + 2 * (n), fixed_size = fixed_head + (payload) }; \
	struct fixed fx;                                                                     \
	fx.lane = LANE_##EVENT;                                                              \
	fx.state = this_cpu_state(&fx.cpu);                                                  \
	if (!fx.state)                                                                       \
		return;                                                                      \
	void *fixed_ring = ring_of(fx.cpu, LANE_##EVENT);                                    \
	if (!fixed_ring)                                                                     \
		return;                                                                      \
	fx.rec = bpf_ringbuf_reserve(fixed_ring, fixed_size, 0);                             \
	if (!fx.rec) {                                                                       \
		count_loss(fx.state, LANE_##EVENT, LOSS_##EVENT, LOSS_RING_FULL);            \
		return;                                                                      \
	}                                                                                    \
	STORE(u32, fx.rec + RECORD_LEN, fixed_size - RECORD_EVENT);                          \
	STORE(u16, fx.rec + RECORD_TYPE, PPME_##EVENT);                                      \
	STORE(u32, fx.rec + RECORD_NPARAMS, n)

#define FIXED_PARAM(index, offset, type, value)                                  \
	do {                                                                     \
		STORE(u16, fx.rec + RECORD_LENGTHS + 2 * (index), sizeof(type)); \
		STORE(type, fx.rec + fixed_head + (offset), value);              \
	} while (0)

#define FIXED_END(c)                                                               \
	do {                                                                       \
		write_prefix(fx.rec, fx.state, fx.lane, fx.cpu, 0, current_tid()); \
		bpf_ringbuf_submit(fx.rec, BPF_RB_NO_WAKEUP);                      \
	} while (0)

static __always_inline bool event_begin(struct event *ev, u32 lane, u32 category, u32 nparams)
{
	ev->state = this_cpu_state(&ev->cpu);
	if (!ev->state)
		return false;
	if (!claim_scratch(ev->state)) {
		if (!HAVE_ATOMICS)
			release_scratch(ev->state);
		count_loss(ev->state, lane, category, LOSS_SCRATCH_BUSY);
		return false;
	}
	ev->scratch = bpf_map_lookup_elem(&scratches, &ev->cpu);
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

/* Size classes: a reservation has a constant size, and a record wastes less than half of its own. */
#define COMMIT_CLASS(size_class)                                                 \
	if (size <= (size_class)) {                                              \
		rec = bpf_ringbuf_reserve(ring, (size_class), 0);                \
		if (!rec)                                                        \
			goto full;                                               \
		if (bpf_probe_read_kernel(rec, size, ev->scratch->record)) {     \
			bpf_ringbuf_discard(rec, BPF_RB_NO_WAKEUP);              \
			goto full;                                               \
		}                                                                \
		write_prefix(rec, ev->state, lane, ev->cpu, ev->flags, ev->tid); \
		bpf_ringbuf_submit(rec, BPF_RB_NO_WAKEUP);                       \
		goto out;                                                        \
	}

static __always_inline void event_commit(struct event *ev, u32 lane, u32 category, u32 type, u32 nparams)
{
	void *ring = ring_of(ev->cpu, lane);
	u64 size = ev->off;
	u8 *rec = ev->scratch->record;

	if (!ring)
		goto out;
	STORE(u32, rec + RECORD_LEN, size - RECORD_EVENT);
	STORE(u16, rec + RECORD_TYPE, type);
	STORE(u32, rec + RECORD_NPARAMS, nparams);
	OPAQUE(size);
	COMMIT_CLASS(128)
	COMMIT_CLASS(192)
	COMMIT_CLASS(256)
	COMMIT_CLASS(512)
	COMMIT_CLASS(1024)
	COMMIT_CLASS(2048)
	COMMIT_CLASS(4096)
	COMMIT_CLASS(8192)
	COMMIT_CLASS(16384)
	COMMIT_CLASS(RECORD_MAX)
	count_loss(ev->state, lane, category, LOSS_TOO_LARGE);
	goto out;
full:
	count_loss(ev->state, lane, category, LOSS_RING_FULL);
out:
	release_scratch(ev->state);
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

/* ---- programs called for one system call ---- */

#define FILLER(name, EVENT)                                       \
	static __always_inline void body_##name(struct sys *c);   \
	SEC("tp_btf/sys_exit")                                    \
	int fill_##name(u64 *ctx)                                 \
	{                                                         \
		struct sys sys = {                                \
			.regs = (struct pt_regs *)ctx[0],         \
			.ret = (s64)ctx[1],                       \
			.ia32 = is_ia32(),                        \
		};                                                \
		if (sys.ia32) {                                   \
			sys.ret = (s32)sys.ret;                   \
			sys.socketcall = is_socketcall(sys.regs); \
		}                                                 \
		body_##name(&sys);                                \
		return 0;                                         \
	}                                                         \
	static __always_inline void body_##name(struct sys *c)

#endif
