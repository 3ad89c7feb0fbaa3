/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* exec and clone as chains of programs, of the parts in drivers/shared/calls/process.h. */

/* The registers of the call that the current task is in lie at the end of its kernel stack. */
static __always_inline bool current_call(struct sys *c)
{
	struct chain *chain = chain_of(helper_get_smp_processor_id());
	u64 end = (u64)KREAD(current_task(), stack) + THREAD_SIZE - TOP_OF_KERNEL_STACK_PADDING;

	if (!chain)
		return false;
	if (read_kernel(chain->registers, REGISTERS_READ, (void *)(end - sizeof(struct pt_regs))))
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
		emit_kernel_str(&ev, KREAD((struct linux_binprm *)ARGUMENT(ctx, 2), filename));
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

PROGRAM(on_fork, "sched_process_fork")
{
	struct task_struct *parent = (struct task_struct *)ARGUMENT(ctx, 0);
	struct task_struct *child = (struct task_struct *)ARGUMENT(ctx, 1);
	struct chain *chain;
	struct birth birth;
	struct event ev;

	if (!scope_fork(parent, child) || !LIVE(record_fork) || !LIVE(enabled) || !KREAD(child, mm))
		return 0;
	/* The four events are of one lane and category, so the scratch space can be claimed before it is known which one this is. */
	_Static_assert(LANE_SYSCALL_CLONE_20_X == LANE_SYSCALL_CLONE3_X &&
			       LANE_SYSCALL_CLONE_20_X == LANE_SYSCALL_FORK_20_X &&
			       LANE_SYSCALL_CLONE_20_X == LANE_SYSCALL_VFORK_20_X &&
			       LOSS_SYSCALL_CLONE_20_X == LOSS_SYSCALL_CLONE3_X &&
			       LOSS_SYSCALL_CLONE_20_X == LOSS_SYSCALL_FORK_20_X &&
			       LOSS_SYSCALL_CLONE_20_X == LOSS_SYSCALL_VFORK_20_X,
		       "lanes of births");
	chain = CHAIN_BEGIN(&ev, KIND_CHILD, SYSCALL_CLONE_20_X, 21);
	if (!chain)
		return 0;
	birth = birth_of(parent, child);
	chain->type = birth.event;
	ev.tid = KREAD(child, pid);
	begin_clone(ctx, chain, &ev, 0, child, birth.native);
	return 0;
}

/* The parent's side. The child's own way out of the call (0) is not a second source of the child. */
#define PARENT_OF_CHILD(c, EVENT, native)                                                    \
	do {                                                                                 \
		struct chain *chain;                                                         \
		struct event ev;                                                             \
		if ((c)->ret == 0)                                                           \
			return;                                                              \
		chain = CHAIN_BEGIN(&ev, KIND_PARENT, EVENT, 21);                            \
		if (chain)                                                                   \
			begin_clone((c)->ctx, chain, &ev, (c)->ret, current_task(), native); \
	} while (0)

FILLER(clone_20_x, SYSCALL_CLONE_20_X)
{
	PARENT_OF_CHILD(c, SYSCALL_CLONE_20_X, sys_arg(c, 0));
}

FILLER(clone3_x, SYSCALL_CLONE3_X)
{
	PARENT_OF_CHILD(c, SYSCALL_CLONE3_X, clone3_flags(sys_arg(c, 0)));
}

FILLER(fork_20_x, SYSCALL_FORK_20_X)
{
	PARENT_OF_CHILD(c, SYSCALL_FORK_20_X, 0);
}

FILLER(vfork_20_x, SYSCALL_VFORK_20_X)
{
	PARENT_OF_CHILD(c, SYSCALL_VFORK_20_X, 0);
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

/* ---- exit ---- */

PROGRAM(on_exit, "sched_process_exit")
{
	struct sys sys = { .ctx = ctx };

	if (LIVE(record_exit) && current_in_scope())
		record_exit_of(&sys, (struct task_struct *)ARGUMENT(ctx, 0));
	return 0;
}
