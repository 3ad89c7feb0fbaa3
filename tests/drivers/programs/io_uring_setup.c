#include "expect.h"
#include <linux/io_uring.h>

int main(void)
{
	struct io_uring_params params = { 0 };
	long fd = CALL(io_uring_setup, 4, &params);

	expect("io_uring_setup", "res=%ld\tentries=4\tsq_entries=%u\tcq_entries=%u\tflags=0", fd, params.sq_entries,
	       params.cq_entries);
	fd = CALL(io_uring_setup, 0, &params);
	expect("io_uring_setup", "res=%ld\tentries=0", fd);
	return 0;
}
