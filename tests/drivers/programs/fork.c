#include "expect.h"
#include <sched.h>

#ifdef SYS_fork
/* The first process of a pid namespace, which knows itself as 1. */
static void in_a_namespace(void)
{
	long child = unshare(CLONE_NEWPID) ? 0 : CALL(fork);

	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
	expect("fork", "res=0\ttid=%ld\tpid=%ld\tvtid=1\tvpid=1\tflags~CLONE_CHILD_IN_PIDNS", child, child);
}

int main(void)
{
	long child = CALL(fork);

	if (!child)
		_exit(3);
	waitpid(child, NULL, 0);
	expect("fork", "res=0\ttid=%ld\tpid=%ld\tptid=%d\tcomm=fork", child, child, getpid());
	expect("fork", "res=%ld\ttid=%d\tpid=%d\tcomm=fork", child, getpid(), getpid());
	in_child(in_a_namespace);
	return 0;
}
#else
NOT_ON_THIS_ARCHITECTURE
#endif
