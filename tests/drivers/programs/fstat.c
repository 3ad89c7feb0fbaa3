#include "expect.h"

int main(void)
{
	struct stat status;
	long fd = open("/dev/null", O_RDONLY);

	CALL(fstat, fd, &status);
	expect("fstat", "res=0\tfd=%ld(<f>/dev/null)", fd);
	CALL(fstat, 777, &status);
	expect("fstat", "res=-9(EBADF)\tfd=777");
	return 0;
}
