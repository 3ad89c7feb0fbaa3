/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Processes: exec, clone, exit. Each fact has one source: a successful exec is seen by sched_process_exec, a new child by
 * sched_process_fork before it runs; sys_exit gives the failed exec and the parent's side of clone.
 *
 * exec and clone are written in parts, because one program of an old kernel cannot hold either: process_whole.h puts them together,
 * drivers/bpf calls one after the other.
 */

/* What clone and exec say of a task behind its arguments: pid to comm. */
static __always_inline void emit_identity(struct event *ev, struct task_struct *task, struct mm_struct *mm)
{
	emit_s64(ev, KREAD(task, pid));
	emit_s64(ev, KREAD(task, tgid));
	emit_s64(ev, KREAD(task, real_parent, tgid));
	STORE(u8, ev->scratch->record + BOUND(ev->off), 0); /* cwd: user space resolves it */
	ev->off++;
	param_length(ev, 1);
	emit_limits_and_memory(ev, task, mm);
}

/* ---- exec ---- */

/* What a failed exec asked for; a successful one has it in its own memory. */
struct asked {
	u64 argv, envp;
	bool ia32;
};

/* exe and args. */
static __always_inline void emit_asked_arguments(struct event *ev, const struct asked *asked)
{
	u64 exe = 0;

	read_user(&exe, asked->ia32 ? sizeof(u32) : sizeof(u64), (void *)asked->argv);
	emit_user_str(ev, exe);
	emit_strings(ev, asked->argv, 1, asked->ia32);
}

static __always_inline struct file *executable(struct task_struct *task)
{
	return KREAD(task, mm, exe_file);
}

/* tty to uid, behind the environment. */
static __always_inline void emit_credentials(struct event *ev, struct task_struct *task)
{
	struct file *file = executable(task);
	struct inode *inode = KREAD(file, f_inode);
	const struct cred *cred = KREAD(task, cred);

	emit_u32(ev, tty_of(task));
	emit_s64(ev, pid_in_own_namespace(process_group(task), thread_pid(task)));
	emit_u32(ev, login_uid(task));
	emit_u32(ev, exe_flags(cred, file));
	emit_u64(ev, CAPABILITIES(cred, cap_inheritable));
	emit_u64(ev, CAPABILITIES(cred, cap_permitted));
	emit_u64(ev, CAPABILITIES(cred, cap_effective));
	emit_u64(ev, KREAD(inode, i_ino));
	emit_u64(ev, inode_ctime(inode));
	emit_u64(ev, inode_mtime(inode));
	emit_u32(ev, KREAD(cred, euid.val));
}

/* pgid to gid, behind the path of the executable. */
static __always_inline void emit_group(struct event *ev, struct task_struct *task)
{
	const struct cred *cred = KREAD(task, cred);

	emit_s64(ev, pid_in_first_namespace(process_group(task)));
	emit_u32(ev, KREAD(cred, egid.val));
}

/* ---- clone ---- */

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

/* flags to vpid, behind the cgroups. */
static __always_inline void emit_clone_ids(struct event *ev, struct task_struct *task, u32 native_flags)
{
	struct pid *own = thread_pid(task);
	const struct cred *cred = KREAD(task, cred);
	u32 flags = scap_clone_flags(native_flags);

	if (KREAD(own, level) > 0)
		flags |= SCAP_CLONE_CHILD_IN_PIDNS;
	emit_u32(ev, flags);
	emit_u32(ev, KREAD(cred, euid.val));
	emit_u32(ev, KREAD(cred, egid.val));
	emit_s64(ev, pid_in_own_namespace(own, own));
	emit_s64(ev, pid_in_own_namespace(leader_pid(task), own));
}

static __always_inline u32 clone3_flags(u64 args)
{
	u64 flags = 0;

	read_user(&flags, sizeof(flags), (void *)args);
	return flags;
}

/* The call that makes a child: its event, and its flags with what the kernel's objects say. */
struct birth {
	u32 event, native;
};

static __always_inline struct birth birth_of(struct task_struct *parent, struct task_struct *child)
{
	u32 shared = shared_flags(parent, child);
	struct birth birth = { PPME_SYSCALL_CLONE_20_X, shared };
	struct syscall_entry entry;
	struct sys call = {};
	u64 nr;

	/* Not from a call that makes children (a worker of io_uring), or a kernel that does not say: as a clone. */
	if (!current_call(&call))
		return birth;
	nr = sys_number(call.regs) & (SYSCALL_TABLE_SIZE - 1);
	entry = call.ia32 ? LIVE_ENTRY(syscalls_ia32, nr) : LIVE_ENTRY(syscalls, nr);
	if (entry.event == PPME_SYSCALL_CLONE_20_X) {
		birth.native = sys_arg(&call, 0) | shared;
	} else if (entry.event == PPME_SYSCALL_CLONE3_X) {
		birth.event = PPME_SYSCALL_CLONE3_X;
		birth.native = clone3_flags(sys_arg(&call, 0)) | shared;
	} else if (entry.event == PPME_SYSCALL_FORK_20_X || entry.event == PPME_SYSCALL_VFORK_20_X) {
		birth.event = entry.event;
		birth.native = 0;
	}
	return birth;
}

/* ---- exit ---- */

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

static __always_inline void record_exit_of(const struct sys *c, struct task_struct *task)
{
	s32 code = KREAD(task, exit_code);
	u8 signal = code & 0x7f;
	s64 reaper = reaper_of(task);

	FIXED_BEGIN(c, PROCEXIT_1_E, 5, 26);
	FIXED_PARAM(0, 0, s64, code);
	FIXED_PARAM(1, 8, s64, (code >> 8) & 0xff);
	FIXED_PARAM(2, 16, u8, signal);
	FIXED_PARAM(3, 17, u8, signal && (code & 0x80) ? 1 : 0);
	FIXED_PARAM(4, 18, s64, reaper);
	FIXED_END(c);
}
