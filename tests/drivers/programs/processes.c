/* Processes: made, replaced, ended, signalled, traced, moved between namespaces. */
#include "expect.h"
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

extern char **environ;

static void children(const char *self)
{
	struct clone_args arguments = { .flags = CLONE_NEWUTS, .exit_signal = SIGCHLD };
	long child;

	fflush(stdout);
#ifdef HAVE_OLD_CALLS
	child = CALL(fork);
	if (!child)
		_exit(3);
	waitpid(child, NULL, 0);
	expect("fork", "res=%ld\ttid=%d\tpid=%d\tcomm=processes", child, getpid(), getpid());
	fflush(stdout);
	child = vfork();
	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
	expect("vfork", "res=%ld\ttid=%d\tpid=%d", child, getpid(), getpid());
	fflush(stdout);
#endif
	child = CALL(clone, CLONE_FS | SIGCHLD, 0, 0, 0, 0);
	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
	expect("clone", "res=%ld\ttid=%d\tflags=2(CLONE_FS)", child, getpid());
	fflush(stdout);
	child = CALL(clone3, &arguments, sizeof(arguments));
	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
	expect("clone3", "res=%ld\ttid=%d\tflags=128(CLONE_NEWUTS)", child, getpid());
	(void)self;
}

static void programs(const char *self)
{
	char *arguments[] = { "true", "one", "two words", NULL }, *environment[] = { "NAME=value", NULL };
	pid_t child;
	int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);

	fflush(stdout);
	child = fork();
	if (!child) {
		CALL(execve, "/no/such/program", arguments, environment);
		CALL(execve, "/bin/true", arguments, environment);
		_exit(1);
	}
	waitpid(child, NULL, 0);
	expect("execve", "res=-2(ENOENT)\ttid=%d\tpid=%d", child, child);
	expect("execve", "res=0\texe=true\targs=one.two words.\ttid=%d\tpid=%d\tptid=%d\tcomm=true\tenv=NAME=value.", child,
	       child, getpid());
	fflush(stdout);
	child = fork();
	if (!child) {
		CALL(execveat, AT_FDCWD, "/no/such/program", arguments, environment, 0);
		CALL(execveat, fd, "", arguments, environment, AT_EMPTY_PATH);
		_exit(1);
	}
	waitpid(child, NULL, 0);
	/* One that succeeds is told by the kernel's scheduler, which does not say by which call. */
	expect("execveat", "res=-2(ENOENT)\ttid=%d", child);
	expect("execve", "res=0\texe=true\targs=one.two words.\ttid=%d\tcomm=true", child);
	fflush(stdout);
	child = fork();
	if (!child)
		_exit(42);
	waitpid(child, NULL, 0);
	expect("procexit", "status=10752\tret=42\tsig=0\tcore=0");
	close(fd);
	(void)self;
}

static void signals(void)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child)
		for (;;)
			pause();
	CALL(kill, child, 0);
	expect("kill", "res=0\tpid=%d\tsig=0", child);
	CALL(tkill, child, SIGCONT);
	expect("tkill", "res=0\ttid=%d\tsig=18(SIGCONT)", child);
	CALL(tgkill, child, child, SIGCONT);
	expect("tgkill", "res=0\tpid=%d\ttid=%d\tsig=18(SIGCONT)", child, child);
	CALL(ptrace, PTRACE_ATTACH, child, NULL, NULL);
	expect("ptrace", "res=0\trequest=11(PTRACE_ATTACH)\tpid=%d", child);
	CALL(kill, child, SIGKILL);
	waitpid(child, NULL, __WALL);
	expect("kill", "res=0\tpid=%d\tsig=9(SIGKILL)", child);
	expect("procexit", "status=9\tret=0\tsig=9(SIGKILL)\tcore=0");
	CALL(kill, 1 << 29, SIGTERM);
	expect("kill", "res=-3(ESRCH)\tpid=%d\tsig=15(SIGTERM)", 1 << 29);
	CALL(ptrace, PTRACE_SEIZE, 1 << 29, NULL, NULL);
	expect("ptrace", "res=-3(ESRCH)\trequest=20(PTRACE_SEIZE)\tpid=%d", 1 << 29);
}

static void others(void)
{
	char ours[4], theirs[4] = "abc";
	struct iovec here = { ours, 4 }, there = { theirs, 4 };
	long fd, copy;

	CALL(process_vm_readv, getpid(), &here, 1, &there, 1, 0);
	expect("process_vm_readv", "res=4\tpid=%d", getpid());
	CALL(process_vm_writev, getpid(), &here, 1, &there, 1, 0);
	expect("process_vm_writev", "res=4\tpid=%d", getpid());
	fd = CALL(pidfd_open, getpid(), 0);
	expect("pidfd_open", "fd=%ld\tpid=%d\tflags=0", fd, getpid());
	copy = CALL(pidfd_getfd, fd, 1, 0);
	expect("pidfd_getfd", "fd=%ld\tpid_fd=%ld\ttarget_fd=1\tflags=0", copy, fd);
	close(copy);
	close(fd);
}

static void namespaces(void)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		int fd = open("/proc/self/ns/uts", O_RDONLY);

		CALL(setns, fd, CLONE_NEWUTS);
		expect("setns", "res=0\tfd=%d\tnstype=128(CLONE_NEWUTS)", fd);
		CALL(setns, 777, 0);
		expect("setns", "res=-9(EBADF)\tfd=777\tnstype=0");
		CALL(unshare, CLONE_NEWUTS | CLONE_NEWIPC);
		expect("unshare", "res=0\tflags=136(CLONE_NEWIPC|CLONE_NEWUTS)");
		CALL(unshare, 1);
		expect("unshare", "res=-22(EINVAL)");
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
	(void)argc;
	children(argv[0]);
	programs(argv[0]);
	signals();
	others();
	namespaces();
	return 0;
}
