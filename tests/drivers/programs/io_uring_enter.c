#include "expect.h"
#include <linux/io_uring.h>

int main(void)
{
	struct io_uring_params params = { 0 };
	long fd = CALL(io_uring_setup, 4, &params),
	     result = CALL(io_uring_enter, fd, 0, 0, IORING_ENTER_GETEVENTS, NULL, 0);

	expect("io_uring_enter", "res=%ld\tto_submit=0\tmin_complete=0\tflags=1(IORING_ENTER_GETEVENTS)", result);
	result = CALL(io_uring_enter, 777, 1, 2, 0, NULL, 0);
	expect("io_uring_enter", "res=%ld\tfd=777\tto_submit=1\tmin_complete=2\tflags=0", result);
	return 0;
}
