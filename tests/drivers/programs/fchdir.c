#include "expect.h"

int main(void)
{
	long fd = open(here(), O_RDONLY | O_DIRECTORY);

	CALL(fchdir, fd);
	expect("fchdir", "res=0\tfd=%ld(<d>%s)", fd, here());
	CALL(fchdir, 777);
	expect("fchdir", "res=-9(EBADF)\tfd=777");
	return 0;
}
