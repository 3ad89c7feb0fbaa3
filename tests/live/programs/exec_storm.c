/*
 * usage: exec_storm fork COUNT WORKERS PROGRAM: WORKERS processes start COUNT children in all, each of which at once runs PROGRAM.
 *        exec_storm chain COUNT PROGRAM PROGRAM: one process runs two programs by turns, COUNT times in all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int start_children(long count, char *program)
{
	char *arguments[] = { program, NULL };

	for (long i = 0; i < count; i++) {
		int status;
		pid_t child = vfork();

		if (!child) {
			execv(program, arguments);
			_exit(127);
		}
		if (child < 0 || waitpid(child, &status, 0) != child || status)
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	long count, workers;
	int failed = 0, status;

	if (argc != 5)
		return 2;
	count = atol(argv[2]);
	if (!strcmp(argv[1], "chain")) {
		char *arguments[] = { argv[3], argv[2], argv[3], argv[4], NULL };

		execv(argv[3], arguments);
		return 127;
	}
	workers = atol(argv[3]);
	for (long i = 0; i < workers; i++)
		if (!fork())
			_exit(start_children(count / workers, argv[4]));
	while (wait(&status) > 0)
		failed |= status != 0;
	return failed;
}
