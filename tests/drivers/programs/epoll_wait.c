#include "expect.h"
#include <sys/epoll.h>

#ifdef SYS_epoll_wait
int main(void)
{
	struct epoll_event events[4];
	long fd = CALL(epoll_create1, 0);

	CALL(epoll_wait, fd, events, 4, 0);
	expect("epoll_wait", "res=0\tmaxevents=4");
	CALL(epoll_wait, fd, events, -1, 0);
	expect("epoll_wait", "res=-22(EINVAL)\tmaxevents=-1");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
