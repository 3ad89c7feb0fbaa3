/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* exec and clone, each in one program. */

/* ---- exec ---- */

/* The parameters from exe to gid, which the successful (`asked` NULL) and the failed exec share. */
static __always_inline void emit_exec(struct event *ev, struct task_struct *task, const struct asked *asked)
{
	struct mm_struct *mm = KREAD(task, mm);
	struct file *file = executable(task);

	if (asked)
		emit_asked_arguments(ev, asked);
	else
		emit_exe_and_args(ev, mm);
	emit_identity(ev, task, mm);
	emit_cgroups(ev, task);
	if (asked)
		emit_strings(ev, asked->envp, 0, asked->ia32);
	else
		emit_env(ev, mm);
	emit_credentials(ev, task);
	if (file)
		emit_file_path(ev, file, KREAD(task, fs));
	else
		emit_empty(ev);
	emit_group(ev, task);
}

static __always_inline void record_exec_success(const struct sys *c, struct task_struct *task,
						struct linux_binprm *bprm)
{
	EVENT_BEGIN(c, SYSCALL_EXECVE_19_X, 31);
	emit_s64(&ev, 0);
	emit_exec(&ev, task, NULL);
	emit_kernel_str(&ev, KREAD(bprm, filename));
	EVENT_END(c);
}

FILLER(execve_19_x, SYSCALL_EXECVE_19_X)
{
	struct task_struct *task = current_task();

	if (c->ret == 0)
		return;
	struct asked asked = { sys_arg(c, 1), sys_arg(c, 2), c->ia32 };

	EVENT_BEGIN(c, SYSCALL_EXECVE_19_X, 31);
	emit_s64(&ev, c->ret);
	emit_exec(&ev, task, &asked);
	emit_user_path(&ev, sys_arg(c, 0));
	EVENT_END(c);
}

FILLER(execveat_x, SYSCALL_EXECVEAT_X)
{
	struct task_struct *task = current_task();

	if (c->ret == 0)
		return;
	struct asked asked = { sys_arg(c, 2), sys_arg(c, 3), c->ia32 };

	EVENT_BEGIN(c, SYSCALL_EXECVEAT_X, 30);
	emit_s64(&ev, c->ret);
	emit_exec(&ev, task, &asked);
	EVENT_END(c);
}

/* ---- clone ---- */

static __always_inline void emit_clone(struct event *ev, struct task_struct *task, u32 native_flags)
{
	struct mm_struct *mm = KREAD(task, mm);

	emit_exe_and_args(ev, mm);
	emit_identity(ev, task, mm);
	emit_cgroups(ev, task);
	emit_clone_ids(ev, task, native_flags);
}

#define RECORD_CHILD(name, EVENT)                                                                            \
	static __always_inline void child_##name(const struct sys *c, struct task_struct *child, u32 native) \
	{                                                                                                    \
		EVENT_BEGIN(c, EVENT, 21);                                                                   \
		ev.tid = KREAD(child, pid);                                                                  \
		emit_s64(&ev, 0);                                                                            \
		emit_clone(&ev, child, native);                                                              \
		emit_u64(&ev, pidns_start_ns(child));                                                        \
		EVENT_END(c);                                                                                \
	}

RECORD_CHILD(clone, SYSCALL_CLONE_20_X)
RECORD_CHILD(clone3, SYSCALL_CLONE3_X)
RECORD_CHILD(fork, SYSCALL_FORK_20_X)
RECORD_CHILD(vfork, SYSCALL_VFORK_20_X)

static __always_inline void record_child(const struct sys *c, struct task_struct *parent, struct task_struct *child)
{
	struct birth birth = birth_of(parent, child);

	switch (birth.event) {
	case PPME_SYSCALL_CLONE3_X:
		return child_clone3(c, child, birth.native);
	case PPME_SYSCALL_FORK_20_X:
		return child_fork(c, child, birth.native);
	case PPME_SYSCALL_VFORK_20_X:
		return child_vfork(c, child, birth.native);
	default:
		return child_clone(c, child, birth.native);
	}
}

/* The parent's side. The child's own way out of the call (0) is not a second source of the child. */
#define PARENT_OF_CHILD(name, EVENT, native)                     \
	FILLER(name, EVENT)                                      \
	{                                                        \
		struct task_struct *task = current_task();       \
		if (c->ret == 0)                                 \
			return;                                  \
		EVENT_BEGIN(c, EVENT, 21);                       \
		emit_s64(&ev, c->ret);                           \
		emit_clone(&ev, task, native);                   \
		emit_u64(&ev, 0); /* the child's event has it */ \
		EVENT_END(c);                                    \
	}

PARENT_OF_CHILD(clone_20_x, SYSCALL_CLONE_20_X, sys_arg(c, 0))
PARENT_OF_CHILD(clone3_x, SYSCALL_CLONE3_X, clone3_flags(sys_arg(c, 0)))
PARENT_OF_CHILD(fork_20_x, SYSCALL_FORK_20_X, 0)
PARENT_OF_CHILD(vfork_20_x, SYSCALL_VFORK_20_X, 0)
