#include "expect.h"
#include "loopback.h"

int main(void)
{
	long fd;

	enter_network();
	server(&V4, SOCK_STREAM);
	fd = client(&V4, SOCK_STREAM);
	CALL(shutdown, fd, SHUT_WR);
	expect("shutdown", "res=0\tfd=%ld(<4t>%s)\thow=1(SHUT_WR)", fd, tuple_of(&V4, fd));
	CALL(shutdown, 777, SHUT_RDWR);
	expect("shutdown", "res=-9(EBADF)\tfd=777\thow=2(SHUT_RDWR)");
	return 0;
}
