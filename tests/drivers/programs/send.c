/* Through ia32's socketcall: no other architecture has the call. */
#include "expect.h"

#ifdef __x86_64__
#include "ia32.h"
#include "loopback.h"

#define SOCKETCALL 102
#define SYS_SEND 9

int main(void)
{
	unsigned *arguments = low_page();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return 1;
	strcpy((char *)(arguments + 100), "hello");
	arguments[0] = pair[0];
	arguments[1] = low(arguments + 100);
	arguments[2] = 5;
	arguments[3] = 0;
	ia32(SOCKETCALL, SYS_SEND, low(arguments), 0, 0, 0, 0);
	expect("send", "res=5\tdata=hello\tfd=%d\tsize=5", pair[0]);
	arguments[0] = 777;
	ia32(SOCKETCALL, SYS_SEND, low(arguments), 0, 0, 0, 0);
	expect("send", "res=-9(EBADF)\tdata=NULL\tfd=777\tsize=5");
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
