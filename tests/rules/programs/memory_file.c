/* usage: memory_file run|keep PROGRAM: copies a program into a memfd and, with "run", executes it from there. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char *arguments[] = { "from-memory", NULL }, *environment[] = { NULL };
	struct stat stat;
	int memory, program;

	if (argc != 3)
		return 2;
	program = open(argv[2], O_RDONLY);
	memory = memfd_create("payload", MFD_CLOEXEC);
	if (program < 0 || memory < 0 || fstat(program, &stat))
		return perror("open"), 1;
	for (off_t left = stat.st_size; left > 0;) {
		ssize_t sent = sendfile(memory, program, NULL, left);

		if (sent <= 0)
			return perror("sendfile"), 1;
		left -= sent;
	}
	if (!strcmp(argv[1], "run")) {
		fexecve(memory, arguments, environment);
		return perror("fexecve"), 1;
	}
	return 0;
}
