#include "expect.h"

#ifdef SYS_epoll_create
int main(void)
{
	long fd = CALL(epoll_create, 8);

	expect("epoll_create", "res=%ld\tsize=8", fd);
	CALL(epoll_create, 0);
	expect("epoll_create", "res=-22(EINVAL)\tsize=0");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
