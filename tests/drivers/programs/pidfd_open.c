#include "expect.h"

int main(void)
{
	long fd = CALL(pidfd_open, getpid(), 0);

	if (fd == -ENOSYS)
		cannot("this kernel does not have the call");
	expect("pidfd_open", "fd=%ld\tpid=%d\tflags=0", fd, getpid());
	CALL(pidfd_open, 1 << 29, O_NONBLOCK);
	expect("pidfd_open", "pid=%d\tflags=1(PIDFD_NONBLOCK)", 1 << 29);
	return 0;
}
