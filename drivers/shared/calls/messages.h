/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* sendmmsg and recvmmsg: one event a message, as if each had been sent alone. How many are followed is up to the driver: what
 * calls these is messages_loop.h, in drivers/bpf a chain of programs. */

/* More messages of one call are counted as lost. */
#ifndef MESSAGE_LIMIT
#define MESSAGE_LIMIT 64
#endif

static __always_inline void record_sent_message(struct sys *c, s32 fd, s64 result, u64 header)
{
	struct message_header msg;

	read_msghdr(c, header, &msg);
	EVENT_BEGIN(c, SOCKET_SENDMMSG_X, 5);
	emit_s64(&ev, result);
	emit_s64(&ev, fd);
	emit_u32(&ev, iovec_size(c, msg.iov, msg.iov_length));
	emit_iovec_bytes(&ev, c, msg.iov, msg.iov_length, result);
	emit_socktuple(&ev, sock_of_fd(fd), OUTBOUND, msg.name, msg.name_length < 0 ? 0 : msg.name_length);
	EVENT_END(c);
}

static __always_inline void record_received_message(struct sys *c, s32 fd, s64 result, u64 header)
{
	struct message_header msg;

	read_msghdr(c, header, &msg);
	EVENT_BEGIN(c, SOCKET_RECVMMSG_X, 6);
	emit_s64(&ev, result);
	emit_s64(&ev, fd);
	emit_u32(&ev, result < 0 ? 0 : result);
	emit_iovec_bytes(&ev, c, msg.iov, msg.iov_length, result);
	if (result >= 0) {
		u64 control = msg.control_length > 4096 ? 4096 : msg.control_length;

		emit_socktuple(&ev, sock_of_fd(fd), INBOUND, msg.name, msg.name_length < 0 ? 0 : msg.name_length);
		param_length(&ev, write_user_bytes(&ev, msg.control, control));
	} else {
		emit_empty(&ev);
		emit_empty(&ev);
	}
	EVENT_END(c);
}

/* struct mmsghdr: a msghdr, then the bytes transferred. */
#define MMSGHDR_SIZE 64
#define MMSGHDR_LENGTH 56
#define MMSGHDR32_SIZE 32
#define MMSGHDR32_LENGTH 28

static __always_inline void count_rest(const struct sys *c, u32 lane, u32 category)
{
	u32 cpu;
	struct cpu_state *state = this_cpu_state(&cpu);

	if (!state || c->ret <= MESSAGE_LIMIT)
		return;
	__sync_fetch_and_add(&state->losses[category & (LOSS_CATEGORIES - 1)][LOSS_BOUNDED], c->ret - MESSAGE_LIMIT);
	__sync_fetch_and_add(&state->lost[lane & 1], c->ret - MESSAGE_LIMIT);
}
