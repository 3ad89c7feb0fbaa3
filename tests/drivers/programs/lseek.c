#include "expect.h"

int main(void)
{
	long fd = file_with("sought", "12345");

	CALL(lseek, fd, -2L, SEEK_END);
	expect("lseek", "res=3\tfd=%ld\toffset=-2\twhence=2(SEEK_END)", fd);
	CALL(lseek, fd, -2L, SEEK_SET);
	expect("lseek", "res=-22(EINVAL)\tfd=%ld\twhence=0(SEEK_SET)", fd);
	return 0;
}
