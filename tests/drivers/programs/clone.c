/* A process, a thread, and flags that exclude each other. */
#include "expect.h"
#include <pthread.h>
#include <sched.h>

static void *nothing(void *none)
{
	return none;
}

int main(void)
{
	long child = CALL(clone, CLONE_FS | SIGCHLD, 0, 0, 0, 0);
	pthread_t thread;

	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
	expect("clone", "res=0\ttid=%ld\tpid=%ld\tptid=%d", child, child, getpid());
	expect("clone", "res=%ld\ttid=%d\tflags=2(CLONE_FS)", child, getpid());
	CALL(clone, CLONE_THREAD, 0, 0, 0, 0);
	expect("clone", "res=-22\ttid=%d", getpid());
	if (!pthread_create(&thread, NULL, nothing, NULL))
		pthread_join(thread, NULL);
	return 0;
}
