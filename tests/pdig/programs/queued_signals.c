// Real-time signals with values arrive in order, whichever way they are waited for.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t handled, last;

static void handler(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    handled++;
    last = info->si_value.sival_int;
}

static void queue(int first, int count, int microseconds) {
    if (fork() == 0) {
        usleep(microseconds);
        for (int value = first; value < first + count; value++)
            sigqueue(getppid(), SIGRTMIN + 1, (union sigval){.sival_int = value});
        _exit(0);
    }
}

int main(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    siginfo_t info;

    queue(100, 5, 0);
    for (int number = 0; number < 5; number++)
        if (sigwaitinfo(&set, &info) > 0)
            printf("waited for %d\n", info.si_value.sival_int);
    wait(NULL);

    struct timespec moment = {.tv_nsec = 50000000};
    int result = sigtimedwait(&set, &info, &moment);
    printf("none within the time: %d %s\n", result, errno == EAGAIN ? "EAGAIN" : "another error");

    int descriptor = signalfd(-1, &set, 0);
    queue(200, 3, 0);
    struct signalfd_siginfo read_info;
    for (int number = 0; number < 3; number++)
        if (read(descriptor, &read_info, sizeof read_info) == sizeof read_info)
            printf("read %d\n", read_info.ssi_int);
    wait(NULL);

    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGRTMIN + 1, &action, NULL);
    queue(300, 4, 0);
    wait(NULL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    printf("handled %d, the last %d\n", (int)handled, (int)last);

    // Time to fall asleep before the signal comes, and for the signal to come long before the end.
    struct timespec second = {.tv_sec = 20}, left;
    queue(400, 1, 500000);
    result = nanosleep(&second, &left);
    printf("a sleep was cut short: %d %s\n", result, errno == EINTR ? "EINTR" : "not by a signal");
    return 0;
}
