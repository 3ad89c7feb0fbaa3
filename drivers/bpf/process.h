/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* exec and clone as chains of programs, of the parts in drivers/shared/calls/process.h. */

static __always_inline bool current_call(struct sys *c)
{
	struct chain *chain = chain_of(helper_get_smp_processor_id());
	const void *registers = call_registers();

	if (!chain)
		return false;
	if (read_kernel(chain->registers, REGISTERS_READ, registers))
		return false;
	c->regs = (struct pt_regs *)chain->registers;
	c->ia32 = is_ia32();
	return true;
}

#include "../shared/calls/process.h"

/* ---- exec: arguments and identity, cgroups, credentials, path, end ---- */

PROGRAM(on_exec, "sched_process_exec")
{
	struct task_struct *task = current_task();
	struct mm_struct *mm;
	struct chain *chain;
	struct event ev;

	if (!LIVE(record_exec) || !current_in_scope())
		return 0;
	chain = CHAIN_BEGIN(&ev, KIND_EXEC, SYSCALL_EXECVE_19_X, 31);
	if (!chain)
		return 0;
	mm = KREAD(task, mm);
	emit_s64(&ev, 0);
	emit_exe_and_args(&ev, mm);
	emit_identity(&ev, task, mm);
	chain_cgroups(ctx, chain, &ev, task, STEP_EXEC_CREDENTIALS);
	return 0;
}

static __always_inline void begin_failed_exec(const struct sys *c, struct chain *chain, struct event *ev,
					      const struct asked *asked)
{
	struct task_struct *task = current_task();

	emit_s64(ev, c->ret);
	emit_asked_arguments(ev, asked);
	emit_identity(ev, task, KREAD(task, mm));
	chain_cgroups(c->ctx, chain, ev, task, STEP_EXEC_CREDENTIALS);
}

FILLER(execve_19_x, SYSCALL_EXECVE_19_X)
{
	struct asked asked = { sys_arg(c, 1), sys_arg(c, 2), c->ia32 };
	struct chain *chain;
	struct event ev;

	if (c->ret == 0)
		return;
	chain = CHAIN_BEGIN(&ev, KIND_FAILED_EXEC, SYSCALL_EXECVE_19_X, 31);
	if (chain)
		begin_failed_exec(c, chain, &ev, &asked);
}

FILLER(execveat_x, SYSCALL_EXECVEAT_X)
{
	struct asked asked = { sys_arg(c, 2), sys_arg(c, 3), c->ia32 };
	struct chain *chain;
	struct event ev;

	if (c->ret == 0)
		return;
	chain = CHAIN_BEGIN(&ev, KIND_FAILED_EXECAT, SYSCALL_EXECVEAT_X, 30);
	if (chain)
		begin_failed_exec(c, chain, &ev, &asked);
}

PROGRAM(step_exec_credentials, "sys_exit")
{
	struct task_struct *task = current_task();
	struct event ev;
	struct chain *chain = chain_resume(&ev);

	if (!chain)
		return 0;
	if (chain->kind == KIND_EXEC) {
		emit_env(&ev, KREAD(task, mm));
	} else {
		struct pt_regs regs;
		struct sys sys;

		finished_call(ctx, &sys, &regs);
		emit_strings(&ev, chain->kind == KIND_FAILED_EXEC ? sys_arg(&sys, 2) : sys_arg(&sys, 3), 0, sys.ia32);
	}
	emit_credentials(&ev, task);
	chain_go_on(ctx, chain, &ev, STEP_EXEC_PATH);
	return 0;
}

PROGRAM(step_exec_path, "sys_exit")
{
	struct task_struct *task = current_task();
	struct event ev;
	struct chain *chain = chain_resume(&ev);

	if (!chain)
		return 0;
	chain->names = path_names(&ev, executable(task), KREAD(task, fs));
	chain_go_on(ctx, chain, &ev, STEP_EXEC_END);
	return 0;
}

PROGRAM(step_exec_end, "sys_exit")
{
	struct task_struct *task = current_task();
	struct event ev;
	struct chain *chain = chain_resume(&ev);

	if (!chain)
		return 0;
	if (executable(task))
		emit_names(&ev, chain->names);
	else
		emit_empty(&ev);
	emit_group(&ev, task);
	if (chain->kind == KIND_EXEC) {
		emit_kernel_str(&ev, EXECUTED_NAME(ctx));
	} else if (chain->kind == KIND_FAILED_EXEC) {
		struct pt_regs regs;
		struct sys sys;

		finished_call(ctx, &sys, &regs);
		emit_user_path(&ev, sys_arg(&sys, 0));
	}
	chain_commit(ctx, chain, &ev);
	return 0;
}

/* ---- clone: arguments and identity, cgroups, ids ---- */

static __always_inline void begin_clone(void *ctx, struct chain *chain, struct event *ev, s64 result,
					struct task_struct *task, u32 native)
{
	struct mm_struct *mm = KREAD(task, mm);

	chain->native = native;
	emit_s64(ev, result);
	emit_exe_and_args(ev, mm);
	emit_identity(ev, task, mm);
	chain_cgroups(ctx, chain, ev, task, STEP_CLONE_IDS);
}

/* The parent's side. The child's own way out of the call (0) is a source of the child only where on_fork is none. */
#define SIDE_OF_CLONE(c, EVENT, native)                                                      \
	do {                                                                                 \
		struct chain *chain;                                                         \
		struct event ev;                                                             \
		if ((c)->ret == 0 && !CHILD_TELLS_OF_ITSELF)                                 \
			return;                                                              \
		chain = CHAIN_BEGIN(&ev, (c)->ret ? KIND_PARENT : KIND_CHILD, EVENT, 21);    \
		if (chain)                                                                   \
			begin_clone((c)->ctx, chain, &ev, (c)->ret, current_task(), native); \
	} while (0)

/* The flags of clone3 lie in memory that a thread shares with whoever made it, and that may serve another purpose by the time the thread is
 * first seen; then only what the kernel's objects say is told. */
static __always_inline u32 clone3_side_flags(const struct sys *c)
{
	if (CHILD_TELLS_OF_ITSELF && c->ret == 0 && current_tid() != current_tgid())
		return shared_flags(KREAD(current_task(), group_leader), current_task());
	return clone3_flags(sys_arg(c, 0));
}

FILLER(clone_20_x, SYSCALL_CLONE_20_X)
{
	SIDE_OF_CLONE(c, SYSCALL_CLONE_20_X, sys_arg(c, 0));
}

FILLER(clone3_x, SYSCALL_CLONE3_X)
{
	SIDE_OF_CLONE(c, SYSCALL_CLONE3_X, clone3_side_flags(c));
}

FILLER(fork_20_x, SYSCALL_FORK_20_X)
{
	SIDE_OF_CLONE(c, SYSCALL_FORK_20_X, 0);
}

FILLER(vfork_20_x, SYSCALL_VFORK_20_X)
{
	SIDE_OF_CLONE(c, SYSCALL_VFORK_20_X, 0);
}

PROGRAM(step_clone_ids, "sys_exit")
{
	struct event ev;
	struct chain *chain = chain_resume(&ev);
	struct task_struct *task;

	if (!chain)
		return 0;
	task = (struct task_struct *)chain->task;
	emit_clone_ids(&ev, task, chain->native);
	emit_u64(&ev, chain->kind == KIND_CHILD ? pidns_start_ns(task) : 0);
	chain_commit(ctx, chain, &ev);
	return 0;
}
