#include "expect.h"
#include "loopback.h"

int main(void)
{
	long fd;

	enter_network();
	fd = server(&V4, SOCK_STREAM);
	CALL(listen, fd, 7);
	expect("listen", "res=0\tfd=%ld(<4t>127.0.0.1:8080)\tbacklog=7", fd);
	CALL(listen, 777, 5);
	expect("listen", "res=-9(EBADF)\tfd=777\tbacklog=5");
	return 0;
}
