// SPDX-License-Identifier: MIT
/*
 * Runs the interpreter of the folder that this program lies in, through the folder's own loader. It needs nothing of
 * the image around it, not even a C library: it is linked without one, and makes its four system calls itself.
 *
 * The environment is the caller's and becomes the traced command's, so nothing is added to it. Variables that would
 * change what the folder's loader and C library do (LD_PRELOAD names a library of the image's C library, as a rule)
 * are set aside under another name; drivers/pdig/environment.py gives them back.
 *
 * PYTHON ("python3.11") and LOADER ("ld-linux-x86-64.so.2") are given when it is compiled.
 */
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <stddef.h>
#include <sys/syscall.h>

#define PATH_SIZE 4096

static const char aside[] = "pdig-agent:"; /* environment.py has the same */
static const char *const set_aside[] = { aside, "LD_", "GLIBC_TUNABLES=", "GCONV_PATH=", "LOCPATH=" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#if defined(__x86_64__)
static long call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
__asm__(".globl _start\n_start: xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call launch\n hlt\n");
#elif defined(__aarch64__)
static long call(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}
__asm__(".globl _start\n_start: mov x29, xzr\n mov x0, sp\n bl launch\n brk 1\n");
#else
#error "the launcher is written for x86-64 and aarch64"
#endif

static size_t length(const char *text)
{
	size_t size = 0;
	while (text[size])
		size++;
	return size;
}

static char *append(char *to, const char *text)
{
	while (*text)
		*to++ = *text++;
	*to = 0;
	return to;
}

static int begins_with(const char *text, const char *start)
{
	while (*start)
		if (*text++ != *start++)
			return 0;
	return 1;
}

static __attribute__((noreturn)) void fail(const char *what, const char *path, const char *why)
{
	const char *parts[] = { "Error: pdig-agent: ", what, path, why, "\n" };
	for (size_t i = 0; i < COUNT(parts); i++)
		call(__NR_write, 2, (long)parts[i], (long)length(parts[i]), 0, 0, 0);
	for (;;)
		call(__NR_exit_group, 127, 0, 0, 0, 0, 0);
}

static char *allocate(size_t size)
{
	long memory = call(__NR_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory < 0 && memory > -4096)
		fail("no memory for its arguments", "", "");
	return (char *)memory;
}

/* Renames what has to be set aside, in place. */
static void keep_aside(char **environment)
{
	for (char **entry = environment; *entry; entry++)
		for (size_t i = 0; i < COUNT(set_aside); i++)
			if (begins_with(*entry, set_aside[i])) {
				char *renamed = allocate(sizeof(aside) + length(*entry));
				append(append(renamed, aside), *entry);
				*entry = renamed;
				break;
			}
}

/* `stack` is what the kernel leaves a new program: argc, argv, 0, envp, 0. */
__attribute__((noreturn, used)) void launch(long *stack)
{
	static char folder[PATH_SIZE], loader[PATH_SIZE + 64], libraries[PATH_SIZE + 64], python[PATH_SIZE + 64],
		start[PATH_SIZE + 64];
	long argc = stack[0];
	char **argv = (char **)(stack + 1), **environment = argv + argc + 1;

	long size = call(__NR_readlinkat, AT_FDCWD, (long)"/proc/self/exe", (long)folder, sizeof(folder) - 1, 0, 0);
	if (size <= 0)
		fail("cannot read /proc/self/exe", "", ": is /proc mounted?");
	if (size == sizeof(folder) - 1)
		fail("the path of its folder is longer than 4,094 bytes", "", "");
	while (size > 1 && folder[size - 1] != '/')
		size--;
	folder[size] = 0;
	append(append(loader, folder), "lib/" LOADER);
	append(append(libraries, folder), "lib");
	append(append(python, folder), "bin/" PYTHON);
	append(append(start, folder), "packages/start.py");

	/*
	 * --argv0: Python finds its home from it. -I and -S: nothing of the image is imported, and no PYTHON variable is
	 * heeded. utf8: there may be no locale.
	 */
	const char *own[] = { argc > 0 ? argv[0] : "pdig-agent",
			      "--inhibit-cache",
			      "--library-path",
			      libraries,
			      "--argv0",
			      python,
			      python,
			      "-I",
			      "-S",
			      "-B",
			      "-X",
			      "utf8",
			      start };
	const char **arguments = (const char **)allocate((COUNT(own) + (size_t)argc + 1) * sizeof(char *));
	size_t count = 0;
	while (count < COUNT(own)) {
		arguments[count] = own[count];
		count++;
	}
	for (long i = 1; i < argc; i++)
		arguments[count++] = argv[i];
	arguments[count] = 0;
	keep_aside(environment);
	call(__NR_execve, (long)loader, (long)arguments, (long)environment, 0, 0, 0);
	fail("cannot execute ", loader,
	     ": the folder is incomplete, or lies where programs may not be executed (noexec)");
}
