#include "expect.h"

int main(void)
{
	long fd = CALL(inotify_init1, O_NONBLOCK);

	expect("inotify_init1", "res=%ld\tflags=64(O_NONBLOCK)", fd);
	CALL(inotify_init1, 1);
	expect("inotify_init1", "res=-22(EINVAL)");
	return 0;
}
