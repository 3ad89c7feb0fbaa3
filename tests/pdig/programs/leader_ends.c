/* The first thread ends; another one waits for a line, opens a file, and ends the process a moment later. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *other(void *path)
{
	char word[8];

	if (read(0, word, sizeof(word)) <= 0)
		exit(1);
	syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
	sleep(1);
	exit(0);
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc < 2 || pthread_create(&thread, NULL, other, argv[1]))
		return 2;
	pthread_exit(NULL);
}
