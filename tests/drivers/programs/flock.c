#include "expect.h"
#include <sys/file.h>

int main(void)
{
	long fd = file_with("file", "");

	CALL(flock, fd, LOCK_EX | LOCK_NB);
	expect("flock", "res=0\tfd=%ld\toperation=6(LOCK_EX|LOCK_NB)", fd);
	CALL(flock, 777, LOCK_UN);
	expect("flock", "res=-9(EBADF)\tfd=777\toperation=8(LOCK_UN)");
	return 0;
}
