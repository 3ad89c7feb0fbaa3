#include "expect.h"

int main(void)
{
	pid_t child = idle_child();

	CALL(kill, child, 0);
	expect("kill", "res=0\tpid=%d\tsig=0", child);
	CALL(kill, child, SIGKILL);
	waitpid(child, NULL, 0);
	expect("kill", "res=0\tpid=%d\tsig=9(SIGKILL)", child);
	CALL(kill, 1 << 29, SIGTERM);
	expect("kill", "res=-3(ESRCH)\tpid=%d\tsig=15(SIGTERM)", 1 << 29);
	return 0;
}
