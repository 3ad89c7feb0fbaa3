// Children made in every way, and a program that a second thread executes.
#define _GNU_SOURCE
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static volatile int shared;

static int of_clone(void *unused) {
    (void)unused;
    return 6;
}

static void *execute(void *pid) {
    char text[32];
    snprintf(text, sizeof text, "%d", *(int *)pid);
    execl("/bin/sh", "sh", "-c", "test $$ = $0 && echo the same process && exit 9", text, NULL);
    return NULL;
}

static void report(const char *how, pid_t child) {
    int status;
    if (waitpid(child, &status, __WALL) != child)
        printf("%s: no child\n", how);
    else if (WIFEXITED(status))
        printf("%s: exit %d\n", how, WEXITSTATUS(status));
    else
        printf("%s: signal %d\n", how, WTERMSIG(status));
    fflush(stdout);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    pid_t child = vfork();
    if (child == 0) {
        usleep(20000);
        shared = 1; // the parent's memory, which waits
        _exit(3);
    }
    printf("the parent of a vfork waited: %d\n", shared);
    report("vfork", child);

    child = vfork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", "exit 4", NULL);
        _exit(1);
    }
    report("vfork and exec", child);

    char *words[] = {"sh", "-c", "exit 5", NULL};
    posix_spawn(&child, "/bin/sh", NULL, NULL, words, environ);
    report("posix_spawn", child);

    char *stack = malloc(65536);
    report("clone without a signal", clone(of_clone, stack + 65536, 0, NULL));
    report("clone of memory", clone(of_clone, stack + 65536, CLONE_VM | SIGCHLD, NULL));

    struct clone_args arguments = {.exit_signal = SIGCHLD};
    child = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (child == 0)
        _exit(7);
    report("clone3", child);

    child = fork();
    if (child == 0) {
        pthread_t thread;
        int self = getpid();
        pthread_create(&thread, NULL, execute, &self);
        pthread_join(thread, NULL);
    }
    report("exec in a thread", child);

    child = fork();
    if (child == 0) {
        pthread_t thread;
        int self = getpid();
        pthread_create(&thread, NULL, execute, &self);
        pthread_exit(NULL); // the first thread ends first
    }
    report("exec after the first thread's end", child);

    int ends[2], ready[2];
    char byte;
    if (pipe(ends) != 0 || pipe(ready) != 0)
        return 1;
    child = fork();
    if (child == 0) {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        sigprocmask(SIG_BLOCK, &set, NULL);
        if (fork() == 0) {
            int signal;
            prctl(PR_SET_PDEATHSIG, SIGUSR1);
            if (write(ready[1], "", 1) == 1 && sigwait(&set, &signal) == 0)
                printf("the parent's death was told by signal %d\n", signal);
            _exit(0);
        }
        _exit(read(ready[0], &byte, 1) == 1 ? 8 : 1);
    }
    close(ends[1]);
    while (read(ends[0], &byte, 1) > 0) // until the orphan has ended
        ;
    report("a parent", child);
    return 0;
}
