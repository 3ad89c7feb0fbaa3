/* usage: trace_child attach|seize|write|traceme|missing: takes control of a child of its own, or asks to be traced. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static char value = 'a';

int main(int argc, char **argv)
{
	char wanted = 'b';
	struct iovec ours = { &wanted, 1 }, theirs = { &value, 1 };
	pid_t child;
	long result = -1;

	if (argc != 2)
		return 2;
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!strcmp(argv[1], "traceme"))
			_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? 1 : 0);
		for (;;)
			pause();
	}
	if (!strcmp(argv[1], "attach"))
		result = ptrace(PTRACE_ATTACH, child, NULL, NULL);
	else if (!strcmp(argv[1], "seize"))
		result = ptrace(PTRACE_SEIZE, child, NULL, NULL);
	else if (!strcmp(argv[1], "write"))
		result = process_vm_writev(child, &ours, 1, &theirs, 1, 0) == 1 ? 0 : -1;
	else if (!strcmp(argv[1], "missing"))
		result = ptrace(PTRACE_ATTACH, 1 << 29, NULL, NULL) == -1 ? 0 : -1;
	else if (!strcmp(argv[1], "traceme"))
		result = 0;
	if (result)
		perror(argv[1]);
	if (strcmp(argv[1], "traceme"))
		kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return result ? 1 : 0;
}
