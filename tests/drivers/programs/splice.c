#include "expect.h"

int main(void)
{
	int ends[2];
	long fd = file_with("from", "12345");

	if (pipe(ends))
		return 1;
	CALL(splice, fd, NULL, ends[1], NULL, 4, SPLICE_F_NONBLOCK);
	expect("splice", "res=4\tfd_in=%ld\tfd_out=%d\tsize=4\tflags=2(SPLICE_F_NONBLOCK)", fd, ends[1]);
	CALL(splice, 777, NULL, ends[1], NULL, 4, 0);
	expect("splice", "res=-9(EBADF)\tfd_in=777\tfd_out=%d\tsize=4\tflags=0", ends[1]);
	return 0;
}
