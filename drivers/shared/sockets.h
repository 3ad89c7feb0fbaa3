/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Socket addresses and tuples. What the kernel's socket says comes before what the caller passed. */
#ifndef AGENT_SOCKETS_H
#define AGENT_SOCKETS_H

enum direction {
	OUTBOUND, /* our end first */
	INBOUND, /* the other end first */
};

struct address4 {
	u16 family;
	u16 port;
	u32 ip;
};

struct address6 {
	u16 family;
	u16 port;
	u32 flow;
	u32 ip[4];
};

static __always_inline void append_ip6(struct event *ev, const u32 *ip)
{
	APPEND(u32, ip[0]);
	APPEND(u32, ip[1]);
	APPEND(u32, ip[2]);
	APPEND(u32, ip[3]);
}

/* The path of a unix address in user memory; an abstract name loses its leading NUL. */
static __always_inline void append_user_unix_path(struct event *ev, u64 ptr, u64 length)
{
	u64 path = ptr + sizeof(u16), at = BOUND(ev->off);
	u64 limit = 109;
	char first = 0;
	long n;

	read_user(&first, sizeof(first), (void *)path);
	if (length <= sizeof(u16)) {
		APPEND(u8, 0);
		return;
	}
	if (length - sizeof(u16) < 108)
		limit = length - sizeof(u16) + 1;
	if (!first) {
		path++;
		limit--;
	}
	OPAQUE(limit);
	limit &= 0x7f;
	n = limit ? read_user_str(ev->scratch->record + at, limit, (void *)path) : 0;
	if (n <= 0) {
		APPEND(u8, 0);
		return;
	}
	ev->off += n & 0xff;
}

static __always_inline void emit_sockaddr(struct event *ev, u64 ptr, u64 length)
{
	u64 start = ev->off;
	struct address6 a6 = {};
	struct address4 a4 = {};
	u16 family = 0;

	if (!ptr || length < sizeof(family) || read_user(&family, sizeof(family), (void *)ptr))
		goto out;
	ev->flags |= EVENT_USER_COPY;
	if (family == AF_INET && !read_user(&a4, sizeof(a4), (void *)ptr)) {
		APPEND(u8, AF_INET);
		APPEND(u32, a4.ip);
		APPEND(u16, from_be16(a4.port));
	} else if (family == AF_INET6 && !read_user(&a6, sizeof(a6), (void *)ptr)) {
		APPEND(u8, AF_INET6);
		append_ip6(ev, a6.ip);
		APPEND(u16, from_be16(a6.port));
	} else if (family == AF_UNIX) {
		APPEND(u8, AF_UNIX);
		append_user_unix_path(ev, ptr, length);
	}
out:
	param_length(ev, ev->off - start);
}

/* One end of an IP socket. */
struct end {
	u32 ip[4]; /* IPv4: the first word */
	u16 port;
};

/* A destination given with the call, as the socket's family shows it: an IPv4 one on an IPv6 socket becomes a mapped address. */
static __always_inline bool read_destination(struct event *ev, u64 ptr, u64 length, u16 socket_family, struct end *end)
{
	struct address6 a6 = {};
	struct address4 a4 = {};

	if (!ptr || length < 16 || read_user(&a4, sizeof(a4), (void *)ptr))
		return false;
	if (socket_family == AF_INET6 && a4.family == AF_INET6) {
		if (length < 24 || read_user(&a6, sizeof(a6), (void *)ptr))
			return false;
		__builtin_memcpy(end->ip, a6.ip, sizeof(end->ip));
		end->port = from_be16(a6.port);
	} else if (socket_family == AF_INET6 && a4.family == AF_INET) {
		end->ip[0] = 0;
		end->ip[1] = 0;
		end->ip[2] = to_be32(0xffff);
		end->ip[3] = a4.ip;
		end->port = from_be16(a4.port);
	} else if (socket_family == AF_INET && (a4.family == AF_INET || !a4.family)) {
		end->ip[0] = a4.ip;
		end->port = from_be16(a4.port);
	} else {
		return false;
	}
	ev->flags |= EVENT_USER_COPY;
	return true;
}

static __always_inline void append_end(struct event *ev, u16 family, const struct end *end)
{
	if (family == AF_INET)
		APPEND(u32, end->ip[0]);
	else
		append_ip6(ev, end->ip);
	APPEND(u16, end->port);
}

/* The two ends of a socket. A destination given with a datagram comes before the peer that the socket is connected to; received data
 * came from the address that the kernel wrote. */
static __always_inline void emit_socktuple(struct event *ev, struct sock *sk, enum direction direction,
					   u64 user_address, u64 user_length)
{
	u64 start = ev->off;
	u16 family;

	if (!sk)
		goto out;
	family = KREAD(sk, __sk_common.skc_family);
	if (family == AF_INET || family == AF_INET6) {
		struct inet_sock *inet = (struct inet_sock *)sk;
		struct end own = {}, other = {};

		if (family == AF_INET) {
			own.ip[0] = KREAD(inet, inet_saddr);
			other.ip[0] = KREAD(sk, __sk_common.skc_daddr);
		} else {
			struct in6_addr address = KREAD(sk, __sk_common.skc_v6_rcv_saddr);

			__builtin_memcpy(own.ip, &address, sizeof(own.ip));
			address = KREAD(sk, __sk_common.skc_v6_daddr);
			__builtin_memcpy(other.ip, &address, sizeof(other.ip));
		}
		own.port = from_be16(KREAD(inet, inet_sport));
		other.port = from_be16(KREAD(sk, __sk_common.skc_dport));
		if (!own.port)
			own.port = KREAD(sk, __sk_common.skc_num);
		if (!other.port || socket_type(sk) != SOCK_STREAM)
			read_destination(ev, user_address, user_length, family, &other);
		APPEND(u8, family);
		append_end(ev, family, direction == OUTBOUND ? &own : &other);
		append_end(ev, family, direction == OUTBOUND ? &other : &own);
	} else if (family == AF_UNIX) {
		struct unix_sock *local = (struct unix_sock *)sk;
		struct sock *peer = KREAD(local, peer);

		APPEND(u8, AF_UNIX);
		APPEND(u64, direction == OUTBOUND ? KERNEL_ADDRESS(peer) : KERNEL_ADDRESS(sk));
		APPEND(u64, direction == OUTBOUND ? KERNEL_ADDRESS(sk) : KERNEL_ADDRESS(peer));
		if (direction == INBOUND)
			append_kernel_unix_path(ev, local);
		else if (peer)
			append_kernel_unix_path(ev, (struct unix_sock *)peer);
		else if (user_address)
			append_user_unix_path(ev, user_address, user_length);
		else
			APPEND(u8, 0);
	}
out:
	param_length(ev, ev->off - start);
}

#endif
