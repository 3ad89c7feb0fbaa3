/* Calls that have no event of their own. */
#include "expect.h"

int main(void)
{
	CALL(getppid);
	expect("syscall", "ID=getppid");
	CALL(sched_yield);
	expect("syscall", "ID=sched_yield");
	CALL(getrandom, NULL, 0, 99);
	expect("syscall", "ID=getrandom");
	return 0;
}
