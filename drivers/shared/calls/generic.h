/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Calls that have no event of their own: which one it was. */

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
