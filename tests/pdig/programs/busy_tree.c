// Processes and threads that make calls, handle signals, fork and execute without end, or for as many rounds as it is told.
// Prints the number of rounds at the end; SIGTERM ends it.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 3
static atomic_long *rounds;
static volatile sig_atomic_t over;

static void handler(int signal) { over = over || signal == SIGTERM; }

static void *call(void *unused) {
    while (!over) {
        int descriptor = open("/dev/null", O_RDONLY);
        if (descriptor < 0)
            abort();
        close(descriptor);
        pthread_kill(pthread_self(), SIGUSR1);
    }
    return unused;
}

static int work(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, call, NULL);
    while (!over) {
        pid_t child = fork();
        if (child == 0) {
            execl("/bin/true", "true", NULL);
            abort();
        }
        int status;
        while (waitpid(child, &status, 0) != child)
            ;
        if (status != 0)
            abort();
        atomic_fetch_add(rounds, 1);
    }
    pthread_join(thread, NULL);
    return 0;
}

int main(void) {
    rounds = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    pid_t workers[WORKERS];
    for (int number = 0; number < WORKERS; number++)
        if ((workers[number] = fork()) == 0)
            return work();
    long shown = 0;
    while (!over) {
        usleep(20000);
        long now = atomic_load(rounds);
        if (now != shown)
            printf("%ld\n", shown = now);
        fflush(stdout);
    }
    int failed = 0, status;
    for (int number = 0; number < WORKERS; number++) {
        kill(workers[number], SIGTERM);
        while (waitpid(workers[number], &status, 0) != workers[number])
            ;
        failed += status != 0;
    }
    printf("failed: %d\n", failed);
    return failed != 0;
}
