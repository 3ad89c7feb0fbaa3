#include "expect.h"

int main(void)
{
	pid_t child = idle_child();

	CALL(tgkill, child, child, SIGCONT);
	expect("tgkill", "res=0\tpid=%d\ttid=%d\tsig=18(SIGCONT)", child, child);
	end_child(child);
	CALL(tgkill, 1 << 29, 1 << 28, SIGTERM);
	expect("tgkill", "res=-3(ESRCH)\tpid=%d\ttid=%d\tsig=15(SIGTERM)", 1 << 29, 1 << 28);
	return 0;
}
