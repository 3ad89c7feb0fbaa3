/* A pipe that can be written, one that cannot be read, and a mask of a wrong size. */
#include "expect.h"
#include <poll.h>

int main(void)
{
	int ends[2];
	struct pollfd wanted;
	/* The kernel writes what is left of it when it returns, which is what the event shows. */
	struct timespec time = { 9, 0 }, none = { 0, 0 };
	unsigned long mask = 1UL << (SIGUSR1 - 1);

	if (pipe(ends))
		return 1;
	wanted = (struct pollfd){ .fd = ends[1], .events = POLLOUT };
	CALL(ppoll, &wanted, 1, &time, &mask, sizeof(mask));
	expect("ppoll", "res=1\tfds=%d:p4\tsigmask=512(SIGUSR1)", ends[1]);
	wanted = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	CALL(ppoll, &wanted, 1, &none, NULL, sizeof(mask));
	expect("ppoll", "res=0\ttimeout=0");
	CALL(ppoll, &wanted, 1, &none, &mask, 3);
	expect("ppoll", "res=-22(EINVAL)");
	return 0;
}
