/*
 * usage: work getppid|openclose|spawn|compute COUNT, or: work compile COUNT SOURCE
 * Does it COUNT times and prints the seconds that this took: what a tracer costs, without its own start. With WORK_WAITS in the environment it
 * begins when a line comes on standard input.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void run(char *const *arguments)
{
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, arguments[0], NULL, NULL, arguments, environ) || waitpid(pid, &status, 0) != pid ||
	    status)
		exit(3);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	long count = argc > 2 ? atol(argv[2]) : 0;
	char line[16];
	double start;

	if (getenv("WORK_WAITS") && !fgets(line, sizeof(line), stdin))
		return 2;
	start = now();
	if (!strcmp(what, "getppid")) {
		for (long i = 0; i < count; i++)
			syscall(SYS_getppid);
	} else if (!strcmp(what, "openclose")) {
		for (long i = 0; i < count; i++)
			close(open("/etc/hostname", O_RDONLY));
	} else if (!strcmp(what, "spawn")) {
		for (long i = 0; i < count; i++)
			run((char *const[]){ "/bin/true", NULL });
	} else if (!strcmp(what, "compile") && argc == 4) {
		for (long i = 0; i < count; i++)
			run((char *const[]){ "gcc", "-O1", "-c", argv[3], "-o", "/dev/null", NULL });
	} else if (!strcmp(what, "compute")) {
		volatile unsigned long sum = 0;

		for (long i = 0; i < count * 1000000; i++)
			sum += i * i;
	} else {
		return 2;
	}
	printf("%.6f\n", now() - start);
	return 0;
}
