// Says which signals it gets, by handlers or (argument "wait") by waiting for blocked ones; SIGQUIT ends it.
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void say(int signal, const siginfo_t *info) {
    char line[64];
    int length = snprintf(line, sizeof line, "%d %d\n", signal, info->si_code == SI_QUEUE ? info->si_value.sival_int : 0);
    if (write(1, line, length) != length || signal == SIGQUIT)
        _exit(signal != SIGQUIT);
}

static void handler(int signal, siginfo_t *info, void *context) {
    (void)context;
    say(signal, info);
}

int main(int argc, char **argv) {
    int waits = argc > 1 && strcmp(argv[1], "wait") == 0;
    sigset_t all;
    sigfillset(&all);
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
    if (waits)
        sigprocmask(SIG_SETMASK, &all, NULL);
    else
        for (int signal = 1; signal <= SIGRTMAX; signal++)
            if (signal != SIGCHLD)
                sigaction(signal, &action, NULL);
    if (write(1, "ready\n", 6) != 6)
        return 1;
    for (;;) {
        siginfo_t info;
        if (!waits)
            pause();
        else if (sigwaitinfo(&all, &info) > 0)
            say(info.si_signo, &info);
    }
}
