#include "expect.h"
#include <time.h>

int main(void)
{
	long fd = CALL(timerfd_create, CLOCK_MONOTONIC, 0);

	expect("timerfd_create", "res=%ld\tclockid=1\tflags=0", fd);
	CALL(timerfd_create, 99, 0);
	expect("timerfd_create", "res=-22(EINVAL)\tclockid=99");
	return 0;
}
