/*
 * usage: open_close PAIRS PAIRS_PER_SECOND
 * Waits for a line on standard input, then opens and closes /dev/null PAIRS times, at most at the given rate (0: as fast
 * as it goes), prints how many pairs it made and in how many seconds, and waits for the end of its input.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	long pairs = argc > 1 ? atol(argv[1]) : 0, made = 0;
	double rate = argc > 2 ? atof(argv[2]) : 0, start;
	char line[16];

	if (read(0, line, sizeof(line)) <= 0)
		return 1;
	start = now();
	while (made < pairs) {
		long due = rate > 0 ? (long)((now() - start) * rate) : pairs;

		/* After a pause the rate is kept, not made up for in one burst. */
		if (due > made + 500 && rate > 0)
			start += (due - made - 500) / rate;
		for (; made < due && made < pairs; made++) {
			long fd = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);

			if (fd < 0 || syscall(SYS_close, fd))
				return 1;
		}
	}
	printf("%ld %.6f\n", made, now() - start);
	fflush(stdout);
	while (read(0, line, sizeof(line)) > 0)
		;
	return 0;
}
