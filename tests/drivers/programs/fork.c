#include "expect.h"

#ifdef SYS_fork
int main(void)
{
	long child = CALL(fork);

	if (!child)
		_exit(3);
	waitpid(child, NULL, 0);
	expect("fork", "res=0\ttid=%ld\tpid=%ld\tptid=%d\tcomm=fork", child, child, getpid());
	expect("fork", "res=%ld\ttid=%d\tpid=%d\tcomm=fork", child, getpid(), getpid());
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
