/* usage: new_user_namespace user|uts: clones a child into a new namespace of that kind. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char stack[65536];

static int child(void *unused)
{
	(void)unused;
	return 0;
}

int main(int argc, char **argv)
{
	int flag = argc == 2 && !strcmp(argv[1], "user") ? CLONE_NEWUSER : CLONE_NEWUTS;
	pid_t pid = clone(child, stack + sizeof(stack), flag | SIGCHLD, NULL);

	if (pid < 0)
		return perror("clone"), 1;
	waitpid(pid, NULL, 0);
	return 0;
}
