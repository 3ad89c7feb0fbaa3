#include "expect.h"

#ifdef SYS_eventfd
int main(void)
{
	long fd = CALL(eventfd, 7);

	expect("eventfd", "res=%ld\tinitval=7\tflags=0", fd);
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
