#include "expect.h"
#include <sched.h>

int main(void)
{
	int fd = open("/proc/self/ns/uts", O_RDONLY);

	CALL(setns, fd, CLONE_NEWUTS);
	expect("setns", "res=0\tfd=%d\tnstype=128(CLONE_NEWUTS)", fd);
	CALL(setns, 777, 0);
	expect("setns", "res=-9(EBADF)\tfd=777\tnstype=0");
	return 0;
}
