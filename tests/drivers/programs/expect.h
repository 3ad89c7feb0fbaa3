/*
 * What a test program says of its own calls: one line a call, "type<TAB>parameter=value<TAB>...". A value is compared with
 * the one that the event shows; what the event adds in parentheses (names of flags, of errors, of descriptors) counts
 * only where the expectation has parentheses, too. "parameter~text" asks for a value that contains the text.
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
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

__attribute__((format(printf, 2, 3))) static inline void expect(const char *type, const char *format, ...)
{
	va_list arguments;

	printf("%s\t", type);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

/* The result of a raw system call as the kernel gives it: a negative number is an error. */
static inline long result(long value)
{
	return value == -1 ? -errno : value;
}

#define CALL(name, ...) result(syscall(SYS_##name, ##__VA_ARGS__))

/* Calls that only older architectures have. */
#ifdef SYS_open
#define HAVE_OLD_CALLS 1
#endif

#endif
