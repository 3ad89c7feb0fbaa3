#include "expect.h"
#include <sys/uio.h>

int main(void)
{
	char first[2], second[8];
	struct iovec vectors[2] = { { first, 2 }, { second, 8 } };
	long fd = file_with("read", "12345");

	CALL(readv, fd, vectors, 2);
	expect("readv", "res=5\tsize=5\tdata=12345\tfd=%ld", fd);
	CALL(readv, 777, vectors, 2);
	expect("readv", "res=-9(EBADF)\tfd=777");
	return 0;
}
