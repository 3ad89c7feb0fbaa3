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

/* Whether the task may write the file that it executes: by mode bits and capabilities, as the kernel decides it without
 * looking at access control lists. */
static __always_inline bool may_write(const struct cred *cred, struct inode *inode)
{
	u16 mode = KREAD(inode, i_mode);
	u64 caps = CAPABILITIES(cred, cap_effective);

	if (caps & (1ULL << CAP_DAC_OVERRIDE))
		return true;
	if (KREAD(cred, fsuid.val) == KREAD(inode, i_uid.val))
		return true; /* an owner may change the mode */
	if (caps & (1ULL << CAP_FOWNER))
		return true;
	if (KREAD(cred, fsgid.val) == KREAD(inode, i_gid.val))
		return mode & 0020;
	return mode & 0002;
}

static __always_inline u32 exe_flags(const struct cred *cred, struct file *file)
{
	struct inode *inode = KREAD(file, f_inode);
	enum layer layer = overlay_layer(inode);
	u32 flags = 0;

	if (may_write(cred, inode))
		flags |= SCAP_EXE_WRITABLE;
	if (layer == LAYER_UPPER)
		flags |= SCAP_EXE_UPPER_LAYER;
	if (layer == LAYER_LOWER)
		flags |= SCAP_EXE_LOWER_LAYER;
	if (is_memfd(file))
		flags |= SCAP_EXE_FROM_MEMFD;
	return flags;
}

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
