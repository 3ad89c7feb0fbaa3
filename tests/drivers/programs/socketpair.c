#include "expect.h"
#include "loopback.h"

int main(void)
{
	int pair[2];

	CALL(socketpair, AF_UNIX, SOCK_DGRAM, 0, pair);
	expect("socketpair", "res=0\tfd1=%d\tfd2=%d\tdomain=1(AF_LOCAL|AF_UNIX)\ttype=2\tproto=0", pair[0], pair[1]);
	CALL(socketpair, AF_INET, SOCK_DGRAM, 0, pair);
	expect("socketpair", "res=-95(EOPNOTSUPP)\tdomain=2(AF_INET)\ttype=2\tproto=0");
	return 0;
}
