/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The functions behind the tracepoints. They are attached only while somebody captures. */
#ifndef AGENT_PROBES_H
#define AGENT_PROBES_H

typedef void (*record_call_t)(struct sys *c);

#define FILLER_ENTRY(name, EVENT) [PPME_##EVENT] = fill_##name,
static const record_call_t fillers[PPME_COUNT] = { FOR_EACH_FILLER(FILLER_ENTRY) };

static noinline void dispatch(struct pt_regs *regs, u64 nr, long ret)
{
	struct sys sys = { .regs = regs, .ret = ret };
	struct syscall_entry entry;
	u32 cpu;

	if (!current_in_scope())
		return;
	sys.ia32 = is_ia32();
	if (!sys.ia32) {
		entry = LIVE_ENTRY(syscalls, nr);
	} else {
		sys.ret = (s32)ret;
		sys.socketcall = is_socketcall(regs);
		entry = sys.socketcall ?
			LIVE_ENTRY(socketcalls, socketcall_number(regs) & (SOCKETCALL_TABLE_SIZE - 1)) :
			LIVE_ENTRY(syscalls_ia32, nr);
	}
	if (!entry.event)
		return;
	if (entry.event < PPME_COUNT && fillers[entry.event])
		fillers[entry.event](&sys);
	else
		this_cpu_state(&cpu)->refused_calls++;
}

/* On every system call's way out. It must cost next to nothing for a call that nobody asked for. */
static void on_sys_exit(void *data, struct pt_regs *regs, long ret)
{
	u64 nr = sys_number(regs);

	if (nr >= SYSCALL_TABLE_SIZE)
		return;
	nr = array_index_nospec(nr, SYSCALL_TABLE_SIZE);
	/* Numbers mean other calls to an ia32 task; the check of the task costs more than the two tables. */
	if (!LIVE_ENTRY(syscalls, nr).event && !LIVE_ENTRY(syscalls_ia32, nr).event)
		return;
	enter();
	dispatch(regs, nr, ret);
	leave();
}

static void on_exec(void *data, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	enter();
	if (LIVE(record_exec) && current_in_scope())
		record_exec_success(NULL, task, bprm);
	leave();
}

static void on_fork(void *data, struct task_struct *parent, struct task_struct *child)
{
	enter();
	if (scope_fork(parent, child) && LIVE(record_fork) && LIVE(enabled) && KREAD(child, mm))
		record_child(NULL, parent, child);
	leave();
}

/* 6.16: "exit: move and extend sched_process_exit() tracepoint". */
#if KERNEL_SINCE(6, 16)
static void on_exit(void *data, struct task_struct *task, bool group_dead)
#else
static void on_exit(void *data, struct task_struct *task)
#endif
{
	enter();
	if (LIVE(record_exit) && current_in_scope())
		record_exit_of(NULL, task);
	leave();
}

static void on_free(void *data, struct task_struct *task)
{
	enter();
	scope_forget(task);
	leave();
}

static void on_cgroup_attach(void *data, struct cgroup *to, const char *path, struct task_struct *task,
			     bool threadgroup)
{
	enter();
	scope_move(to, task);
	leave();
}

/* In the order of attaching: keeping the scope begins before the first process of it is named; system calls come last. */
static struct probe {
	const char *name;
	void *function;
	struct tracepoint *tracepoint;
	bool attached;
} probes[] = {
	{ "cgroup_attach_task", on_cgroup_attach }, { "sched_process_free", on_free },
	{ "sched_process_exit", on_exit },	    { "sched_process_fork", on_fork },
	{ "sched_process_exec", on_exec },	    { "sys_exit", on_sys_exit },
};

static void note_tracepoint(struct tracepoint *tracepoint, void *data)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (!strcmp(probes[i].name, tracepoint->name))
			probes[i].tracepoint = tracepoint;
}

static int find_tracepoints(void)
{
	unsigned int i;

	for_each_kernel_tracepoint(note_tracepoint, NULL);
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (!probes[i].tracepoint) {
			pr_err("this kernel has no tracepoint %s\n", probes[i].name);
			return -ENOENT;
		}
	}
	return 0;
}

/* Afterwards no probe runs. */
static void detach(void)
{
	unsigned int i;

	for (i = ARRAY_SIZE(probes); i-- > 0;) {
		if (probes[i].attached)
			tracepoint_probe_unregister(probes[i].tracepoint, probes[i].function, NULL);
		probes[i].attached = false;
	}
	tracepoint_synchronize_unregister();
}

static int attach(void)
{
	unsigned int i;
	int error;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		error = tracepoint_probe_register(probes[i].tracepoint, probes[i].function, NULL);
		if (error) {
			pr_err("tracepoint %s cannot be used: error %d\n", probes[i].name, error);
			detach();
			return error;
		}
		probes[i].attached = true;
	}
	return 0;
}

#endif
