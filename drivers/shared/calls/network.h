/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Calls on sockets. */

FILLER(connect_x, SOCKET_CONNECT_X)
{
	EVENT_BEGIN(c, SOCKET_CONNECT_X, 4);
	emit_s64(&ev, c->ret);
	if (c->ret == 0 || c->ret == -115 /* EINPROGRESS */)
		emit_socktuple(&ev, sock_of_fd(sys_arg(c, 0)), OUTBOUND, sys_arg(c, 1), sys_arg(c, 2));
	else
		emit_empty(&ev);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_sockaddr(&ev, sys_arg(c, 1), sys_arg(c, 2));
	EVENT_END(c);
}

/* How full the accept queue of the listening socket is. */
struct queue {
	u32 length, max;
	u8 percent;
};

static __always_inline struct queue accept_queue(s32 listening_fd)
{
	struct sock *sk = sock_of_fd(listening_fd);
	struct queue queue = {};

	if (!sk)
		return queue;
	queue.length = KREAD(sk, sk_ack_backlog);
	queue.max = KREAD(sk, sk_max_ack_backlog);
	if (queue.max)
		queue.percent = (u64)queue.length * 100 / queue.max;
	return queue;
}

FILLER(accept_5_x, SOCKET_ACCEPT_5_X)
{
	struct queue queue = accept_queue(sys_arg(c, 0));

	EVENT_BEGIN(c, SOCKET_ACCEPT_5_X, 5);
	emit_s64(&ev, c->ret);
	emit_socktuple(&ev, c->ret >= 0 ? sock_of_fd(c->ret) : NULL, INBOUND, 0, 0);
	emit_u8(&ev, queue.percent);
	emit_u32(&ev, queue.length);
	emit_u32(&ev, queue.max);
	EVENT_END(c);
}

FILLER(accept4_6_x, SOCKET_ACCEPT4_6_X)
{
	struct queue queue = accept_queue(sys_arg(c, 0));

	EVENT_BEGIN(c, SOCKET_ACCEPT4_6_X, 6);
	emit_s64(&ev, c->ret);
	emit_socktuple(&ev, c->ret >= 0 ? sock_of_fd(c->ret) : NULL, INBOUND, 0, 0);
	emit_u8(&ev, queue.percent);
	emit_u32(&ev, queue.length);
	emit_u32(&ev, queue.max);
	emit_s32(&ev, scap_fd_flags(sys_arg(c, 3)));
	EVENT_END(c);
}

FILLER(socketpair_x, SOCKET_SOCKETPAIR_X)
{
	struct fd_pair pair = user_fd_pair(c, sys_arg(c, 3));
	struct unix_sock *local = c->ret == 0 ? (struct unix_sock *)sock_of_fd(pair.first) : NULL;
	struct sock *peer = local ? KREAD(local, peer) : NULL;

	FIXED_BEGIN(c, SOCKET_SOCKETPAIR_X, 8, 52);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, pair.first);
	FIXED_PARAM(2, 16, s64, pair.second);
	FIXED_PARAM(3, 24, u64, KERNEL_ADDRESS(local));
	FIXED_PARAM(4, 32, u64, KERNEL_ADDRESS(peer));
	FIXED_PARAM(5, 40, u32, sys_arg(c, 0));
	FIXED_PARAM(6, 44, u32, sys_arg(c, 1));
	FIXED_PARAM(7, 48, u32, sys_arg(c, 2));
	FIXED_END(c);
}

/* res, data, fd, size, tuple: what the sending calls share. */
static __always_inline void emit_sent(struct event *ev, const struct sys *c, u64 address, u64 address_length)
{
	emit_s64(ev, c->ret);
	emit_user_bytes(ev, sys_arg(c, 1), c->ret);
	emit_s64(ev, (s32)sys_arg(c, 0));
	emit_u32(ev, sys_arg(c, 2));
	emit_socktuple(ev, sock_of_fd(sys_arg(c, 0)), OUTBOUND, address, address_length);
}

FILLER(sendto_x, SOCKET_SENDTO_X)
{
	EVENT_BEGIN(c, SOCKET_SENDTO_X, 5);
	emit_sent(&ev, c, sys_arg(c, 4), sys_arg(c, 5));
	EVENT_END(c);
}

FILLER(send_x, SOCKET_SEND_X)
{
	EVENT_BEGIN(c, SOCKET_SEND_X, 5);
	emit_sent(&ev, c, 0, 0);
	EVENT_END(c);
}

FILLER(recvfrom_x, SOCKET_RECVFROM_X)
{
	s32 length = 0;

	EVENT_BEGIN(c, SOCKET_RECVFROM_X, 5);
	emit_s64(&ev, c->ret);
	emit_user_bytes(&ev, sys_arg(c, 1), c->ret);
	if (sys_arg(c, 5))
		read_user(&length, sizeof(length), (void *)sys_arg(c, 5));
	if (c->ret >= 0)
		emit_socktuple(&ev, sock_of_fd(sys_arg(c, 0)), INBOUND, sys_arg(c, 4), length < 0 ? 0 : length);
	else
		emit_empty(&ev);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_u32(&ev, sys_arg(c, 2));
	EVENT_END(c);
}

FILLER(recv_x, SOCKET_RECV_X)
{
	EVENT_BEGIN(c, SOCKET_RECV_X, 5);
	emit_s64(&ev, c->ret);
	emit_user_bytes(&ev, sys_arg(c, 1), c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_u32(&ev, sys_arg(c, 2));
	if (c->ret >= 0)
		emit_socktuple(&ev, sock_of_fd(sys_arg(c, 0)), INBOUND, 0, 0);
	else
		emit_empty(&ev);
	EVENT_END(c);
}

struct message_header {
	u64 name;
	s32 name_length;
	u32 padding;
	u64 iov;
	u64 iov_length;
	u64 control;
	u64 control_length;
	u32 flags;
};

struct message_header32 {
	u32 name;
	s32 name_length;
	u32 iov, iov_length, control, control_length, flags;
};

static __always_inline bool read_msghdr(const struct sys *c, u64 ptr, struct message_header *msg)
{
	struct message_header32 narrow;

	__builtin_memset(msg, 0, sizeof(*msg));
	if (!c->ia32)
		return !read_user(msg, sizeof(*msg), (void *)ptr);
	if (read_user(&narrow, sizeof(narrow), (void *)ptr))
		return false;
	msg->name = narrow.name;
	msg->name_length = narrow.name_length;
	msg->iov = narrow.iov;
	msg->iov_length = narrow.iov_length;
	msg->control = narrow.control;
	msg->control_length = narrow.control_length;
	return true;
}

FILLER(sendmsg_x, SOCKET_SENDMSG_X)
{
	struct message_header msg;

	read_msghdr(c, sys_arg(c, 1), &msg);
	EVENT_BEGIN(c, SOCKET_SENDMSG_X, 5);
	emit_s64(&ev, c->ret);
	emit_iovec_bytes(&ev, c, msg.iov, msg.iov_length, c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_u32(&ev, iovec_size(c, msg.iov, msg.iov_length));
	emit_socktuple(&ev, sock_of_fd(sys_arg(c, 0)), OUTBOUND, msg.name, msg.name_length < 0 ? 0 : msg.name_length);
	EVENT_END(c);
}

FILLER(recvmsg_x, SOCKET_RECVMSG_X)
{
	struct message_header msg;

	read_msghdr(c, sys_arg(c, 1), &msg);
	EVENT_BEGIN(c, SOCKET_RECVMSG_X, 6);
	emit_s64(&ev, c->ret);
	emit_u32(&ev, c->ret < 0 ? 0 : c->ret);
	emit_iovec_bytes(&ev, c, msg.iov, msg.iov_length, c->ret);
	if (c->ret >= 0) {
		u64 control = msg.control_length > 4096 ? 4096 : msg.control_length;

		emit_socktuple(&ev, sock_of_fd(sys_arg(c, 0)), INBOUND, msg.name,
			       msg.name_length < 0 ? 0 : msg.name_length);
		param_length(&ev, write_user_bytes(&ev, msg.control, control));
	} else {
		emit_empty(&ev);
		emit_empty(&ev);
	}
	emit_s64(&ev, (s32)sys_arg(c, 0));
	EVENT_END(c);
}
