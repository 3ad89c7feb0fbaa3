/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* sendmmsg and recvmmsg, one message a program, up to MESSAGE_LIMIT of them. */

#include "../shared/calls/messages.h"

static __always_inline u64 message_header(const struct sys *c, u32 index)
{
	return sys_arg(c, 1) + (u64)index * (c->ia32 ? MMSGHDR32_SIZE : MMSGHDR_SIZE);
}

static __always_inline u32 message_bytes(const struct sys *c, u64 header)
{
	u32 bytes = 0;

	read_user(&bytes, sizeof(bytes), (void *)(header + (c->ia32 ? MMSGHDR32_LENGTH : MMSGHDR_LENGTH)));
	return bytes;
}

static __always_inline void count_messages(struct cpu_state *state, u32 lane, u32 category, u32 cause, u64 count)
{
	__sync_fetch_and_add(&state->losses[category & (LOSS_CATEGORIES - 1)][cause], count);
	__sync_fetch_and_add(&state->lost[lane & 1], count);
}

static __always_inline void next_message(const struct sys *c, u32 index, u32 lane, u32 category, u32 step)
{
	u32 cpu;
	struct cpu_state *state = this_cpu_state(&cpu);
	struct chain *chain = chain_of(cpu);

	if (!state || !chain || c->ret < 0 || index >= (u64)c->ret)
		return;
	if (index < MESSAGE_LIMIT) {
		chain->message = index;
		chain->thread = helper_get_current_pid_tgid();
		helper_tail_call(c->ctx, MAP(steps), step);
		count_messages(state, lane, category, LOSS_BOUNDED, c->ret - index);
		return;
	}
	count_rest(c, lane, category);
}

/* The message that the program before this one left; all ones when another program has been here in between. */
static __always_inline u32 message_index(struct sys *c, u32 lane, u32 category)
{
	u32 cpu, index;
	struct cpu_state *state = this_cpu_state(&cpu);
	struct chain *chain = chain_of(cpu);

	if (!state || !chain)
		return -1;
	index = chain->message;
	if (chain->thread == helper_get_current_pid_tgid() && index < (u64)c->ret)
		return index;
	/* How many were recorded is lost with the rest: one loss says that there is one. */
	count_loss(state, lane, category, LOSS_SCRATCH_BUSY);
	return -1;
}

/* Records a message and goes on with the next one. */
#define MESSAGE(name, record, EVENT, step)                                                             \
	static __always_inline void name(struct sys *c, u32 index)                                     \
	{                                                                                              \
		u64 header = message_header(c, index);                                                 \
		record(c, sys_arg(c, 0), c->ret < 0 ? c->ret : (s64)message_bytes(c, header), header); \
		next_message(c, index + 1, LANE_##EVENT, LOSS_##EVENT, step);                          \
	}

MESSAGE(send_next, record_sent_message, SOCKET_SENDMMSG_X, STEP_SENT_MESSAGE)
MESSAGE(receive_next, record_received_message, SOCKET_RECVMMSG_X, STEP_RECEIVED_MESSAGE)

FILLER(sendmmsg_x, SOCKET_SENDMMSG_X)
{
	if (c->ret)
		send_next(c, 0);
}

FILLER(recvmmsg_x, SOCKET_RECVMMSG_X)
{
	if (c->ret)
		receive_next(c, 0);
}

PROGRAM(step_sent_message, "sys_exit")
{
	struct pt_regs regs;
	struct sys sys, *c = &sys;
	u32 index;

	finished_call(ctx, c, &regs);
	index = message_index(c, LANE_SOCKET_SENDMMSG_X, LOSS_SOCKET_SENDMMSG_X);
	if (index < MESSAGE_LIMIT)
		send_next(c, index);
	return 0;
}

PROGRAM(step_received_message, "sys_exit")
{
	struct pt_regs regs;
	struct sys sys, *c = &sys;
	u32 index;

	finished_call(ctx, c, &regs);
	index = message_index(c, LANE_SOCKET_RECVMMSG_X, LOSS_SOCKET_RECVMMSG_X);
	if (index < MESSAGE_LIMIT)
		receive_next(c, index);
	return 0;
}
