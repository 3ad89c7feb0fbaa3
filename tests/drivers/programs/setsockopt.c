/* A number, a time, bytes, and a bad descriptor. */
#include "expect.h"
#include "loopback.h"

int main(void)
{
	struct timeval time = { 1, 500000 };
	int one = 1, fd;

	enter_network();
	fd = socket(AF_INET, SOCK_STREAM, 0);
	CALL(setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	expect("setsockopt", "res=0\tfd=%d\tlevel=1(SOL_SOCKET)\toptname=2(SO_REUSEADDR)\tval=1\toptlen=4", fd);
	CALL(setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
	expect("setsockopt", "res=0\tfd=%d\toptname~SO_RCVTIMEO\tval=1500000000(1.5s)\toptlen=16", fd);
	CALL(setsockopt, fd, IPPROTO_TCP, 13, "reno", 4);
	expect("setsockopt", "fd=%d\tlevel=2(SOL_TCP)\tval=reno\toptlen=4", fd);
	CALL(setsockopt, 777, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	expect("setsockopt", "res=-9(EBADF)\tfd=777\tval=1\toptlen=4");
	return 0;
}
