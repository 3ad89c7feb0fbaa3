#include "expect.h"

int main(void)
{
	long fd = CALL(pidfd_open, getpid(), 0), copy = CALL(pidfd_getfd, fd, 1, 0);

	if (copy == -ENOSYS)
		cannot("this kernel does not have the call");
	expect("pidfd_getfd", "fd=%ld\tpid_fd=%ld\ttarget_fd=1\tflags=0", copy, fd);
	CALL(pidfd_getfd, 777, 1, 0);
	expect("pidfd_getfd", "fd=-9(EBADF)\tpid_fd=777\ttarget_fd=1");
	return 0;
}
