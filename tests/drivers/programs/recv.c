/* Through ia32's socketcall: no other architecture has the call. */
#include "expect.h"

#ifdef __x86_64__
#include "ia32.h"
#include "loopback.h"

#define SOCKETCALL 102
#define SYS_RECV 10

int main(void)
{
	unsigned *arguments = low_page();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || send(pair[0], "hello", 5, 0) != 5)
		return 1;
	arguments[0] = pair[1];
	arguments[1] = low(arguments + 100);
	arguments[2] = 16;
	arguments[3] = 0;
	ia32(SOCKETCALL, SYS_RECV, low(arguments), 0, 0, 0, 0);
	expect("recv", "res=5\tdata=hello\tfd=%d\tsize=16", pair[1]);
	arguments[0] = 777;
	ia32(SOCKETCALL, SYS_RECV, low(arguments), 0, 0, 0, 0);
	expect("recv", "res=-9(EBADF)\tfd=777\tsize=16");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
