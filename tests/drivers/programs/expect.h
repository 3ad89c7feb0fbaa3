/*
 * What a test program says of its own calls: one line a call, "type<TAB>parameter=value<TAB>...". A value is compared with
 * the one that the event shows; what the event adds in parentheses (names of flags, of errors, of descriptors) counts
 * only where the expectation has parentheses, too. "parameter~text" asks for a value that contains the text.
 *
 * There is one program for each kind of event, named like it. It runs in an empty folder that is its working directory.
 */
#ifndef EXPECT_H
#define EXPECT_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Without a format, only the event is expected. Written at once: a child must not write it a second time. */
__attribute__((format(printf, 2, 3))) static inline void expect(const char *type, const char *format, ...)
{
	va_list arguments;

	fputs(type, stdout);
	if (format) {
		putchar('\t');
		va_start(arguments, format);
		vprintf(format, arguments);
		va_end(arguments);
	}
	putchar('\n');
	fflush(stdout);
}

/* Ends the program: this machine does not have the call, for the reason that is told. */
__attribute__((noreturn)) static inline void cannot(const char *reason)
{
	puts(reason);
	fflush(stdout);
	_exit(77);
}

#define NOT_ON_THIS_ARCHITECTURE                                    \
	int main(void)                                              \
	{                                                           \
		cannot("this architecture does not have the call"); \
	}

/* The result of a raw system call as the kernel gives it: a negative number is an error. */
static inline long kernel_result(long value)
{
	return value == -1 ? -errno : value;
}

#define CALL(name, ...) kernel_result(syscall(SYS_##name, ##__VA_ARGS__))

/* The working directory. */
static inline const char *here(void)
{
	static char path[4096];

	return *path || getcwd(path, sizeof(path)) ? path : "?";
}

/* The path of a name in the working directory. */
static inline const char *path_of(const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", here(), name) < 0 ? "?" : path;
}

/* A file in the working directory, made and opened. */
static inline int file_with(const char *name, const char *content)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, content, strlen(content)) < 0 || lseek(fd, 0, SEEK_SET))
		abort();
	return fd;
}

/* A file in the working directory. */
static inline const char *file_named(const char *name)
{
	close(file_with(name, ""));
	return path_of(name);
}

/* Bytes behind which no memory is: a text without its end cannot be read from there. */
static inline char *at_page_end(const char *bytes, size_t length)
{
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || munmap(pages + 4096, 4096))
		abort();
	return memcpy(pages + 4096 - length, bytes, length);
}

/* A text of one letter. */
static inline char *many(char letter, size_t length)
{
	char *text = calloc(1, length + 1);

	return memset(text, letter, length);
}

/* What changes a process is done by a child that then ends; returns its id. */
static inline pid_t in_child(void (*act)(void))
{
	pid_t child = fork();

	if (!child) {
		act();
		_exit(0);
	}
	waitpid(child, NULL, __WALL);
	return child;
}

/* A child that does nothing until it is ended. */
static inline pid_t idle_child(void)
{
	pid_t child = fork();

	while (!child)
		pause();
	return child;
}

static inline void end_child(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, __WALL);
}

#endif
