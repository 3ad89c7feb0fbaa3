#include "expect.h"
#include <linux/io_uring.h>

int main(void)
{
	struct io_uring_params params = { 0 };
	long fd = CALL(io_uring_setup, 4, &params), result;

	result = CALL(io_uring_register, fd, IORING_UNREGISTER_BUFFERS, NULL, 0);
	expect("io_uring_register", "res=%ld\topcode=1(IORING_UNREGISTER_BUFFERS)\targ=0\tnr_args=0", result);
	result = CALL(io_uring_register, 777, IORING_REGISTER_FILES, &params, 3);
	expect("io_uring_register", "res=%ld\tfd=777\topcode=2(IORING_REGISTER_FILES)\targ=%lX\tnr_args=3", result,
	       (long)&params);
	return 0;
}
