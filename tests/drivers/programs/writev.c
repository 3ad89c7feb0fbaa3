#include "expect.h"
#include <sys/uio.h>

int main(void)
{
	struct iovec vectors[2] = { { "ab", 2 }, { "cd", 2 } };
	long fd = file_with("write", "");

	CALL(writev, fd, vectors, 2);
	expect("writev", "res=4\tdata=abcd\tfd=%ld\tsize=4", fd);
	CALL(writev, 777, vectors, 2);
	expect("writev", "res=-9(EBADF)\tdata=NULL\tfd=777\tsize=4");
	{
		struct iovec longer[40];

		for (int i = 0; i < 40; i++)
			longer[i] = (struct iovec){ "0123456789", 1 + i % 10 };
		CALL(writev, fd, longer, 40);
		expect("writev", "res=220\tdata~0010120123");
	}
	vectors[1].iov_base = at_page_end("tail", 4);
	vectors[1].iov_len = 4;
	CALL(writev, fd, vectors, 2);
	expect("writev", "res=6\tdata=abtail\tsize=6");
	CALL(writev, fd, at_page_end("", 0), 2);
	expect("writev", "res=-14(EFAULT)\tfd=%ld\tsize=0", fd);
	CALL(writev, fd, vectors, -1L);
	expect("writev", "res=-22(EINVAL)\tfd=%ld", fd);
	return 0;
}
