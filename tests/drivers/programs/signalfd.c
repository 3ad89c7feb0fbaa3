#include "expect.h"

#ifdef SYS_signalfd
int main(void)
{
	unsigned long mask = 1UL << 9;
	long fd = CALL(signalfd, -1, &mask, sizeof(mask));

	expect("signalfd", "res=%ld\tfd=-1\tflags=0", fd);
	CALL(signalfd, 777, &mask, sizeof(mask));
	expect("signalfd", "res=-9(EBADF)\tfd=777");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
