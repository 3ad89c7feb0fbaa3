/* An open descriptor and one that is not. */
#include "expect.h"

int main(void)
{
	long fd = CALL(openat, AT_FDCWD, "/dev/null", O_RDONLY);

	CALL(close, fd);
	expect("close", "res=0\tfd=%ld(<f>/dev/null)", fd);
	CALL(close, 777);
	expect("close", "res=-9(EBADF)\tfd=777");
	return 0;
}
