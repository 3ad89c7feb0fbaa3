/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Sockets as the kernel's own objects. */
#ifndef AGENT_KERNEL_SOCKETS_H
#define AGENT_KERNEL_SOCKETS_H

/* Unix sockets are told apart by where they lie. */
#define KERNEL_ADDRESS(pointer) ((u64)(pointer))

static __always_inline struct socket *socket_of_fd(s32 fd)
{
	struct file *file = file_of_fd(fd);

	if (!file || (KREAD(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	return KREAD(file, private_data);
}

static __always_inline struct sock *sock_of_fd(s32 fd)
{
	struct socket *socket = socket_of_fd(fd);

	return socket ? KREAD(socket, sk) : NULL;
}

static __always_inline void append_kernel_unix_path(struct event *ev, struct unix_sock *local)
{
	struct unix_address *address = KREAD(local, addr);
	u64 at;
	char *path;
	char first = 0;
	u64 limit;
	int length;
	long n;

	if (!address) {
		APPEND(u8, 0);
		return;
	}
	length = KREAD(address, len) - (int)sizeof(u16);
	path = (char *)address + FIELD_OFFSET(struct unix_address, name) + FIELD_OFFSET(struct sockaddr_un, sun_path);
	if (length <= 0) {
		APPEND(u8, 0);
		return;
	}
	limit = length > 108 ? 109 : length + 1;
	read_kernel(&first, sizeof(first), path);
	if (!first) {
		path++;
		limit--;
	}
	OPAQUE(limit);
	limit &= 0x7f;
	at = BOUND(ev->off);
	n = limit ? read_kernel_str(ev->scratch->record + at, limit, path) : 0;
	if (n <= 0) {
		APPEND(u8, 0);
		return;
	}
	ev->off += n & 0xff;
}

#endif
