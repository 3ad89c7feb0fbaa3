/*
 * usage: call_cost CPU [FILE]
 * Reads lines "getppid|read|openclose ITERATIONS REPETITIONS"; for each runs a tight loop of the call REPETITIONS times on
 * that CPU and prints the median cost of one iteration in ns. "openclose" is two calls an iteration, of
 * FILE or else /etc/hostname; "read" takes 64 bytes of /dev/zero. The time is the thread's own on the CPU, so that a machine with other work to do does not count.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MOST_REPETITIONS 99

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static void run(const char *what, long iterations, int zero, const char *file)
{
	char buffer[64];

	if (!strcmp(what, "getppid"))
		for (long i = 0; i < iterations; i++)
			syscall(SYS_getppid);
	else if (!strcmp(what, "read"))
		for (long i = 0; i < iterations; i++)
			syscall(SYS_read, zero, buffer, sizeof(buffer));
	else
		for (long i = 0; i < iterations; i++)
			syscall(SYS_close, syscall(SYS_openat, AT_FDCWD, file, O_RDONLY));
}

int main(int argc, char **argv)
{
	double costs[MOST_REPETITIONS];
	char line[64], what[16];
	long iterations;
	int repetitions, zero = open("/dev/zero", O_RDONLY);
	cpu_set_t cpus;

	if (argc < 2 || argc > 3 || zero < 0)
		return 2;
	CPU_ZERO(&cpus);
	CPU_SET(atoi(argv[1]), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		return perror("sched_setaffinity"), 1;
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "%15s %ld %d", what, &iterations, &repetitions) != 3 || repetitions < 1 ||
		    repetitions > MOST_REPETITIONS)
			return 2;
		for (int i = 0; i < repetitions; i++) {
			double start = now_ns();

			run(what, iterations, zero, argc > 2 ? argv[2] : "/etc/hostname");
			costs[i] = (now_ns() - start) / iterations;
		}
		qsort(costs, repetitions, sizeof(costs[0]), ascending);
		printf("%.2f\n", costs[repetitions / 2]);
		fflush(stdout);
	}
	return 0;
}
