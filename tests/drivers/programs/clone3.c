#include "expect.h"
#include <linux/sched.h>

int main(void)
{
	struct clone_args arguments = { .flags = CLONE_NEWUTS, .exit_signal = SIGCHLD };
	long child = CALL(clone3, &arguments, sizeof(arguments));

	if (!child)
		_exit(0);
	if (child == -ENOSYS)
		cannot("this kernel does not have the call");
	waitpid(child, NULL, 0);
	expect("clone3", "res=0\ttid=%ld\tpid=%ld\tptid=%d", child, child, getpid());
	expect("clone3", "res=%ld\ttid=%d\tflags=128(CLONE_NEWUTS)", child, getpid());
	CALL(clone3, &arguments, 3);
	expect("clone3", "res=-22\ttid=%d", getpid());
	return 0;
}
