/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A finished system call: its number, its arguments, and whether it was made the 32-bit way. */
#ifndef AGENT_SYS_H
#define AGENT_SYS_H

/* A finished system call; of a program with a tracepoint of its own, only what it was called with. */
struct sys {
	void *ctx;
	struct pt_regs *regs;
	s64 ret;
	bool ia32;
	bool socketcall; /* ia32: the arguments lie in an array in user memory */
};

#if defined(__TARGET_ARCH_x86)
#ifndef TS_COMPAT
#define TS_COMPAT 0x0002
#endif
#ifndef COMPAT_STATUS
#define COMPAT_STATUS thread_info.status
#endif

#ifndef AGENT_CALL_SAYS_ABI
static __always_inline bool is_ia32(void)
{
	return KREAD(current_task(), COMPAT_STATUS) & TS_COMPAT;
}
#endif

static __always_inline u64 sys_number(const struct pt_regs *regs)
{
	return regs->orig_ax;
}

/* The old way to all socket calls: the first argument says which, the second where its arguments are. */
#define IA32_SOCKETCALL 102

static __always_inline bool is_socketcall(const struct pt_regs *regs)
{
	return regs->orig_ax == IA32_SOCKETCALL;
}

static __always_inline u32 socketcall_number(const struct pt_regs *regs)
{
	return regs->bx;
}

SUBPROGRAM u64 socketcall_arg(u64 array, u32 n)
{
	u32 value = 0;

	read_user(&value, sizeof(value), (void *)(array + n * sizeof(value)));
	return value;
}

static __always_inline u64 sys_arg(const struct sys *c, const int n)
{
	const struct pt_regs *r = c->regs;

	if (c->socketcall)
		return socketcall_arg((u32)r->cx, n);
	if (c->ia32) {
		u64 v = n == 0 ? r->bx : n == 1 ? r->cx : n == 2 ? r->dx : n == 3 ? r->si : n == 4 ? r->di : r->bp;

		return (u32)v;
	}
	return n == 0 ? r->di : n == 1 ? r->si : n == 2 ? r->dx : n == 3 ? r->r10 : n == 4 ? r->r8 : r->r9;
}
#else
#define TASK_IS_32BIT (1UL << 22) /* TIF_32BIT */

/* A 32-bit Arm task: its numbers are a table of their own, which we do not have; its calls are counted, not misread. */
#ifndef AGENT_CALL_SAYS_ABI
static __always_inline bool is_ia32(void)
{
	return KREAD(current_task(), thread_info.flags) & TASK_IS_32BIT;
}
#endif

static __always_inline bool is_socketcall(const struct pt_regs *regs)
{
	return false;
}

static __always_inline u32 socketcall_number(const struct pt_regs *regs)
{
	return 0;
}

static __always_inline u64 sys_number(const struct pt_regs *regs)
{
	return (u32)regs->syscallno;
}

static __always_inline u64 sys_arg(const struct sys *c, const int n)
{
	return n == 0 ? c->regs->orig_x0 : c->regs->regs[n];
}
#endif

#endif
