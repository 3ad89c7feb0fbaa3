/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Primitives that write one event.
 *
 * An event whose parameters are all of fixed size is written straight into the ring (FIXED_*). Any other is built in this CPU's
 * scratch space (EVENT_*), since the ring takes constant sizes only, and copied into the smallest size class that holds it.
 * Either way the time is stamped after the reservation, which is what lets the reader merge rings exactly.
 */
#ifndef AGENT_EMIT_H
#define AGENT_EMIT_H

#define KREAD(src, a, ...) BPF_CORE_READ((src), a, ##__VA_ARGS__)

#define PATH_LIMIT 4096
#define DATA_LIMIT 65000

/* Keeps an offset inside the first half of the scratch space in a way that the compiler cannot optimise away; what is
 * written there may then be up to half the scratch space long. */
#define BOUND(x)                                                \
	({                                                      \
		u64 __bounded = (x);                            \
		asm volatile("%0 &= 0xffff" : "+r"(__bounded)); \
		__bounded;                                      \
	})

#define STORE(type, at, value) (*(type *)(at) = (type)(value))

/* A finished system call. */
struct sys {
	struct pt_regs *regs;
	s64 ret;
	bool ia32;
	bool socketcall; /* ia32: the arguments lie in an array in user memory */
};

static __always_inline struct task_struct *current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

#if defined(__TARGET_ARCH_x86)
#define TS_COMPAT 0x0002

static __always_inline bool is_ia32(void)
{
	return KREAD(current_task(), thread_info.status) & TS_COMPAT;
}

static __always_inline u64 sys_number(const struct pt_regs *regs)
{
	return regs->orig_ax;
}

/* The old way to all socket calls: the first argument says which, the second where its arguments are. */
#define IA32_SOCKETCALL 102

static __always_inline bool is_socketcall(const struct pt_regs *regs)
{
	return regs->orig_ax == IA32_SOCKETCALL;
}

static __always_inline u32 socketcall_number(const struct pt_regs *regs)
{
	return regs->bx;
}

__noinline u64 socketcall_arg(u64 array, u32 n)
{
	u32 value = 0;

	bpf_probe_read_user(&value, sizeof(value), (void *)(array + n * sizeof(value)));
	return value;
}

static __always_inline u64 sys_arg(const struct sys *c, const int n)
{
	const struct pt_regs *r = c->regs;

	if (c->socketcall)
		return socketcall_arg((u32)r->cx, n);
	if (c->ia32) {
		u64 v = n == 0 ? r->bx : n == 1 ? r->cx : n == 2 ? r->dx : n == 3 ? r->si : n == 4 ? r->di : r->bp;

		return (u32)v;
	}
	return n == 0 ? r->di : n == 1 ? r->si : n == 2 ? r->dx : n == 3 ? r->r10 : n == 4 ? r->r8 : r->r9;
}
#else
#define TIF_32BIT (1UL << 22)

/* A 32-bit Arm task: its numbers are a table of their own, which we do not have; its calls are counted, not misread. */
static __always_inline bool is_ia32(void)
{
	return KREAD(current_task(), thread_info.flags) & TIF_32BIT;
}

static __always_inline bool is_socketcall(const struct pt_regs *regs)
{
	return false;
}

static __always_inline u32 socketcall_number(const struct pt_regs *regs)
{
	return 0;
}

static __always_inline u64 sys_number(const struct pt_regs *regs)
{
	return (u32)regs->syscallno;
}

static __always_inline u64 sys_arg(const struct sys *c, const int n)
{
	return n == 0 ? c->regs->orig_x0 : c->regs->regs[n];
}
#endif

/* ---- accounting ----
 *
 * HAVE_ATOMICS: atomic exchange and fetch-add (5.12). The object is built with and without, since older kernels refuse a program that
 * has such an instruction even where it cannot be reached. Without them claims rely on programs nesting, not interleaving.
 */

static __always_inline struct cpu_state *this_cpu_state(u32 *cpu)
{
	*cpu = bpf_get_smp_processor_id();
	return bpf_map_lookup_elem(&cpus, cpu);
}

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

/* ---- events of fixed size ---- */

struct fixed {
	u8 *rec;
	struct cpu_state *state;
	u32 cpu, lane;
};

#define FIXED_BEGIN(c, EVENT, n, payload)                                                    \
	enum { fixed_head = RECORD_LENGTHS + 2 * (n), fixed_size = fixed_head + (payload) }; \
	struct fixed fx = { .lane = LANE_##EVENT };                                          \
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

#define FIXED_END(c)                                                                                 \
	do {                                                                                         \
		write_prefix(fx.rec, fx.state, fx.lane, fx.cpu, 0, (u32)bpf_get_current_pid_tgid()); \
		bpf_ringbuf_submit(fx.rec, BPF_RB_NO_WAKEUP);                                        \
	} while (0)

/* ---- events with strings and buffers ---- */

struct event {
	struct scratch *scratch;
	struct cpu_state *state;
	u64 off; /* end of what is written */
	u64 tid;
	u32 n; /* parameters written */
	u32 flags;
	u32 cpu;
};

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
	ev->tid = (u32)bpf_get_current_pid_tgid();
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
	asm volatile("" : "+r"(size));
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

static __always_inline void param_length(struct event *ev, u64 length)
{
	STORE(u16, ev->scratch->record + RECORD_LENGTHS + 2 * (ev->n & 63), length);
	ev->n++;
}

#define EMIT_NUMBER(type)                                                     \
	static __always_inline void emit_##type(struct event *ev, type value) \
	{                                                                     \
		STORE(type, ev->scratch->record + BOUND(ev->off), value);     \
		ev->off += sizeof(type);                                      \
		param_length(ev, sizeof(type));                               \
	}

EMIT_NUMBER(u8)
EMIT_NUMBER(u16)
EMIT_NUMBER(u32)
EMIT_NUMBER(u64)
EMIT_NUMBER(s8)
EMIT_NUMBER(s16)
EMIT_NUMBER(s32)
EMIT_NUMBER(s64)

static __always_inline void emit_empty(struct event *ev)
{
	param_length(ev, 0);
}

static __always_inline void count_unreadable(struct event *ev)
{
	__sync_fetch_and_add(&ev->state->unreadable, 1);
}

/* Writes a NUL-terminated string of user memory at the end of the event; returns its length with the NUL, 0 when it
 * is NULL or cannot be read. */
static __always_inline u64 write_user_str(struct event *ev, u64 ptr)
{
	u64 at = BOUND(ev->off);
	long n;

	if (!ptr)
		return 0;
	n = bpf_probe_read_user_str(ev->scratch->record + at, PATH_LIMIT, (void *)ptr);
	if (n <= 0) {
		count_unreadable(ev);
		return 0;
	}
	if (n == PATH_LIMIT)
		ev->flags |= EVENT_TRUNCATED;
	ev->off += n & 0x1fff;
	return n & 0x1fff;
}

static __always_inline u64 write_user_bytes(struct event *ev, u64 ptr, u64 length)
{
	u64 at = BOUND(ev->off);

	if (!ptr || !length)
		return 0;
	if (length > DATA_LIMIT)
		length = DATA_LIMIT;
	asm volatile("" : "+r"(length));
	length &= 0xffff;
	if (bpf_probe_read_user(ev->scratch->record + at, length, (void *)ptr)) {
		count_unreadable(ev);
		return 0;
	}
	ev->off += length;
	return length;
}

static __always_inline u64 write_kernel_str(struct event *ev, const void *ptr, const u32 limit)
{
	u64 at = BOUND(ev->off);
	long n;

	if (!ptr)
		return 0;
	n = bpf_probe_read_kernel_str(ev->scratch->record + at, limit, ptr);
	if (n <= 0)
		return 0;
	ev->off += n & 0x1fff;
	return n & 0x1fff;
}

static __always_inline void emit_user_str(struct event *ev, u64 ptr)
{
	param_length(ev, write_user_str(ev, ptr));
}

/* A path as the caller passed it. Another thread may have changed it since the kernel read it: marked so. */
static __always_inline void emit_user_path(struct event *ev, u64 ptr)
{
	ev->flags |= EVENT_USER_COPY;
	param_length(ev, write_user_str(ev, ptr));
}

/* I/O data, cut at the snap length. */
static __always_inline void emit_user_bytes(struct event *ev, u64 ptr, s64 length)
{
	u64 n = length < 0 ? 0 : length;

	if (n > live.snaplen)
		n = live.snaplen;
	param_length(ev, write_user_bytes(ev, ptr, n));
}

static __always_inline void emit_kernel_str(struct event *ev, const void *ptr)
{
	param_length(ev, write_kernel_str(ev, ptr, PATH_LIMIT));
}

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
