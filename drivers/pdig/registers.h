/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A call as the shared code looks at it: registers of which only those with its number and arguments are there. */
#ifndef AGENT_PDIG_REGISTERS_H
#define AGENT_PDIG_REGISTERS_H

#if defined(__x86_64__)
#define __TARGET_ARCH_x86

struct pt_regs {
	u64 orig_ax, bx, cx, dx, si, di, bp, r8, r9, r10;
};

static void fill_registers(struct pt_regs *regs, const struct pdig_call *call)
{
	const u64 *args = call->args;

	*regs = (struct pt_regs){ .orig_ax = call->number };
	if (call->ia32) {
		regs->bx = args[0];
		regs->cx = args[1];
		regs->dx = args[2];
		regs->si = args[3];
		regs->di = args[4];
		regs->bp = args[5];
	} else {
		regs->di = args[0];
		regs->si = args[1];
		regs->dx = args[2];
		regs->r10 = args[3];
		regs->r8 = args[4];
		regs->r9 = args[5];
	}
}
#elif defined(__aarch64__)
#define __TARGET_ARCH_arm64

struct pt_regs {
	u64 regs[31], orig_x0;
	u32 syscallno;
};

static void fill_registers(struct pt_regs *regs, const struct pdig_call *call)
{
	*regs = (struct pt_regs){ .syscallno = call->number, .orig_x0 = call->args[0] };
	for (u32 i = 1; i < 6; i++)
		regs->regs[i] = call->args[i];
}
#else
#error "pdig knows x86-64 and arm64"
#endif

/* The call itself says whether it was made the 32-bit way. */
#define AGENT_CALL_SAYS_ABI

static _Thread_local struct pt_regs call_registers;

#endif
