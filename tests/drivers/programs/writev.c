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
	return 0;
}
