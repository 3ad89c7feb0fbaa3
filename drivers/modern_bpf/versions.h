/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What kernels lay out differently, as the running kernel's BTF says. drivers/shared/versions.h is the same for drivers that are compiled
 * for one kernel. */
#ifndef AGENT_VERSIONS_H
#define AGENT_VERSIONS_H

static __always_inline u64 start_time_ns(struct task_struct *task)
{
	if (bpf_core_field_exists(task->start_boottime))
		return KREAD(task, start_boottime);
	return KREAD(task, real_start_time);
}

static __always_inline struct pid *thread_pid(struct task_struct *task)
{
	return KREAD(task, thread_pid);
}

static __always_inline struct pid *leader_pid(struct task_struct *task)
{
	return KREAD(task, group_leader, thread_pid);
}

static __always_inline struct pid *process_group(struct task_struct *task)
{
	return KREAD(task, signal, pids[PIDTYPE_PGID]);
}

/* 6.13: 4e40eff0b573 "fs: add infrastructure for multigrain timestamps": the highest bit says that somebody has looked at the time. */
#define CTIME_NSEC(nsec) ((nsec)&0x7fffffff)

static __always_inline u64 inode_ctime(struct inode *inode)
{
	struct inode___renamed *renamed = (void *)inode;
	struct inode___timespec *timespec = (void *)inode;

	if (bpf_core_field_exists(inode->i_ctime_sec))
		return KREAD(inode, i_ctime_sec) * 1000000000ULL + CTIME_NSEC(KREAD(inode, i_ctime_nsec));
	if (bpf_core_field_exists(renamed->__i_ctime))
		return KREAD(renamed, __i_ctime.tv_sec) * 1000000000ULL + KREAD(renamed, __i_ctime.tv_nsec);
	return KREAD(timespec, i_ctime.tv_sec) * 1000000000ULL + KREAD(timespec, i_ctime.tv_nsec);
}

static __always_inline u64 inode_mtime(struct inode *inode)
{
	struct inode___renamed *renamed = (void *)inode;
	struct inode___timespec *timespec = (void *)inode;

	if (bpf_core_field_exists(inode->i_mtime_sec))
		return KREAD(inode, i_mtime_sec) * 1000000000ULL + KREAD(inode, i_mtime_nsec);
	if (bpf_core_field_exists(renamed->__i_mtime))
		return KREAD(renamed, __i_mtime.tv_sec) * 1000000000ULL + KREAD(renamed, __i_mtime.tv_nsec);
	return KREAD(timespec, i_mtime.tv_sec) * 1000000000ULL + KREAD(timespec, i_mtime.tv_nsec);
}

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *kn)
{
	struct kernfs_node___rcu *rcu = (void *)kn;

	if (bpf_core_field_exists(rcu->__parent))
		return KREAD(rcu, __parent);
	return KREAD(kn, parent);
}

static __always_inline u64 kernfs_id(struct kernfs_node *kn)
{
	return KREAD(kn, id);
}

/* A macro: only a literal index is relocated, by the size that the kernel's counters have; any other goes by the size that is declared. */
#define rss_count(mm, kind)                                                     \
	({                                                                      \
		struct mm_struct___plain *__plain = (void *)(mm);               \
		s64 __pages;                                                    \
		if (bpf_core_field_exists(__plain->rss_stat.count))             \
			__pages = KREAD(__plain, rss_stat.count[kind].counter); \
		else                                                            \
			__pages = KREAD(mm, rss_stat[kind].count);              \
		__pages;                                                        \
	})

static __always_inline u16 socket_type(struct sock *sk)
{
	return KREAD(sk, sk_type);
}

/* The login uid that audit keeps; all ones without CONFIG_AUDIT. */
static __always_inline u32 login_uid(struct task_struct *task)
{
	return bpf_core_field_exists(task->loginuid) ? KREAD(task, loginuid.val) : (u32)-1;
}

static __always_inline bool is_child_subreaper(struct signal_struct *signal)
{
	return BPF_CORE_READ_BITFIELD_PROBED(signal, is_child_subreaper);
}

static __always_inline bool has_child_subreaper(struct signal_struct *signal)
{
	return BPF_CORE_READ_BITFIELD_PROBED(signal, has_child_subreaper);
}

/* The state that a controller keeps for a set of cgroups; NULL where the kernel is built without it. */
#define CSS_OF(sets, controller)                                                                                    \
	({                                                                                                          \
		struct cgroup_subsys_state *__state = NULL;                                                         \
		if (bpf_core_enum_value_exists(enum cgroup_subsys_id, controller##_cgrp_id)) {                      \
			int __id = bpf_core_enum_value(enum cgroup_subsys_id, controller##_cgrp_id);                \
			read_kernel(&__state, sizeof(__state),                                                      \
				    (char *)(sets) + FIELD_OFFSET(struct css_set, subsys) + __id * sizeof(void *)); \
		}                                                                                                   \
		__state;                                                                                            \
	})

#if defined(__TARGET_ARCH_x86)
#define USER_CS 0x33
#define USER32_CS 0x23
#define USER_DS 0x2b

/* The registers that the current task entered the kernel with, copied from the top of its kernel stack: 16 KiB, or 32 KiB with KASAN.
 * The segments of user space tell which of them it is, and that the task did come from there. NULL when neither is so. */
static __always_inline struct pt_regs *saved_registers(void)
{
	u32 key = 0;
	struct pt_regs *regs = bpf_map_lookup_elem(&call_registers, &key);
	void *stack = KREAD(current_task(), stack);

	if (!regs)
		return NULL;
	for (u32 size = 16384; size <= 32768; size *= 2) {
		if (bpf_probe_read_kernel(regs, sizeof(*regs), stack + size - sizeof(*regs)))
			return NULL;
		if (regs->ss == USER_DS && (regs->cs == USER_CS || regs->cs == USER32_CS))
			return regs;
	}
	return NULL;
}
#else
static __always_inline struct pt_regs *saved_registers(void)
{
	return NULL;
}
#endif

/* The call that the current task is in. The helpers that hand out its registers came with 5.15. */
static __always_inline bool current_call(struct sys *c)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs) &&
	    bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf))
		c->regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	else
		c->regs = saved_registers();
	c->ia32 = is_ia32();
	return c->regs;
}

#endif
