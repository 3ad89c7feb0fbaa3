/* A pipe that can be written; an array that cannot be read. */
#include "expect.h"
#include <poll.h>

#ifdef SYS_poll
int main(void)
{
	int ends[2];
	struct pollfd wanted[2];

	if (pipe(ends))
		return 1;
	wanted[0] = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	wanted[1] = (struct pollfd){ .fd = ends[1], .events = POLLOUT };
	CALL(poll, wanted, 2, 5);
	expect("poll", "res=1\tfds=%d:p4\ttimeout=5", ends[1]);
	CALL(poll, 1, 2, 0);
	expect("poll", "res=-14(EFAULT)\ttimeout=0");
	{
		static struct pollfd crowd[300];

		for (int i = 0; i < 300; i++)
			crowd[i] = (struct pollfd){ .fd = ends[1], .events = POLLOUT };
		CALL(poll, crowd, 300, 0);
		expect("poll", "res=300\ttimeout=0");
		CALL(poll, crowd, 0, 1);
		expect("poll", "res=0\ttimeout=1");
		crowd[1] = (struct pollfd){ .fd = 777, .events = POLLIN | POLLPRI | POLLRDHUP };
		CALL(poll, crowd, 2, -1);
		expect("poll", "res=2\ttimeout=-1");
	}
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
