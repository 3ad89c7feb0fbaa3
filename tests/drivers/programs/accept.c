#include "expect.h"
#include "loopback.h"

int main(void)
{
	long listening, made, fd;

	enter_network();
	listening = server(&V4, SOCK_STREAM);
	made = client(&V4, SOCK_STREAM);
	fd = CALL(accept, listening, NULL, NULL);
	expect("accept", "fd=%ld(<4t>%s)\ttuple=%s\tqueuepct=0\tqueuelen=0\tqueuemax=5", fd, tuple_of(&V4, made),
	       tuple_of(&V4, made));
	CALL(accept, 777, NULL, NULL);
	expect("accept", "fd=-9(EBADF)");
	return 0;
}
