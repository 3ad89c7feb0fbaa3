/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the shared code (drivers/shared) asks of a driver, here for programs that old kernels take: no CO-RE, no loops, no calls, no global
 * data.
 */
#ifndef AGENT_PRIMITIVES_H
#define AGENT_PRIMITIVES_H

/* 5.5: 6ae08ae3dea2 "bpf: Add probe_read_{user, kernel} and probe_read_{user, kernel}_str helpers". Before, one function reads both. */
#if KERNEL_SINCE(5, 5)
#define read_user(to, size, from) helper_probe_read_user((to), (size), (from))
#define read_kernel(to, size, from) helper_probe_read_kernel((to), (size), (from))
#define read_kernel_str(to, size, from) helper_probe_read_kernel_str((to), (size), (from))
/* A NUL-terminated string; returns its length with the NUL, or an error. An empty one is a string as well, of which kernels before 6.16
 * ("maccess: fix strncpy_from_user_nofault() empty string handling") say that its length is 0, and write nothing. */
static __always_inline long read_user_str(void *to, u32 size, const void *from)
{
	long n = helper_probe_read_user_str(to, size, from);

	if (n)
		return n;
	*(char *)to = 0;
	return 1;
}
#else
/* For a process that passes an address of the kernel, it would read the kernel's memory. Such an address has this bit set; tags of arm64 are
 * above it. */
#if defined(__TARGET_ARCH_arm64)
#define KERNEL_ADDRESS (1ULL << 55)
#else
#define KERNEL_ADDRESS (1ULL << 63)
#endif
#define USER_POINTER(pointer) ((u64)(pointer)&KERNEL_ADDRESS ? NULL : (const void *)(pointer))
#define read_user(to, size, from) helper_probe_read((to), (size), USER_POINTER(from))
#define read_user_str(to, size, from) helper_probe_read_str((to), (size), USER_POINTER(from))
#define read_kernel(to, size, from) helper_probe_read((to), (size), (from))
#define read_kernel_str(to, size, from) helper_probe_read_str((to), (size), (from))
#endif

/* A member behind a chain of pointers. The statement expression inside typeof drops qualifiers: a const variable could not be read into. */
#define KREAD_1(src, a)                                            \
	({                                                         \
		__typeof__(({ (src)->a; })) __value;               \
		read_kernel(&__value, sizeof(__value), &(src)->a); \
		__value;                                           \
	})
#define KREAD_2(src, a, b) KREAD_1(KREAD_1(src, a), b)
#define KREAD_3(src, a, b, c) KREAD_1(KREAD_2(src, a, b), c)
#define KREAD_4(src, a, b, c, d) KREAD_1(KREAD_3(src, a, b, c), d)
#define KREAD_PICK(a, b, c, d, name, ...) name
#define KREAD(src, ...) KREAD_PICK(__VA_ARGS__, KREAD_4, KREAD_3, KREAD_2, KREAD_1)(src, __VA_ARGS__)
#define FIELD_OFFSET(type, member) offsetof(type, member)
#define TYPE_SIZE(type) sizeof(type)

#define from_be16(x) __builtin_bswap16(x)
#define to_be32(x) __builtin_bswap32(x)

#define UNROLL _Pragma("clang loop unroll(full)")
#define SUBPROGRAM static __always_inline

/* Each message is a tail call, of which a kernel follows 32 in a row. */
#define MESSAGE_LIMIT 30

/* Keeps an offset inside the first half of the scratch space in a way that the compiler cannot optimise away; what is
 * written there may then be up to half the scratch space long. */
#define BOUND(x)                                                \
	({                                                      \
		u64 __bounded = (x);                            \
		asm volatile("%0 &= 0xffff" : "+r"(__bounded)); \
		__bounded;                                      \
	})

/* The compiler must not reason about the value from here on. */
#define OPAQUE(x) asm volatile("" : "+r"(x))

#define STORE(type, at, value) (*(type *)(at) = (type)(value))

/* A macro with arguments: x86 has a variable of this name. */
#define current_task() ((struct task_struct *)helper_get_current_task())

static __always_inline u32 current_tgid(void)
{
	return helper_get_current_pid_tgid() >> 32;
}

static __always_inline u32 current_tid(void)
{
	return helper_get_current_pid_tgid();
}

static __always_inline struct settings *the_settings(void)
{
	u32 zero = 0;

	return helper_map_lookup_elem(MAP(settings), &zero);
}

static __always_inline struct live *the_live(void)
{
	u32 zero = 0;

	return helper_map_lookup_elem(MAP(live), &zero);
}

#define SETTING(name)                                         \
	({                                                    \
		struct settings *__settings = the_settings(); \
		__settings ? __settings->name : 0;            \
	})
#define LIVE(name)                                           \
	({                                                   \
		struct live *__live = the_live();            \
		__live ? *(volatile u32 *)&__live->name : 0; \
	})
#define LIVE_ENTRY(table, number)                        \
	({                                               \
		struct live *__live = the_live();        \
		struct syscall_entry __entry = {};       \
		if (__live)                              \
			__entry = __live->table[number]; \
		__entry;                                 \
	})

static __always_inline struct scratch *scratch_of(u32 cpu)
{
	return helper_map_lookup_elem(MAP(scratches), &cpu);
}

static __always_inline struct cpu_state *this_cpu_state(u32 *cpu)
{
	*cpu = helper_get_smp_processor_id();
	return helper_map_lookup_elem(MAP(cpus), cpu);
}

/* ---- the processes and cgroups in scope ---- */

static __always_inline u64 *scope_find(u32 tgid)
{
	return helper_map_lookup_elem(MAP(scope), &tgid);
}

#ifdef PLAIN_TRACEPOINTS
/* The start time of a process that no program was shown yet, and, on top of a start time, that its last thread has ended. */
#define SCOPE_START_UNKNOWN 0
#define SCOPE_ENDED (1ULL << 63)

/* The first that is seen of a new process completes its entry. */
static __always_inline bool scope_entry_is(u64 *entry, u64 start)
{
	u64 known = *(volatile u64 *)entry & ~SCOPE_ENDED;

	if (known != SCOPE_START_UNKNOWN)
		return known == start;
	*entry |= start;
	return true;
}

#define SCOPE_ENTRY_IS scope_entry_is
#endif

/* Whether the process could not be added. */
static __always_inline bool scope_put(u32 tgid, u64 start)
{
	return helper_map_update_elem(MAP(scope), &tgid, &start, BPF_ANY);
}

static __always_inline void scope_remove(u32 tgid)
{
	helper_map_delete_elem(MAP(scope), &tgid);
}

static __always_inline bool scope_has_cgroup(u64 id)
{
	return helper_map_lookup_elem(MAP(scope_cgroups), &id);
}

#endif
