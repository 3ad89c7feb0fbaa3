/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Memory calls, which carry the process's memory figures. */

FILLER(mmap_x, SYSCALL_MMAP_X)
{
	struct mm_struct *mm = KREAD(current_task(), mm);

	FIXED_BEGIN(c, SYSCALL_MMAP_X, 10, 60);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, vm_size(mm));
	FIXED_PARAM(2, 12, u32, vm_rss(mm));
	FIXED_PARAM(3, 16, u32, vm_swap(mm));
	FIXED_PARAM(4, 20, u64, sys_arg(c, 0));
	FIXED_PARAM(5, 28, u64, sys_arg(c, 1));
	FIXED_PARAM(6, 36, u32, scap_prot_flags(sys_arg(c, 2)));
	FIXED_PARAM(7, 40, u32, scap_mmap_flags(sys_arg(c, 3)));
	FIXED_PARAM(8, 44, s64, (s32)sys_arg(c, 4));
	FIXED_PARAM(9, 52, u64, sys_arg(c, 5));
	FIXED_END(c);
}

FILLER(munmap_x, SYSCALL_MUNMAP_X)
{
	struct mm_struct *mm = KREAD(current_task(), mm);

	FIXED_BEGIN(c, SYSCALL_MUNMAP_X, 6, 36);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, vm_size(mm));
	FIXED_PARAM(2, 12, u32, vm_rss(mm));
	FIXED_PARAM(3, 16, u32, vm_swap(mm));
	FIXED_PARAM(4, 20, u64, sys_arg(c, 0));
	FIXED_PARAM(5, 28, u64, sys_arg(c, 1));
	FIXED_END(c);
}

FILLER(brk_4_x, SYSCALL_BRK_4_X)
{
	struct mm_struct *mm = KREAD(current_task(), mm);

	FIXED_BEGIN(c, SYSCALL_BRK_4_X, 5, 28);
	FIXED_PARAM(0, 0, u64, c->ret);
	FIXED_PARAM(1, 8, u32, vm_size(mm));
	FIXED_PARAM(2, 12, u32, vm_rss(mm));
	FIXED_PARAM(3, 16, u32, vm_swap(mm));
	FIXED_PARAM(4, 20, u64, sys_arg(c, 0));
	FIXED_END(c);
}

FILLER(mmap2_x, SYSCALL_MMAP2_X)
{
	struct mm_struct *mm = KREAD(current_task(), mm);

	FIXED_BEGIN(c, SYSCALL_MMAP2_X, 10, 60);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, vm_size(mm));
	FIXED_PARAM(2, 12, u32, vm_rss(mm));
	FIXED_PARAM(3, 16, u32, vm_swap(mm));
	FIXED_PARAM(4, 20, u64, sys_arg(c, 0));
	FIXED_PARAM(5, 28, u64, sys_arg(c, 1));
	FIXED_PARAM(6, 36, u32, scap_prot_flags(sys_arg(c, 2)));
	FIXED_PARAM(7, 40, u32, scap_mmap_flags(sys_arg(c, 3)));
	FIXED_PARAM(8, 44, s64, (s32)sys_arg(c, 4));
	FIXED_PARAM(9, 52, u64, sys_arg(c, 5));
	FIXED_END(c);
}
