#include "expect.h"
#include <sys/uio.h>

int main(void)
{
	struct iovec vectors[2] = { { "ab", 2 }, { "cd", 2 } };
	long fd = file_with("write", "");

	CALL(pwritev, fd, vectors, 2, 3, 0);
	expect("pwritev", "res=4\tdata=abcd\tfd=%ld\tsize=4\tpos=3", fd);
	CALL(pwritev, 777, vectors, 2, 0, 0);
	expect("pwritev", "res=-9(EBADF)\tdata=NULL\tfd=777\tsize=4");
	return 0;
}
