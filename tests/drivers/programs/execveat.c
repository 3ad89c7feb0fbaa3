#include "expect.h"
#include <sys/sendfile.h>

static int program;

static void act(void)
{
	char *arguments[] = { "true", "one", "two words", NULL }, *environment[] = { "NAME=value", NULL };

	CALL(execveat, AT_FDCWD, "/no/such/program", arguments, environment, 0);
	CALL(execveat, program, "", arguments, environment, AT_EMPTY_PATH);
}

static void act_from_memory(void)
{
	char *arguments[] = { "memory", NULL };
	int fd = CALL(memfd_create, "program", 0);

	sendfile(fd, program, NULL, 1 << 24);
	CALL(execveat, fd, "", arguments, NULL, AT_EMPTY_PATH);
}

int main(void)
{
	pid_t child;

	program = open("/bin/true", O_RDONLY | O_CLOEXEC);
	child = in_child(act);
	/* One that succeeds is told by the kernel's scheduler, which does not say by which call. */
	expect("execveat", "res=-2(ENOENT)\ttid=%d\texe=true\tenv=NAME=value.", child);
	expect("execve", "res=0\texe=true\targs=one.two words.\ttid=%d\tcomm=true", child);
	child = in_child(act_from_memory);
	expect("execve", "res=0\texe=memory\ttid=%d\tflags~EXE_FROM_MEMFD", child);
	return 0;
}
