// Starts as many short processes, then as many threads, as it is told.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define AT_ONCE 4
#define STACK (64 << 10)

static void *end(void *unused) { return unused; }

static int wait_for_one(void) {
    int status;
    return wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

int main(int argc, char **argv) {
    if (argc != 4)
        return 1;
    int processes = atoi(argv[1]), threads = atoi(argv[2]), well = 0;
    for (int number = 0; number < processes; number++) {
        if (number >= AT_ONCE)
            well += wait_for_one();
        pid_t child = fork();
        if (child == 0) {
            execl(argv[3], "short", NULL);
            _exit(1);
        }
        if (child < 0)
            return 2;
    }
    for (int number = 0; number < AT_ONCE && number < processes; number++)
        well += wait_for_one();
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    for (int number = 0; number < threads; number++) {
        pthread_t thread;
        if (pthread_create(&thread, &attributes, end, NULL) != 0)
            return 3;
        if (number % 2)
            pthread_detach(thread);
        else
            pthread_join(thread, NULL);
    }
    printf("%d\n", well);
    fflush(stdout);
    getchar(); // until somebody has looked
    return 0;
}
