#include "expect.h"

int main(void)
{
	long fd = open("/dev/zero", O_RDONLY);

	CALL(fcntl, fd, F_DUPFD_CLOEXEC, 60);
	expect("fcntl", "res=60(<f>/dev/zero)\tfd=%ld(<f>/dev/zero)\tcmd=26(F_DUPFD_CLOEXEC)\targ=3C", fd);
	CALL(fcntl, fd, F_SETFL, O_NONBLOCK);
	expect("fcntl", "res=0\tfd=%ld(<f>/dev/zero)\tcmd=5(F_SETFL)\targ=800", fd);
	CALL(fcntl, 777, F_GETFD, 0);
	expect("fcntl", "res=-9(EBADF)\tfd=777\tcmd=2(F_GETFD)");
	CALL(fcntl, fd, 4711, -1L);
	expect("fcntl", "res=-22(EINVAL)\tfd=%ld", fd);
	return 0;
}
