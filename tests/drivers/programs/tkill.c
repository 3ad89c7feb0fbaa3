#include "expect.h"

int main(void)
{
	pid_t child = idle_child();

	CALL(tkill, child, SIGCONT);
	expect("tkill", "res=0\ttid=%d\tsig=18(SIGCONT)", child);
	end_child(child);
	CALL(tkill, 1 << 29, SIGTERM);
	expect("tkill", "res=-3(ESRCH)\ttid=%d\tsig=15(SIGTERM)", 1 << 29);
	return 0;
}
