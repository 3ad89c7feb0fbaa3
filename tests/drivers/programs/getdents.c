#include "expect.h"

#ifdef SYS_getdents
int main(void)
{
	char buffer[1024];
	long fd = open(here(), O_RDONLY | O_DIRECTORY), bytes = CALL(getdents, fd, buffer, sizeof(buffer));

	expect("getdents", "res=%ld\tfd=%ld(<d>%s)", bytes, fd, here());
	CALL(getdents, 777, buffer, sizeof(buffer));
	expect("getdents", "res=-9(EBADF)\tfd=777");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
