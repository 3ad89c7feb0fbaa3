/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Every difference between kernels that a driver compiled for one kernel (drivers/kmod, drivers/bpf) has to know, each with the commit
 * that made it. drivers/modern_bpf/versions.h is the same for CO-RE programs, which ask the running kernel's BTF.
 */
#ifndef AGENT_VERSIONS_H
#define AGENT_VERSIONS_H

#ifndef KERNEL_SINCE
#define KERNEL_SINCE(major, minor) (LINUX_VERSION_CODE >= KERNEL_VERSION(major, minor, 0))
#endif

#ifndef AGENT_VMLINUX /* type information has this, too */
/* fs/mount.h is private to the kernel's own files; the members before mnt have not changed since 3.13 (38129a13e6e7 "switch mnt_hash to
 * hlist"). */
struct mount {
	struct hlist_node mnt_hash;
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};
#endif

#ifndef OVERLAYFS_SUPER_MAGIC
#define OVERLAYFS_SUPER_MAGIC 0x794c7630
#endif

/* 5.1: a9beb86ae6e5 "sock: Add SO_RCVTIMEO_NEW and SO_SNDTIMEO_NEW". */
#ifndef SO_RCVTIMEO_OLD
#define SO_RCVTIMEO_OLD 20
#define SO_SNDTIMEO_OLD 21
#endif

/* 5.5: cf25e24db61c "time: Rename tsk->real_start_time to ->start_boottime". */
static __always_inline u64 start_time_ns(struct task_struct *task)
{
#if KERNEL_SINCE(5, 5)
	return KREAD(task, start_boottime);
#else
	return KREAD(task, real_start_time);
#endif
}

/* 4.19: 2c4704756cab "pids: Move the pgrp and session pid pointers from task_struct to signal_struct". */
static __always_inline struct pid *thread_pid(struct task_struct *task)
{
#if KERNEL_SINCE(4, 19)
	return KREAD(task, thread_pid);
#else
	return KREAD(task, pids[PIDTYPE_PID].pid);
#endif
}

static __always_inline struct pid *leader_pid(struct task_struct *task)
{
	return thread_pid(KREAD(task, group_leader));
}

static __always_inline struct pid *process_group(struct task_struct *task)
{
#if KERNEL_SINCE(4, 19)
	return KREAD(task, signal, pids[PIDTYPE_PGID]);
#else
	return KREAD(task, group_leader, pids[PIDTYPE_PGID].pid);
#endif
}

/* 6.13: 4e40eff0b573 "fs: add infrastructure for multigrain timestamps": the highest bit says that somebody has looked at the time. */
#define CTIME_NSEC(nsec) ((nsec)&0x7fffffff)

/* 4.18: 95582b008388 "vfs: change inode times to use struct timespec64", whose members have the same names;
 * 6.6: 13bc24457850 "fs: rename i_ctime field to __i_ctime"; 6.7: 12cd44023651 "fs: rename inode i_atime and i_mtime fields";
 * 6.11: 3aa63a569c64 "fs: switch timespec64 fields in inode to discrete integers". */
static __always_inline u64 inode_ctime(struct inode *inode)
{
#if KERNEL_SINCE(6, 11)
	return KREAD(inode, i_ctime_sec) * 1000000000ULL + CTIME_NSEC(KREAD(inode, i_ctime_nsec));
#elif KERNEL_SINCE(6, 6)
	return KREAD(inode, __i_ctime.tv_sec) * 1000000000ULL + KREAD(inode, __i_ctime.tv_nsec);
#else
	return KREAD(inode, i_ctime.tv_sec) * 1000000000ULL + KREAD(inode, i_ctime.tv_nsec);
#endif
}

static __always_inline u64 inode_mtime(struct inode *inode)
{
#if KERNEL_SINCE(6, 11)
	return KREAD(inode, i_mtime_sec) * 1000000000ULL + KREAD(inode, i_mtime_nsec);
#elif KERNEL_SINCE(6, 7)
	return KREAD(inode, __i_mtime.tv_sec) * 1000000000ULL + KREAD(inode, __i_mtime.tv_nsec);
#else
	return KREAD(inode, i_mtime.tv_sec) * 1000000000ULL + KREAD(inode, i_mtime.tv_nsec);
#endif
}

/* 6.15: 741c10b096bc "kernfs: Use RCU to access kernfs_node::parent." */
static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *kn)
{
#if KERNEL_SINCE(6, 15)
	return (struct kernfs_node *)KREAD(kn, __parent);
#else
	return KREAD(kn, parent);
#endif
}

/* 4.14: c53cd490b1a4 "kernfs: introduce kernfs_node_id";
 * 5.5: 67c0496e87d1 "kernfs: convert kernfs_node->id from union kernfs_node_id to u64"; the inode number before. */
static __always_inline u64 kernfs_id(struct kernfs_node *kn)
{
#if KERNEL_SINCE(5, 5)
	return KREAD(kn, id);
#else
	return KREAD(kn, id.id);
#endif
}

/* 6.2: f1a7941243c1 "mm: convert mm's rss stats into percpu_counter". */
static __always_inline s64 rss_count(struct mm_struct *mm, const int kind)
{
#if KERNEL_SINCE(6, 2)
	return KREAD(mm, rss_stat[kind].count);
#else
	return KREAD(mm, rss_stat.count[kind].counter);
#endif
}

/* 5.6: bf9765145b85 "sock: Make sk_protocol a 16-bit value". Before, the type is the upper half of a word of bit fields, whose address has
 * a name. */
static __always_inline u16 socket_type(struct sock *sk)
{
#if KERNEL_SINCE(5, 6)
	return KREAD(sk, sk_type);
#else
	u32 bits = 0;

	read_kernel(&bits, sizeof(bits), (char *)sk + FIELD_OFFSET(struct sock, __sk_flags_offset));
	return bits >> 16;
#endif
}

/* The login uid that audit keeps; all ones without CONFIG_AUDIT. */
static __always_inline u32 login_uid(struct task_struct *task)
{
#ifdef CONFIG_AUDIT
	return KREAD(task, loginuid.val);
#else
	return (u32)-1;
#endif
}

/* Two bit fields, which have no address, or of late two bools. They are in the word behind the member before them: 5.16 put core_state
 * there (0258b5fd7c71 "coredump: Limit coredumps to a single thread group"). Where in the word, the compiler says. */
#if KERNEL_SINCE(5, 16)
#define SUBREAPER_BITS offsetofend(struct signal_struct, core_state)
#else
#define SUBREAPER_BITS offsetofend(struct signal_struct, flags)
#endif

#define SUBREAPER_MASK(set) (*(const u32 *)((const char *)&(set) + SUBREAPER_BITS))

static __always_inline u32 subreaper_bits(struct signal_struct *signal)
{
	u32 bits = 0;

	read_kernel(&bits, sizeof(bits), (char *)signal + SUBREAPER_BITS);
	return bits;
}

static __always_inline bool is_child_subreaper(struct signal_struct *signal)
{
	static const struct signal_struct set = { .is_child_subreaper = 1 };

	return subreaper_bits(signal) & SUBREAPER_MASK(set);
}

static __always_inline bool has_child_subreaper(struct signal_struct *signal)
{
	static const struct signal_struct set = { .has_child_subreaper = 1 };

	return subreaper_bits(signal) & SUBREAPER_MASK(set);
}

/* The state that a controller keeps for a set of cgroups; NULL where the kernel is built without it. */
static __always_inline struct cgroup_subsys_state *css_at(struct css_set *sets, const int id)
{
	struct cgroup_subsys_state *state = NULL;

	if (id >= 0)
		read_kernel(&state, sizeof(state), &sets->subsys[id]);
	return state;
}

#define CSS_OF(sets, controller) css_at(sets, CSS_ID_##controller)

#ifdef CONFIG_CPUSETS
#define CSS_ID_cpuset cpuset_cgrp_id
#else
#define CSS_ID_cpuset -1
#endif
#ifdef CONFIG_CGROUP_SCHED
#define CSS_ID_cpu cpu_cgrp_id
#else
#define CSS_ID_cpu -1
#endif
#ifdef CONFIG_CGROUP_CPUACCT
#define CSS_ID_cpuacct cpuacct_cgrp_id
#else
#define CSS_ID_cpuacct -1
#endif
#ifdef CONFIG_BLK_CGROUP
#define CSS_ID_io io_cgrp_id
#else
#define CSS_ID_io -1
#endif
#ifdef CONFIG_MEMCG
#define CSS_ID_memory memory_cgrp_id
#else
#define CSS_ID_memory -1
#endif

#endif
