#include "expect.h"
#include "loopback.h"

int main(void)
{
	long listening, fd;

	enter_network();
	listening = server(&V4, SOCK_STREAM);
	fd = client(&V4, SOCK_STREAM);
	CALL(sendto, fd, "hello", 5, 0, NULL, 0);
	expect("sendto", "res=5\tdata=hello\tfd=%ld(<4t>%s)\tsize=5", fd, tuple_of(&V4, fd));
	close(listening);
	server(&V4, SOCK_DGRAM);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	CALL(sendto, fd, "again", 5, 0, V4.address, V4.length);
	expect("sendto", "res=5\tdata=again\tfd=%ld\tsize=5\ttuple~->127.0.0.1:8080", fd);
	CALL(sendto, fd, "x", 1, 0, V4.address, 3);
	expect("sendto", "res=-22(EINVAL)\tfd=%ld\tsize=1", fd);
	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	CALL(sendto, fd, "six", 3, 0, V6.address, V6.length);
	expect("sendto", "res=3\tdata=six\ttuple~->::1:8080");
	CALL(sendto, 777, "x", 1, 0, V4.address, V4.length);
	expect("sendto", "res=-9(EBADF)\tfd=777");
	CALL(sendto, fd, many('l', 3000), 3000, 0, V6.address, V6.length);
	expect("sendto", "res=3000\tdata~llllllll\tsize=3000");
	return 0;
}
