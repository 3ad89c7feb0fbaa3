// A process of several threads is stopped and continued; its parent is told, and nothing of it runs meanwhile.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 4
static atomic_long *counters;

static void *count(void *counter) {
    for (;;) {
        getppid(); // a call, so that a tracer that wants all of them has them
        atomic_fetch_add((atomic_long *)counter, 1);
    }
    return NULL;
}

static long sum(void) {
    long sum = 0;
    for (int thread = 0; thread < THREADS; thread++)
        sum += atomic_load(&counters[thread]);
    return sum;
}

static int expect(int holds, const char *what) {
    printf("%s: %s\n", what, holds ? "yes" : "NO");
    return holds;
}

int main(void) {
    counters = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    if (child == 0) {
        pthread_t thread;
        prctl(PR_SET_PDEATHSIG, SIGKILL); // it would run for ever
        for (int number = 1; number < THREADS; number++)
            pthread_create(&thread, NULL, count, &counters[number]);
        count(&counters[0]);
    }
    for (int round = 0; round < 5; round++) {
        long before = sum();
        while (sum() - before < 100)
            usleep(1000);
        int status, signal = round % 2 ? SIGTSTP : SIGSTOP;
        kill(child, signal);
        expect(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) && WSTOPSIG(status) == signal, "stopped");
        before = sum();
        usleep(50000);
        expect(sum() == before, "nothing runs");
        expect(waitpid(child, &status, WUNTRACED | WNOHANG) == 0, "told once");
        kill(child, SIGCONT);
        expect(waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status), "continued");
    }
    int status;
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGKILL);
    expect(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "killed while stopped");
    return 0;
}
