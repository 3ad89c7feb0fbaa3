#include "expect.h"
#include "loopback.h"

int main(void)
{
	long fd;

	enter_network();
	fd = CALL(socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	expect("socket", "fd=%ld\tdomain=2(AF_INET)\ttype=%d\tproto=0", fd, SOCK_STREAM | SOCK_CLOEXEC);
	fd = CALL(socket, AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
	expect("socket", "fd=%ld\tdomain=10(AF_INET6)\ttype=2\tproto=17", fd);
	fd = CALL(socket, AF_UNIX, SOCK_STREAM, 0);
	expect("socket", "fd=%ld\tdomain=1(AF_LOCAL|AF_UNIX)\ttype=1\tproto=0", fd);
	CALL(socket, AF_INET, 12345, 0);
	expect("socket", "fd=-22(EINVAL)\tdomain=2(AF_INET)");
	return 0;
}
