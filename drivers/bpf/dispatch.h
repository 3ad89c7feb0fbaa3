/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The one program on every system call's way out. It must cost next to nothing for a call that nobody asked for. */

PROGRAM(dispatch, "sys_exit")
{
	struct live *live = the_live();
	struct syscall_entry entry;
	struct cpu_state *state;
	struct pt_regs regs;
	u32 cpu;
	u64 nr;

	if (!live)
		return 0;
	read_kernel(&regs, REGISTERS_READ, REGISTERS(ctx));
	nr = sys_number(&regs);
	if (nr >= SYSCALL_TABLE_SIZE)
		return 0;
	/* Numbers mean other calls to an ia32 task; the check of the task costs more than the two tables. */
	if (!live->syscalls[nr].event && !live->syscalls_ia32[nr].event)
		return 0;
	if (!current_in_scope())
		return 0;
	if (!is_ia32())
		entry = live->syscalls[nr];
	else if (!is_socketcall(&regs))
		entry = live->syscalls_ia32[nr];
	else
		entry = live->socketcalls[socketcall_number(&regs) & (SOCKETCALL_TABLE_SIZE - 1)];
	if (!entry.event)
		return 0;
	helper_tail_call(ctx, MAP(fillers), entry.event);
	/* Not loaded, or refused by this kernel's verifier: the start report says which; here it is counted. */
	state = this_cpu_state(&cpu);
	if (state)
		__sync_fetch_and_add(&state->refused_calls, 1);
	return 0;
}

FILLER(generic_x, GENERIC_X)
{
	u64 nr = sys_number(c->regs);
	struct syscall_entry entry;

	entry = c->ia32 ? LIVE_ENTRY(syscalls_ia32, nr & (SYSCALL_TABLE_SIZE - 1)) :
			  LIVE_ENTRY(syscalls, nr & (SYSCALL_TABLE_SIZE - 1));
	FIXED_BEGIN(c, GENERIC_X, 2, 4);
	FIXED_PARAM(0, 0, u16, entry.ppm_sc);
	FIXED_PARAM(1, 2, u16, nr);
	FIXED_END(c);
}
