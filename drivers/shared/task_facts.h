/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Parameters that the clone, exec and exit families share, taken from the kernel's task. */
#ifndef AGENT_TASK_FACTS_H
#define AGENT_TASK_FACTS_H

/* fdlimit, pgft_maj, pgft_min, vm_size, vm_rss, vm_swap, comm. */
static __always_inline void emit_limits_and_memory(struct event *ev, struct task_struct *task, struct mm_struct *mm)
{
	emit_s64(ev, KREAD(task, signal, rlim[RLIMIT_NOFILE].rlim_cur));
	emit_u64(ev, KREAD(task, maj_flt));
	emit_u64(ev, KREAD(task, min_flt));
	emit_u32(ev, vm_size(mm));
	emit_u32(ev, vm_rss(mm));
	emit_u32(ev, vm_swap(mm));
	param_length(ev, write_kernel_str(ev, task->comm, 16));
}

static __always_inline u32 tty_of(struct task_struct *task)
{
	struct tty_struct *tty = KREAD(task, signal, tty);
	u32 major, minor;

	if (!tty)
		return 0;
	major = KREAD(tty, driver, major);
	minor = KREAD(tty, driver, minor_start) + KREAD(tty, index);
	return (minor & 0xff) | (major << 8) | ((minor & ~0xffU) << 12);
}

static __always_inline u64 pidns_start_ns(struct task_struct *task)
{
	struct task_struct *reaper = KREAD(task, nsproxy, pid_ns_for_children, child_reaper);

	return reaper ? start_time_ns(reaper) : 0;
}

/* A capability set: eight bytes on every kernel, {u32 cap[2]} before 6.3 (f122a08b197d "capability: just use a 'u64' instead of a
 * 'u32[2]' array") and {u64 val} since, so no member of it may be named. */
static __always_inline u64 capability_bits(const void *set)
{
	u64 bits = 0;

	read_kernel(&bits, sizeof(bits), set);
	return bits;
}

#define CAPABILITIES(cred, set) capability_bits((const char *)(cred) + FIELD_OFFSET(struct cred, set))

/* A file of memfd_create(2) has no parent and a name that says so. */
static __always_inline bool is_memfd(struct file *file)
{
	struct dentry *dentry = KREAD(file, f_path.dentry);
	char name[6] = {};

	if (KREAD(dentry, d_parent) != dentry)
		return false;
	read_kernel_str(name, sizeof(name), KREAD(dentry, d_name.name));
	return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' && name[4] == 'd';
}

/* What the kernel's objects say of a child that shares with its parent; the call's own flags lie in user memory for clone3. */
static __always_inline u32 shared_flags(struct task_struct *parent, struct task_struct *child)
{
	u32 native = 0;

	if (KREAD(child, tgid) == KREAD(parent, tgid))
		native |= CLONE_THREAD;
	if (KREAD(child, files) == KREAD(parent, files))
		native |= CLONE_FILES;
	if (KREAD(child, fs) == KREAD(parent, fs))
		native |= CLONE_FS;
	if (KREAD(child, mm) == KREAD(parent, mm))
		native |= CLONE_VM;
	return native;
}

static __always_inline struct task_struct *task_of_thread_node(struct list_head *node)
{
	return (void *)node - FIELD_OFFSET(struct task_struct, thread_node);
}

/* Who inherits the children of a task that ends: another living thread of the process, the nearest subreaper, or the first
 * process of the pid namespace. 0 when there are no children. */
static __always_inline s64 reaper_of(struct task_struct *task)
{
	struct list_head *children = (void *)task + FIELD_OFFSET(struct task_struct, children);
	struct list_head *head, *node;
	struct signal_struct *signal;
	struct task_struct *up;

	if (KREAD(children, next) == children)
		return 0;
	head = (void *)KREAD(task, signal) + FIELD_OFFSET(struct signal_struct, thread_head);
	node = KREAD(head, next);
	UNROLL
	for (int i = 0; i < 16; i++) {
		struct task_struct *thread = task_of_thread_node(node);

		if (!node || node == head)
			break;
		if (thread != task && !(KREAD(thread, flags) & PF_EXITING))
			return KREAD(thread, pid);
		node = KREAD(node, next);
	}
	signal = KREAD(task, signal);
	if (has_child_subreaper(signal)) {
		up = KREAD(task, real_parent);
		UNROLL
		for (int i = 0; i < 16; i++) {
			s64 pid = KREAD(up, pid); /* no task is without a parent */

			if (pid <= 1)
				break;
			signal = KREAD(up, signal);
			if (is_child_subreaper(signal) && !(KREAD(up, flags) & PF_EXITING))
				return pid;
			up = KREAD(up, real_parent);
		}
	}
	up = KREAD(task, nsproxy, pid_ns_for_children, child_reaper);
	return up ? KREAD(up, pid) : 0;
}

#endif
