#include "expect.h"

int main(void)
{
	unsigned long mask = 1UL << 9;
	long fd = CALL(signalfd4, -1, &mask, sizeof(mask), O_CLOEXEC);

	expect("signalfd4", "res=%ld\tflags=4096(O_CLOEXEC)\tfd=-1", fd);
	CALL(signalfd4, 777, &mask, sizeof(mask), 0);
	expect("signalfd4", "res=-9(EBADF)\tfd=777");
	return 0;
}
