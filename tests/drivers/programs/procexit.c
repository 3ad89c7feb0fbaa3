/* By exit, by a signal, and with a child that another process takes over. */
#include "expect.h"
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>

static int ends[2];

static void leave(void)
{
	_exit(42);
}

static void die(void)
{
	kill(getpid(), SIGKILL);
}

static void leave_a_child(void)
{
	char byte;

	if (!fork()) {
		close(ends[1]);
		/* Until the program closes its end. */
		_exit(read(ends[0], &byte, 1));
	}
}

/* The child has ended, and nobody has waited for it. */
static void leave_an_ended_child(void)
{
	siginfo_t ended;

	if (!fork())
		_exit(0);
	waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT);
	_exit(0);
}

static void *leave_thread(void *none)
{
	/* Has a child of its own, which another thread of the process takes over. */
	if (!fork())
		_exit(0);
	return none;
}

static void threads(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, leave_thread, NULL);
	pthread_join(thread, NULL);
	wait(NULL);
}

int main(void)
{
	in_child(leave);
	expect("procexit", "status=10752\tret=42\tsig=0\tcore=0\treaper_tid=0");
	in_child(die);
	expect("procexit", "status=9\tret=0\tsig=9(SIGKILL)\tcore=0");
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) || pipe(ends))
		return 1;
	in_child(leave_a_child);
	expect("procexit", "status=0\tret=0\tsig=0\treaper_tid=%d", getpid());
	close(ends[1]);
	wait(NULL);
	in_child(leave_an_ended_child);
	expect("procexit", "status=0\treaper_tid=%d", getpid());
	wait(NULL);
	in_child(threads);
	return 0;
}
