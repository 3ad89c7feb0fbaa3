/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the shared code (drivers/shared) asks of a driver, here for CO-RE programs: how kernel and user memory are read, how bounds are
 * kept, where settings and the scope lie. drivers/bpf and drivers/kmod have a header of the same name.
 */
#ifndef AGENT_PRIMITIVES_H
#define AGENT_PRIMITIVES_H

#define KREAD(src, a, ...) BPF_CORE_READ((src), a, ##__VA_ARGS__)
#define FIELD_OFFSET(type, member) bpf_core_field_offset(type, member)
#define TYPE_SIZE(type) bpf_core_type_size(type)

#define read_user(to, size, from) bpf_probe_read_user((to), (size), (from))
#define read_kernel(to, size, from) bpf_probe_read_kernel((to), (size), (from))
#define read_kernel_str(to, size, from) bpf_probe_read_kernel_str((to), (size), (from))

/* A NUL-terminated string; returns its length with the NUL, or an error. An empty one is a string as well, of which kernels before 6.16
 * ("maccess: fix strncpy_from_user_nofault() empty string handling") say that its length is 0, and write nothing. */
static __always_inline long read_user_str(void *to, u32 size, const void *from)
{
	long n = bpf_probe_read_user_str(to, size, from);

	if (n)
		return n;
	*(char *)to = 0;
	return 1;
}

#define from_be16(x) bpf_ntohs(x)
#define to_be32(x) bpf_htonl(x)

/* Loops are loops, and walks that are called are global functions: the verifier checks each once. */
#define UNROLL
#define SUBPROGRAM __noinline

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

static __always_inline struct task_struct *current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

static __always_inline u32 current_tgid(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

static __always_inline u32 current_tid(void)
{
	return bpf_get_current_pid_tgid();
}

#define SETTING(name) (settings.name)
#define LIVE(name) (live.name)
#define LIVE_ENTRY(table, number) (live.table[number])

static __always_inline struct scratch *scratch_of(u32 cpu)
{
	return bpf_map_lookup_elem(&scratches, &cpu);
}

static __always_inline struct cpu_state *this_cpu_state(u32 *cpu)
{
	*cpu = bpf_get_smp_processor_id();
	return bpf_map_lookup_elem(&cpus, cpu);
}

/* ---- the processes and cgroups in scope ---- */

static __always_inline u64 *scope_find(u32 tgid)
{
	return bpf_map_lookup_elem(&scope, &tgid);
}

/* Whether the process could not be added. */
static __always_inline bool scope_put(u32 tgid, u64 start)
{
	return bpf_map_update_elem(&scope, &tgid, &start, BPF_ANY);
}

static __always_inline void scope_remove(u32 tgid)
{
	bpf_map_delete_elem(&scope, &tgid);
}

static __always_inline bool scope_has_cgroup(u64 id)
{
	return bpf_map_lookup_elem(&scope_cgroups, &id);
}

#endif
