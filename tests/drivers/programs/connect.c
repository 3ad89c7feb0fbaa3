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

int main(void)
{
	enter_network();
	connect_one(&V4);
	connect_one(&V6);
	connect_unix();
	CALL(connect, 777, V4.address, V4.length);
	expect("connect", "res=-9(EBADF)\tfd=777\taddr=127.0.0.1:8080");
	return 0;
}
