/* Sockets on the loopback device, in a network namespace of its own, and Unix sockets below the working directory. */
#include "expect.h"
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static void raise_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int control = socket(AF_INET, SOCK_DGRAM, 0);

	ioctl(control, SIOCSIFFLAGS, &request);
	close(control);
}

static int port_of(int fd)
{
	struct sockaddr_in6 address;
	socklen_t length = sizeof(address);

	getsockname(fd, (struct sockaddr *)&address, &length);
	return ntohs(address.sin6_port);
}

static void tcp(int family, const char *local, const char *kind)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(8080) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback, .sin6_port = htons(8080) };
	struct sockaddr *address = family == AF_INET ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
	socklen_t length = family == AF_INET ? sizeof(v4) : sizeof(v6);
	const char *domain = family == AF_INET ? "2(AF_INET)" : "10(AF_INET6)";
	char tuple[200], text[64] = "hello";
	long server, client, accepted;

	server = CALL(socket, family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	expect("socket", "fd=%ld\tdomain=%s\ttype=%d\tproto=0", server, domain, SOCK_STREAM | SOCK_CLOEXEC);
	CALL(bind, server, address, length);
	expect("bind", "res=0\taddr=%s:8080\tfd=%ld(<%s>%s:8080)", local, server, kind, local);
	CALL(listen, server, 5);
	expect("listen", "res=0\tfd=%ld(<%s>%s:8080)\tbacklog=5", server, kind, local);
	client = CALL(socket, family, SOCK_STREAM, 0);
	CALL(connect, client, address, length);
	snprintf(tuple, sizeof(tuple), "%s:%d->%s:8080", local, port_of(client), local);
	expect("connect", "res=0\ttuple=%s\tfd=%ld(<%s>%s)\taddr=%s:8080", tuple, client, kind, tuple, local);
	accepted = CALL(accept4, server, NULL, NULL, SOCK_CLOEXEC);
	expect("accept4", "fd=%ld(<%s>%s)\ttuple=%s\tqueuemax=5", accepted, kind, tuple, tuple);
	CALL(sendto, client, text, 5, 0, NULL, 0);
	expect("sendto", "res=5\tdata=hello\tfd=%ld(<%s>%s)\tsize=5", client, kind, tuple);
	CALL(recvfrom, accepted, text, sizeof(text), 0, NULL, NULL);
	expect("recvfrom", "res=5\tdata=hello\tfd=%ld(<%s>%s)\tsize=%zu", accepted, kind, tuple, sizeof(text));
	CALL(shutdown, client, SHUT_WR);
	expect("shutdown", "res=0\tfd=%ld(<%s>%s)\thow=1(SHUT_WR)", client, kind, tuple);
	CALL(close, accepted);
	CALL(close, client);
	expect("close", "res=0\tfd=%ld(<%s>%s)", client, kind, tuple);
	CALL(close, server);
	client = CALL(socket, family, SOCK_STREAM, 0);
	CALL(connect, client, address, length);
	expect("connect", "res=-111(ECONNREFUSED)\taddr=%s:8080", local);
	CALL(close, client);
}

static void accept_old(void)
{
#ifdef SYS_accept
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				       .sin_port = htons(8081) };
	long server = CALL(socket, AF_INET, SOCK_STREAM, 0), client = CALL(socket, AF_INET, SOCK_STREAM, 0), fd;

	CALL(bind, server, &address, sizeof(address));
	CALL(listen, server, 1);
	CALL(connect, client, &address, sizeof(address));
	fd = CALL(accept, server, NULL, NULL);
	expect("accept", "fd=%ld\ttuple=127.0.0.1:%d->127.0.0.1:8081", fd, port_of(client));
	fd = CALL(accept, 777, NULL, NULL);
	expect("accept", "fd=-9(EBADF)");
	CALL(close, server);
	CALL(close, client);
#endif
}

static void datagrams(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				       .sin_port = htons(5353) };
	struct iovec vector = { "query", 5 };
	struct msghdr message = {
		.msg_name = &address, .msg_namelen = sizeof(address), .msg_iov = &vector, .msg_iovlen = 1
	};
	char buffer[16];
	struct iovec room = { buffer, sizeof(buffer) };
	struct msghdr received = { .msg_iov = &room, .msg_iovlen = 1 };
	long server = CALL(socket, AF_INET, SOCK_DGRAM, 0), client = CALL(socket, AF_INET, SOCK_DGRAM, 0);

	CALL(bind, server, &address, sizeof(address));
	CALL(sendmsg, client, &message, 0);
	expect("sendmsg", "res=5\tdata=query\tsize=5\ttuple~->127.0.0.1:5353");
	CALL(recvmsg, server, &received, 0);
	expect("recvmsg", "res=5\tsize=5\tdata=query");
	CALL(sendto, client, "again", 5, 0, &address, sizeof(address));
	expect("sendto", "res=5\tdata=again\ttuple~->127.0.0.1:5353");
	CALL(sendto, client, "x", 1, 0, &address, 3);
	expect("sendto", "res=-22(EINVAL)");
	CALL(close, server);
	CALL(close, client);
}

static void local(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };
	int pair[2];
	long server = CALL(socket, AF_UNIX, SOCK_STREAM, 0), client = CALL(socket, AF_UNIX, SOCK_STREAM, 0);

	expect("socket", "fd=%ld\tdomain=1(AF_LOCAL|AF_UNIX)\ttype=1\tproto=0", client);
	CALL(bind, server, &address, sizeof(address));
	expect("bind", "res=0\taddr=socket");
	CALL(listen, server, 1);
	CALL(connect, client, &address, sizeof(address));
	expect("connect", "res=0\ttuple~socket\taddr=socket");
	CALL(close, client);
	CALL(close, server);
	CALL(socketpair, AF_UNIX, SOCK_DGRAM, 0, pair);
	expect("socketpair", "res=0\tfd1=%d\tfd2=%d\tdomain=1(AF_LOCAL|AF_UNIX)\ttype=2\tproto=0", pair[0], pair[1]);
	CALL(socket, AF_INET, 12345, 0);
	expect("socket", "fd=-22(EINVAL)\tdomain=2(AF_INET)");
}

int main(void)
{
	if (unshare(CLONE_NEWNET))
		return 1;
	raise_loopback();
	tcp(AF_INET, "127.0.0.1", "4t");
	tcp(AF_INET6, "::1", "6t");
	accept_old();
	datagrams();
	local();
	return 0;
}
