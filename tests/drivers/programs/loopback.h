/* Sockets on the loopback device of a network namespace of its own, where every port is free. */
#ifndef LOOPBACK_H
#define LOOPBACK_H

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_in server_v4 = { .sin_family = AF_INET };
static struct sockaddr_in6 server_v6 = { .sin6_family = AF_INET6 };

/* A family with the texts that events show of it. */
struct family {
	struct sockaddr *address;
	socklen_t length;
	int domain;
	const char *text, *kind;
};

static const struct family V4 = { (struct sockaddr *)&server_v4, sizeof(server_v4), AF_INET, "127.0.0.1", "4" };
static const struct family V6 = { (struct sockaddr *)&server_v6, sizeof(server_v6), AF_INET6, "::1", "6" };

static inline void enter_network(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int control;

	if (unshare(CLONE_NEWNET))
		cannot("network namespaces cannot be made here");
	control = socket(AF_INET, SOCK_DGRAM, 0);
	if (ioctl(control, SIOCSIFFLAGS, &request))
		abort();
	close(control);
	server_v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server_v4.sin_port = htons(8080);
	server_v6.sin6_addr = in6addr_loopback;
	server_v6.sin6_port = htons(8080);
}

/* A socket that is bound to 127.0.0.1:8080 or [::1]:8080, and listens when it is of a stream. */
static inline int server(const struct family *family, int type)
{
	int fd = socket(family->domain, type, 0);

	if (bind(fd, family->address, family->length) || (type == SOCK_STREAM && listen(fd, 5)))
		abort();
	return fd;
}

/* A socket that is connected with the server. */
static inline int client(const struct family *family, int type)
{
	int fd = socket(family->domain, type, 0);

	if (connect(fd, family->address, family->length))
		abort();
	return fd;
}

static inline int port_of(int fd)
{
	struct sockaddr_in6 address;
	socklen_t length = sizeof(address);

	getsockname(fd, (struct sockaddr *)&address, &length);
	return ntohs(address.sin6_port);
}

/* The connection of a client, as events show it. */
static inline const char *tuple_of(const struct family *family, int fd)
{
	char *text = NULL;
	int port = port_of(fd);

	return asprintf(&text, "%s:%d->%s:8080", family->text, port, family->text) < 0 ? "?" : text;
}

#endif
