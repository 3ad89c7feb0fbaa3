/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the shared code (drivers/shared) asks of a driver, here for a tracer: "kernel memory" is what objects.h has, "user memory" is the
 * traced process's. */
#ifndef AGENT_PDIG_PRIMITIVES_H
#define AGENT_PDIG_PRIMITIVES_H

/* What the body that runs on this thread works with. */
struct work {
	const struct pdig_work *given;
	const struct pdig_call *call;
	struct task_objects current;
	bool current_filled;
	/* A call speaks of two descriptors at most, socketpair's. */
	struct file files[2];
	struct unix_sock sockets[2], peers[2];
	u32 files_used, sockets_used;
};

static _Thread_local struct work *work;

static long read_kernel_str(void *to, long size, const void *from)
{
	char *text = to;
	const char *source = from;
	long n = 0;

	if (!from || size <= 0)
		return -1;
	for (; n < size - 1 && source[n]; n++)
		text[n] = source[n];
	text[n] = 0;
	return n + 1;
}

static long read_user(void *to, u64 size, const void *from)
{
	long error = pdig_read(work->given->host, to, size, (u64)from);

	if (error)
		__builtin_memset(to, 0, size);
	return error;
}

static long read_user_str(void *to, long size, const void *from)
{
	return size <= 0 ? 0 : pdig_read_str(work->given->host, to, size, (u64)from);
}

/* Where a socket lies in the kernel's memory is not for a tracer to know. */
#define KERNEL_ADDRESS(pointer) ((void)(pointer), (u64)0)

/* A pointer that leads nowhere gives zeros, as in the kernel drivers. */
#define KREAD_STEP(pointer, member)                                          \
	({                                                                   \
		__auto_type __from = (pointer);                              \
		__from ? __from->member : (__typeof__(__from->member)){ 0 }; \
	})
#define KREAD_1(p, a) KREAD_STEP(p, a)
#define KREAD_2(p, a, b) KREAD_STEP(KREAD_STEP(p, a), b)
#define KREAD_3(p, a, b, c) KREAD_STEP(KREAD_2(p, a, b), c)
#define KREAD_PICK(_1, _2, _3, name, ...) name
#define KREAD(pointer, ...) KREAD_PICK(__VA_ARGS__, KREAD_3, KREAD_2, KREAD_1)(pointer, __VA_ARGS__)

#define FIELD_OFFSET(type, member) __builtin_offsetof(type, member)

#define from_be16(x) __builtin_bswap16(x)
#define to_be32(x) __builtin_bswap32(x)

#define UNROLL
#define SUBPROGRAM static

/* Keeps an offset inside the first half of the scratch space; what is written there may be up to half of it long. */
#define BOUND(x) ((u64)(x) & (RECORD_MAX - 1))
#define OPAQUE(x) (void)(x)

#define STORE(type, at, value) \
	(((struct { type number; } __attribute__((packed, may_alias)) *)(at))->number = (type)(value))

#define LIVE(name) (work->given->live->name)
#define LIVE_ENTRY(table, index) (work->given->live->table[index])

static struct scratch *scratch_of(u32 cpu)
{
	return work->given->scratch;
}

static struct cpu_state *this_cpu_state(u32 *cpu)
{
	*cpu = 0;
	return work->given->state;
}

static u32 current_tid(void)
{
	return work->call->tid;
}

static struct task_struct *current_task(void)
{
	if (!work->current_filled) {
		fill_task(&work->current, work->given->host, work->call->tid);
		work->current_filled = true;
	}
	return &work->current.task;
}

#endif
