/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Processes made and ended, by plain tracepoints: they show numbers, no objects, so a child's event is made on its own way out of the call
 * (process.h), and the scope is kept by number. Moves between cgroups show nothing that tells where a cgroup lies: a scope of cgroups is
 * refused by user space.
 */

/* The layout of the records is what the kernel's type information says; headers do not, but it was the same up to these kernels. */
#ifdef AGENT_VMLINUX
#define CHILD_PID FIELD_OFFSET(struct trace_event_raw_sched_process_fork, child_pid)
#define FREED_PID FIELD_OFFSET(struct trace_event_raw_sched_process_template, pid)
#elif !KERNEL_SINCE(6, 2)
#define CHILD_PID 44
#define FREED_PID 24
#else
#error "for this kernel a probe of plain tracepoints can only be built from a vmlinux.h"
#endif

/* The numbers of clone. */
#define CLONE_X86_64 56
#define CLONE_IA32 120

/* Whether the call that is being made makes a thread. Only of clone there is an answer that the process cannot change meanwhile. */
static __always_inline bool makes_thread(void)
{
	struct sys call = {};

	if (!current_call(&call) || sys_number(call.regs) != (call.ia32 ? CLONE_IA32 : CLONE_X86_64))
		return false;
	return sys_arg(&call, 0) & CLONE_THREAD;
}

/* A number that is given away belongs to nobody else any more, so what the scope says of it is said anew, either way. That it may be a
 * thread's (of clone3) does no harm: no process is looked up by it. */
PROGRAM(on_fork, "sched_process_fork")
{
	u32 pid = SHOWN(ctx, u32, CHILD_PID);

	if (SETTING(scope_mode) == SCOPE_HOST)
		return 0;
	if (tgid_in_scope(current_tgid()) && !makes_thread())
		scope_add(pid, SCOPE_START_UNKNOWN);
	else
		scope_remove(pid);
	return 0;
}

/* The process stays in scope until its other threads have ended, too; its number may by then be another's. */
static __always_inline void scope_end(struct task_struct *task)
{
	u32 tgid = current_tgid(), tid = current_tid();
	u64 *entry;

	if (SETTING(scope_mode) == SCOPE_HOST)
		return;
	if (tid != tgid)
		scope_remove(tid);
	if (KREAD(task, signal, live.counter))
		return;
	entry = scope_find(tgid);
	if (entry)
		*entry |= SCOPE_ENDED;
}

PROGRAM(on_exit, "sched_process_exit")
{
	struct task_struct *task = current_task();
	struct sys sys = { .ctx = ctx };

	if (LIVE(record_exit) && current_in_scope())
		record_exit_of(&sys, task);
	scope_end(task);
	return 0;
}

PROGRAM(scope_free, "sched_process_free")
{
	u32 pid = SHOWN(ctx, u32, FREED_PID);
	u64 *entry = scope_find(pid);

	if (entry && *entry & SCOPE_ENDED)
		scope_remove(pid);
	return 0;
}
