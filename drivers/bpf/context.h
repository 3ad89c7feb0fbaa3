/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What a program is given by the tracepoint that it runs at: a raw one passes what the kernel passed, a plain one the record that is shown
 * of it, of which the first eight bytes are not for programs. */
#ifndef AGENT_CONTEXT_H
#define AGENT_CONTEXT_H

/* The registers of the call that the current task is in lie at the end of its kernel stack. */
static __always_inline const void *call_registers(void)
{
	return (const void *)((u64)KREAD(current_task(), stack) + THREAD_SIZE - TOP_OF_KERNEL_STACK_PADDING -
			      sizeof(struct pt_regs));
}

#ifdef PLAIN_TRACEPOINTS

#define SHOWN(ctx, type, offset) (*(const type *)((const char *)(ctx) + (offset)))

/* sys_exit shows the number of the call, and what it returned. */
#define REGISTERS(ctx) call_registers()
#define RESULT(ctx) SHOWN(ctx, s64, 16)

/* sched_process_exec shows where in the record a copy of the name lies: the lower half is the offset, the upper one the length. */
#define EXECUTED_NAME(ctx) ((const char *)(ctx) + (u16)SHOWN(ctx, u32, 8))

#define CHILD_TELLS_OF_ITSELF true

#else

#define ARGUMENT(ctx, index) (((u64 *)(ctx))[index])

#define REGISTERS(ctx) ((const void *)ARGUMENT(ctx, 0))
#define RESULT(ctx) ARGUMENT(ctx, 1)
#define EXECUTED_NAME(ctx) KREAD((struct linux_binprm *)ARGUMENT(ctx, 2), filename)
#define CHILD_TELLS_OF_ITSELF false

#endif

#endif
