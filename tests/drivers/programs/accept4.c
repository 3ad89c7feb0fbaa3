#include "expect.h"
#include "loopback.h"

static void accept_one(const struct family *family)
{
	long listening = server(family, SOCK_STREAM), made = client(family, SOCK_STREAM), fd;

	client(family, SOCK_STREAM);
	fd = CALL(accept4, listening, NULL, NULL, SOCK_CLOEXEC);
	expect("accept4", "fd=%ld(<%st>%s)\ttuple=%s\tqueuepct=20\tqueuelen=1\tqueuemax=5", fd, family->kind,
	       tuple_of(family, made), tuple_of(family, made));
}

int main(void)
{
	enter_network();
	accept_one(&V4);
	accept_one(&V6);
	CALL(accept4, 777, NULL, NULL, 0);
	expect("accept4", "fd=-9(EBADF)\tflags=0");
	return 0;
}
