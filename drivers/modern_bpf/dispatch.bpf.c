/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The one program on every system call's way out. It must cost next to nothing for a call that nobody asked for. */

SEC("tp_btf/sys_exit")
int dispatch(u64 *ctx)
{
	struct pt_regs *regs = (struct pt_regs *)ctx[0];
	u64 nr = sys_number(regs);
	struct syscall_entry entry;
	struct cpu_state *state;
	u32 cpu;

	if (nr >= SYSCALL_TABLE_SIZE)
		return 0;
	/* Numbers mean other calls to an ia32 task; the check of the task costs more than the two tables. */
	if (!live.syscalls[nr].event && !live.syscalls_ia32[nr].event)
		return 0;
	if (!current_in_scope())
		return 0;
	if (!is_ia32())
		entry = live.syscalls[nr];
	else if (!is_socketcall(regs))
		entry = live.syscalls_ia32[nr];
	else
		entry = live.socketcalls[socketcall_number(regs) & (SOCKETCALL_TABLE_SIZE - 1)];
	if (!entry.event)
		return 0;
	bpf_tail_call(ctx, &fillers, entry.event);
	/* Not loaded, or refused by this kernel's verifier: the start report says which; here it is counted. */
	state = this_cpu_state(&cpu);
	if (state)
		__sync_fetch_and_add(&state->refused_calls, 1);
	return 0;
}
