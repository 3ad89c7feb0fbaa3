#include "expect.h"

int main(void)
{
	long fd = file_with("write", "12345");

	CALL(pwrite64, fd, "X", 1, 2);
	expect("pwrite", "res=1\tdata=X\tfd=%ld\tsize=1\tpos=2", fd);
	CALL(pwrite64, 777, "Y", 1, 0);
	expect("pwrite", "res=-9(EBADF)\tdata=Y\tfd=777");
	return 0;
}
