/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* sendmmsg and recvmmsg: one event a message, as if each had been sent alone. Bounded. */

#define MESSAGE_LIMIT 64

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

/* Global, so that the verifier checks one message, not every way through eight of them. */
SUBPROGRAM int sent_message(u64 header, s64 result, s32 fd, u32 ia32)
{
	struct sys sys = { .ia32 = ia32 };

	record_sent_message(&sys, fd, result, header);
	return 0;
}

SUBPROGRAM int received_message(u64 header, s64 result, s32 fd, u32 ia32)
{
	struct sys sys = { .ia32 = ia32 };

	record_received_message(&sys, fd, result, header);
	return 0;
}

/* struct mmsghdr: a msghdr, then the bytes transferred. */
#define MMSGHDR_SIZE 64
#define MMSGHDR_LENGTH 56
#define MMSGHDR32_SIZE 32
#define MMSGHDR32_LENGTH 28

#define FOR_EACH_MESSAGE(c, record)                                                  \
	do {                                                                         \
		u64 size = (c)->ia32 ? MMSGHDR32_SIZE : MMSGHDR_SIZE;                \
		u64 length = (c)->ia32 ? MMSGHDR32_LENGTH : MMSGHDR_LENGTH;          \
		for (u32 i = 0; i < MESSAGE_LIMIT; i++) {                            \
			u64 header = sys_arg(c, 1) + i * size;                       \
			u32 bytes = 0;                                               \
			if ((c)->ret >= 0 && i >= (u64)(c)->ret)                     \
				break;                                               \
			if ((c)->ret < 0) {                                          \
				record(header, (c)->ret, sys_arg(c, 0), (c)->ia32);  \
				break;                                               \
			}                                                            \
			read_user(&bytes, sizeof(bytes), (void *)(header + length)); \
			record(header, bytes, sys_arg(c, 0), (c)->ia32);             \
		}                                                                    \
	} while (0)

static __always_inline void count_rest(const struct sys *c, u32 lane, u32 category)
{
	u32 cpu;
	struct cpu_state *state = this_cpu_state(&cpu);

	if (!state || c->ret <= MESSAGE_LIMIT)
		return;
	__sync_fetch_and_add(&state->losses[category & (LOSS_CATEGORIES - 1)][LOSS_BOUNDED], c->ret - MESSAGE_LIMIT);
	__sync_fetch_and_add(&state->lost[lane & 1], c->ret - MESSAGE_LIMIT);
}

FILLER(sendmmsg_x, SOCKET_SENDMMSG_X)
{
	FOR_EACH_MESSAGE(c, sent_message);
	count_rest(c, LANE_SOCKET_SENDMMSG_X, LOSS_SOCKET_SENDMMSG_X);
}

FILLER(recvmmsg_x, SOCKET_RECVMMSG_X)
{
	FOR_EACH_MESSAGE(c, received_message);
	count_rest(c, LANE_SOCKET_RECVMMSG_X, LOSS_SOCKET_RECVMMSG_X);
}
