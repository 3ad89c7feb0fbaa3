/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the shared code (drivers/shared) asks of a driver, here for a kernel module.
 *
 * Everything runs between enter() and leave(): on one cpu, without page faults. Kernel memory is read as a BPF program would read it:
 * with the kernel's own guarded copy, one pointer after the other, so that an object that goes away in the meantime costs a wrong value,
 * never the machine.
 */
#ifndef AGENT_PRIMITIVES_H
#define AGENT_PRIMITIVES_H

#if defined(CONFIG_X86_64)
#define __TARGET_ARCH_x86
#elif defined(CONFIG_ARM64)
#define __TARGET_ARCH_arm64
#else
#error "agent_probe knows x86-64 and arm64"
#endif

/* sys_exit may sleep since 6.13 (0850e1bc88b1 "tracing/bpf: Add might_fault check to syscall probes"), so the probes see to it themselves. */
static __always_inline void enter(void)
{
	preempt_disable_notrace();
	pagefault_disable();
}

static __always_inline void leave(void)
{
	pagefault_enable();
	preempt_enable_notrace();
}

static noinline long read_kernel(void *to, size_t size, const void *from)
{
	long error = kernel_read_nofault(to, from, size);

	if (error)
		memset(to, 0, size);
	return error;
}

/* A NUL-terminated string; returns its length with the NUL. What is longer than `size` is cut. */
static noinline long read_kernel_str(void *to, long size, const void *from)
{
	char *text = to;
	long done = 0;

	if (size <= 0)
		return 0;
	while (done < size) {
		/* Up to the next multiple of eight: never into a page that the string does not reach. */
		long n = 8 - (((unsigned long)from + done) & 7), end;

		if (n > size - done)
			n = size - done;
		if (kernel_read_nofault(text + done, (const char *)from + done, n)) {
			text[size - 1] = 0;
			return -EFAULT;
		}
		for (end = done + n; done < end; done++)
			if (!text[done])
				return done + 1;
	}
	text[size - 1] = 0;
	return size;
}

/* A task without memory of its own borrows that of whoever ran before it. */
static noinline long read_user(void *to, size_t size, const void *from)
{
	long error = current->mm ? user_read_nofault(to, from, size) : -EFAULT;

	if (error)
		memset(to, 0, size);
	return error;
}

/* As read_kernel_str. */
static noinline long read_user_str(void *to, long size, const void *from)
{
	long n;

	if (size <= 0)
		return 0;
	n = current->mm ? strncpy_from_user(to, (const char __user *)from, size) : -EFAULT;
	if (n < 0)
		return n;
	if (n < size)
		return n + 1;
	((char *)to)[size - 1] = 0;
	return size;
}

#define KREAD_STEP(pointer, member)                                            \
	({                                                                     \
		const typeof((pointer)->member) *__from = &(pointer)->member;  \
		char __value[sizeof(*__from)] __aligned(__alignof__(*__from)); \
		read_kernel(__value, sizeof(__value), __from);                 \
		*(typeof(__from))__value;                                      \
	})
#define KREAD_1(p, a) KREAD_STEP(p, a)
#define KREAD_2(p, a, b) KREAD_STEP(KREAD_STEP(p, a), b)
#define KREAD_3(p, a, b, c) KREAD_STEP(KREAD_2(p, a, b), c)
#define KREAD_PICK(_1, _2, _3, name, ...) name
#define KREAD(pointer, ...) KREAD_PICK(__VA_ARGS__, KREAD_3, KREAD_2, KREAD_1)(pointer, __VA_ARGS__)

#define FIELD_OFFSET(type, member) offsetof(type, member)
#define TYPE_SIZE(type) sizeof(type)

#define from_be16(x) be16_to_cpu((__force __be16)(x))
#define to_be32(x) ((__force u32)cpu_to_be32(x))

#define UNROLL
#define SUBPROGRAM static noinline

/* Keeps an offset inside the first half of the scratch space; what is written there may be up to half of it long. */
#define BOUND(x) ((u64)(x) & (RECORD_MAX - 1))
#define OPAQUE(x) barrier()

#define STORE(type, at, value) (((struct { type number; } __packed *)(at))->number = (type)(value))

#define current_task() current
#define current_tgid() ((u32)current->tgid)
#define current_tid() ((u32)current->pid)

#define SETTING(name) (settings.name)
#define LIVE(name) READ_ONCE(live.name)

static __always_inline struct syscall_entry load_entry(const struct syscall_entry *entry)
{
	union {
		u32 word;
		struct syscall_entry entry;
	} loaded = { .word = READ_ONCE(*(const u32 *)entry) };

	return loaded.entry;
}

#define LIVE_ENTRY(table, number) load_entry(&live.table[number])

static __always_inline struct scratch *scratch_of(u32 cpu)
{
	return per_cpu(capture, cpu).scratch;
}

static __always_inline struct cpu_state *this_cpu_state(u32 *cpu)
{
	*cpu = smp_processor_id();
	return &per_cpu(capture, *cpu).state;
}

#endif
