#include "expect.h"

int main(void)
{
	long fd = open("/dev/zero", O_RDONLY), copy = CALL(dup, fd);

	expect("dup", "res=%ld(<f>/dev/zero)\toldfd=%ld(<f>/dev/zero)", copy, fd);
	CALL(dup, 777);
	expect("dup", "res=-9(EBADF)\toldfd=777");
	return 0;
}
