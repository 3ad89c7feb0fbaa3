/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* sendmmsg and recvmmsg in one program: a loop over the messages. */

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
