#include "expect.h"
#include "loopback.h"

int main(void)
{
	unsigned long cookie = 0;
	int value, error;
	socklen_t length = sizeof(value);
	long fd;

	enter_network();
	fd = socket(AF_INET, SOCK_STREAM, 0);
	CALL(getsockopt, fd, SOL_SOCKET, SO_TYPE, &value, &length);
	expect("getsockopt", "res=0\tfd=%ld\tlevel=1(SOL_SOCKET)\toptname=3(SO_TYPE)\tval=1\toptlen=4", fd);
	connect(fd, V4.address, V4.length);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	CALL(getsockopt, fd, SOL_SOCKET, SO_ERROR, &error, &length);
	expect("getsockopt", "res=0\tfd=%ld\toptname=4(SO_ERROR)\tval=0\toptlen=4", fd);
	length = sizeof(cookie);
	CALL(getsockopt, fd, SOL_SOCKET, SO_COOKIE, &cookie, &length);
	expect("getsockopt", "res=0\tfd=%ld\toptname~SO_COOKIE\tval=%lu\toptlen=8", fd, cookie);
	CALL(getsockopt, 777, SOL_SOCKET, SO_TYPE, &value, &length);
	expect("getsockopt", "res=-9(EBADF)\tfd=777\tval=NULL\toptlen=8");
	return 0;
}
