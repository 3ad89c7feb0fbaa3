/* Calls that have no event of their own. */
#include "expect.h"

int main(void)
{
	CALL(getppid);
	expect("syscall", "ID=%s\tnativeID=%d", "getppid", SYS_getppid);
	CALL(sched_yield);
	expect("syscall", "ID=%s\tnativeID=%d", "sched_yield", SYS_sched_yield);
	CALL(getrandom, NULL, 0, 99);
	expect("syscall", "ID=%s\tnativeID=%d", "getrandom", SYS_getrandom);
	return 0;
}
