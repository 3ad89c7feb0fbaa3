#include "expect.h"
#include "loopback.h"

static void connect_one(const struct family *family)
{
	int listening = server(family, SOCK_STREAM);
	long fd = socket(family->domain, SOCK_STREAM, 0);

	CALL(connect, fd, family->address, family->length);
	expect("connect", "res=0\ttuple=%s\tfd=%ld(<%st>%s)\taddr=%s:8080", tuple_of(family, fd), fd, family->kind,
	       tuple_of(family, fd), family->text);
	close(fd);
	close(listening);
	CALL(connect, socket(family->domain, SOCK_STREAM, 0), family->address, family->length);
	expect("connect", "res=-111(ECONNREFUSED)\taddr=%s:8080", family->text);
}

static void connect_unix(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };
	int listening = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(listening, (struct sockaddr *)&address, sizeof(address)) || listen(listening, 1))
		abort();
	CALL(connect, socket(AF_UNIX, SOCK_STREAM, 0), &address, sizeof(address));
	expect("connect", "res=0\ttuple~socket\taddr=socket");
}

/* A socket of the newer family that speaks the older protocol, and one that only remembers its peer. */
static void connect_otherwise(void)
{
	struct sockaddr_in6 mapped = { .sin6_family = AF_INET6, .sin6_port = htons(8080) };
	struct sockaddr_un abstract = { .sun_family = AF_UNIX, .sun_path = "\0abstract" };
	int listening = server(&V4, SOCK_STREAM), named = socket(AF_UNIX, SOCK_DGRAM, 0);

	inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr);
	CALL(connect, socket(AF_INET6, SOCK_STREAM, 0), &mapped, sizeof(mapped));
	expect("connect", "res=0\ttuple~127.0.0.1:8080");
	close(listening);
	CALL(connect, socket(AF_INET, SOCK_DGRAM, 0), V4.address, V4.length);
	expect("connect", "res=0\ttuple~->127.0.0.1:8080");
	fcntl(named, F_SETFL, O_NONBLOCK);
	if (bind(named, (struct sockaddr *)&abstract, sizeof(sa_family_t) + 9))
		abort();
	CALL(connect, socket(AF_UNIX, SOCK_DGRAM, 0), &abstract, sizeof(sa_family_t) + 9);
	expect("connect", "res=0\ttuple~abstract\taddr=abstract");
}

int main(void)
{
	enter_network();
	connect_one(&V4);
	connect_one(&V6);
	connect_unix();
	connect_otherwise();
	CALL(connect, 777, V4.address, V4.length);
	expect("connect", "res=-9(EBADF)\tfd=777\taddr=127.0.0.1:8080");
	return 0;
}
