/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Processes made, ended and moved, by raw tracepoints: they pass the kernel's own objects. */

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

PROGRAM(on_exit, "sched_process_exit")
{
	struct sys sys = { .ctx = ctx };

	if (LIVE(record_exit) && current_in_scope())
		record_exit_of(&sys, (struct task_struct *)ARGUMENT(ctx, 0));
	return 0;
}

/* ---- keeping the scope ---- */

PROGRAM(scope_free, "sched_process_free")
{
	scope_forget((struct task_struct *)ARGUMENT(ctx, 0));
	return 0;
}

PROGRAM(scope_cgroup_attach, "cgroup_attach_task")
{
	scope_move((struct cgroup *)ARGUMENT(ctx, 0), (struct task_struct *)ARGUMENT(ctx, 2));
	return 0;
}
