#include "expect.h"
#include "overlay.h"
#include <pthread.h>
#include <sys/sendfile.h>

static void act(void)
{
	char *arguments[] = { "true", "one", "two words", NULL }, *environment[] = { "NAME=value", NULL };

	CALL(execve, "/no/such/program", arguments, environment);
	CALL(execve, NULL, NULL, NULL);
	CALL(execve, "/bin/true", arguments, environment);
}

/* More and longer texts than an event keeps. */
static void act_at_length(void)
{
	char *arguments[102] = { "true" }, *environment[102];

	for (int i = 1; i < 101; i++)
		arguments[i] = many('a' + i % 26, 70);
	for (int i = 0; i < 101; i++)
		environment[i] = many('A' + i % 26, 60);
	arguments[101] = environment[101] = NULL;
	CALL(execve, "/no/such/program", arguments, environment);
	arguments[1] = environment[0] = many('l', 9000);
	CALL(execve, "/no/such/program", arguments, environment);
	CALL(execve, "/bin/true", arguments, environment);
}

static void act_without_texts(void)
{
	char *empty[] = { "", "", "", NULL }, *none[] = { NULL };

	CALL(execve, "", empty, none);
	CALL(execve, "/bin/true", empty, none);
}

/* The program that runs is then the interpreter, and the file a memory file. */
static void act_as_script(void)
{
	char *arguments[] = { "script", "argument", NULL }, *none[] = { NULL };
	int fd = open("script", O_WRONLY | O_CREAT, 0755);

	dprintf(fd, "#!/bin/sh -e\nexit 5\n");
	close(fd);
	CALL(execve, "./script", arguments, none);
}

static void *change_program(void *none)
{
	char *arguments[] = { "true", "thread", NULL };

	usleep(20000); /* Until the first thread waits for this one. */
	CALL(execve, "/bin/true", arguments, NULL);
	return none;
}

/* A thread that is not the first takes the place of the process. */
static void act_in_a_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, change_program, NULL);
	pthread_join(thread, NULL);
}

static void copy_of_true(const char *name)
{
	int from = open("/bin/true", O_RDONLY), to = open(name, O_WRONLY | O_CREAT, 0755);

	while (sendfile(to, from, NULL, 1 << 16) > 0)
		;
	close(from);
	close(to);
}

static void execute(const char *name, const char *flag)
{
	char *arguments[] = { "true", NULL };
	pid_t child = fork();

	if (!child)
		_exit(CALL(execve, name, arguments, NULL));
	waitpid(child, NULL, 0);
	expect("execve", "res=0\ttid=%d\tflags~%s", child, flag);
}

/* A program of the image, and one that was put there since. */
static void act_on_overlay(void)
{
	if (!mount_overlay(".", false))
		return;
	copy_of_true("new");
	execute("./below", "EXE_LOWER_LAYER");
	execute("./new", "EXE_UPPER_LAYER");
}

static void act_as_another_user(void)
{
	char *arguments[] = { "true", NULL };

	if (chmod(here(), 0755) || setresgid(34, 35, 36) || setresuid(34, 35, 36))
		abort();
	CALL(execve, "/bin/true", arguments, NULL);
}

int main(void)
{
	pid_t child = in_child(act);

	expect("execve", "res=-2(ENOENT)\ttid=%d\tpid=%d\tfilename=/no/such/program", child, child);
	expect("execve", "res=-14(EFAULT)\ttid=%d\tfilename=<NA>", child);
	expect("execve",
	       "res=0\texe=true\targs=one.two "
	       "words.\ttid=%d\tpid=%d\tptid=%d\tcomm=true\tenv=NAME=value.\tfilename=/bin/true",
	       child, child, getpid());
	child = in_child(act_at_length);
	expect("execve", "res=-2(ENOENT)\ttid=%d\targs~bbbbbbbb\tenv~AAAAAAAA", child);
	expect("execve", "res=-2(ENOENT)\ttid=%d\targs~llllllll\tenv~llllllll", child);
	expect("execve", "res=0\ttid=%d\targs~llllllll\tenv~llllllll", child);
	child = in_child(act_without_texts);
	expect("execve", "res=-2(ENOENT)\ttid=%d\texe=\targs=..\tenv=NULL", child);
	expect("execve", "res=0\ttid=%d\texe=\targs=..\tcomm=true", child);
	child = in_child(act_as_script);
	expect("execve", "res=0\ttid=%d\tcomm=script\tfilename=./script", child);
	child = in_child(act_in_a_thread);
	expect("execve", "res=0\ttid=%d\tpid=%d\targs=thread.", child, child);
	child = in_child(act_as_another_user);
	expect("execve", "res=0\ttid=%d\tuid=35\tgid=35", child);
	mkdir("lower", 0755);
	copy_of_true("lower/below");
	in_child(act_on_overlay);
	return 0;
}
