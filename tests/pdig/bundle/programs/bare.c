// SPDX-License-Identifier: Apache-2.0
/*
 * A static program, for images that hold nothing else.
 *
 *   bare environment             prints its environment, one entry a line
 *   bare odd PROGRAM [WORD...]   runs a program with an environment that a careless launcher would not hand on whole
 *   bare orphan                  leaves a child behind that outlives its parent, and ends with 7
 *   bare read FILE               reads a file, and says how many bytes
 *   bare slow FILE               the same after a second
 *   bare serve FILE              reads it in a process of its own, for each SIGUSR1
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char *const odd[] = { "A=1",
			     "LD_PRELOAD=/nowhere.so",
			     "A=2",
			     "LD_LIBRARY_PATH=/nowhere",
			     "without a name",
			     "=empty",
			     "EMPTY=",
			     "pdig-agent:LD_X=y",
			     "PYTHONHOME=/nowhere",
			     "PYTHONPATH=/nowhere",
			     "LC_ALL=xx_XX.UTF-8",
			     "GLIBC_TUNABLES=glibc.malloc.check=0",
			     "LOCPATH=/nowhere",
			     "BYTES=\xff\xfe",
			     "PATH=/nowhere",
			     NULL };

static int read_file(const char *path)
{
	char bytes[4096];
	int file = open(path, O_RDONLY);
	ssize_t size = file < 0 ? -1 : read(file, bytes, sizeof(bytes));
	printf("%s: %zd bytes\n", path, size);
	return size < 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(what, "environment")) {
		for (char **entry = environ; *entry; entry++)
			puts(*entry);
		return 0;
	}
	if (!strcmp(what, "odd") && argc > 2) {
		execve(argv[2], argv + 2, odd);
		return 126;
	}
	if (!strcmp(what, "orphan")) {
		if (fork() == 0) {
			if (fork() == 0) {
				usleep(100000);
				_exit(0);
			}
			_exit(0);
		}
		wait(NULL);
		return 7;
	}
	if (!strcmp(what, "read") && argc > 2)
		return read_file(argv[2]);
	if (!strcmp(what, "slow") && argc > 2) {
		sleep(1);
		return read_file(argv[2]);
	}
	if (!strcmp(what, "serve") && argc > 2) {
		sigset_t signals;
		int signal;
		sigemptyset(&signals);
		sigaddset(&signals, SIGUSR1);
		sigprocmask(SIG_BLOCK, &signals, NULL);
		while (sigwait(&signals, &signal) == 0) {
			if (fork() == 0) {
				execl(argv[0], argv[0], "read", argv[2], (char *)NULL);
				_exit(126);
			}
			wait(NULL);
		}
	}
	return 2;
}
