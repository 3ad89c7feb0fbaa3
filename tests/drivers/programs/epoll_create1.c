#include "expect.h"

int main(void)
{
	long fd = CALL(epoll_create1, O_CLOEXEC);

	expect("epoll_create1", "res=%ld\tflags=1(EPOLL_CLOEXEC)", fd);
	CALL(epoll_create1, 2);
	expect("epoll_create1", "res=-22(EINVAL)\tflags=0");
	return 0;
}
