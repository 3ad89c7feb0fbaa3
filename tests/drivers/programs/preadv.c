#include "expect.h"
#include <sys/uio.h>

int main(void)
{
	char first[2], second[8];
	struct iovec vectors[2] = { { first, 2 }, { second, 8 } };
	long fd = file_with("read", "12345");

	CALL(preadv, fd, vectors, 2, 1, 0);
	expect("preadv", "res=4\tsize=4\tdata=2345\tfd=%ld\tpos=1", fd);
	CALL(preadv, 777, vectors, 2, 0, 0);
	expect("preadv", "res=-9(EBADF)\tfd=777");
	return 0;
}
