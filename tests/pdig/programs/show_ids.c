// Shows what executing it has changed: to be installed with the set-user-ID bit.
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(void) {
    printf("effective %d, no_new_privs %d\n", geteuid(), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    return 0;
}
