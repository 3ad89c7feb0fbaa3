#include "expect.h"

#ifdef SYS_inotify_init
int main(void)
{
	long fd = CALL(inotify_init);

	expect("inotify_init", "res=%ld\tflags=0", fd);
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
