/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Programs with a tracepoint of their own. */

SEC("tp_btf/sched_process_free")
int scope_free(u64 *ctx)
{
	scope_forget((struct task_struct *)ctx[0]);
	return 0;
}

SEC("tp_btf/cgroup_attach_task")
int scope_cgroup_attach(u64 *ctx)
{
	scope_move((struct cgroup *)ctx[0], (struct task_struct *)ctx[2]);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int on_exec(u64 *ctx)
{
	if (LIVE(record_exec) && current_in_scope())
		record_exec_success(NULL, (struct task_struct *)ctx[0], (struct linux_binprm *)ctx[2]);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int on_fork(u64 *ctx)
{
	struct task_struct *parent = (struct task_struct *)ctx[0];
	struct task_struct *child = (struct task_struct *)ctx[1];

	if (!scope_fork(parent, child) || !LIVE(record_fork) || !LIVE(enabled) || !KREAD(child, mm))
		return 0;
	record_child(NULL, parent, child);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int on_exit(u64 *ctx)
{
	if (LIVE(record_exit) && current_in_scope())
		record_exit_of(NULL, (struct task_struct *)ctx[0]);
	return 0;
}
