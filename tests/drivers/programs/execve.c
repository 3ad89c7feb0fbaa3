#include "expect.h"

static void act(void)
{
	char *arguments[] = { "true", "one", "two words", NULL }, *environment[] = { "NAME=value", NULL };

	CALL(execve, "/no/such/program", arguments, environment);
	CALL(execve, NULL, NULL, NULL);
	CALL(execve, "/bin/true", arguments, environment);
}

int main(void)
{
	pid_t child = in_child(act);

	expect("execve", "res=-2(ENOENT)\ttid=%d\tpid=%d\tfilename=/no/such/program", child, child);
	expect("execve", "res=-14(EFAULT)\ttid=%d\tfilename=<NA>", child);
	expect("execve",
	       "res=0\texe=true\targs=one.two "
	       "words.\ttid=%d\tpid=%d\tptid=%d\tcomm=true\tenv=NAME=value.\tfilename=/bin/true",
	       child, child, getpid());
	return 0;
}
