/* Makes children of which no tracer is to hear, by clone and by clone3; each opens a file. Prints whether flags are as they were. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_UNTRACED
#define CLONE_UNTRACED 0x00800000
#endif

static void child(const char *path)
{
	_exit(syscall(SYS_openat, AT_FDCWD, path, O_RDONLY) < 0);
}

static int status_of(long pid)
{
	int status = -1;

	return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

int main(int argc, char **argv)
{
	struct clone_args args;
	long pid;

	if (argc < 3)
		return 2;
	pid = syscall(SYS_clone, (unsigned long)(CLONE_UNTRACED | SIGCHLD), 0, 0, 0, 0);
	if (!pid)
		child(argv[1]);
	printf("clone %d\n", status_of(pid));
	memset(&args, 0, sizeof(args));
	args.flags = CLONE_UNTRACED;
	args.exit_signal = SIGCHLD;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (!pid)
		child(argv[2]);
	printf("clone3 %d\n", status_of(pid));
	printf("flags %llx\n", (unsigned long long)args.flags);
	return 0;
}
