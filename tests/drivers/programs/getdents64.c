#include "expect.h"

int main(void)
{
	char buffer[1024];
	long fd = open(here(), O_RDONLY | O_DIRECTORY), bytes = CALL(getdents64, fd, buffer, sizeof(buffer));

	expect("getdents64", "res=%ld\tfd=%ld(<d>%s)", bytes, fd, here());
	CALL(getdents64, 777, buffer, sizeof(buffer));
	expect("getdents64", "res=-9(EBADF)\tfd=777");
	return 0;
}
