// A program under a seccomp filter of its own: making folders is refused, and ioctl ends the process.
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct sock_filter filter[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    struct sock_fprog program = {sizeof filter / sizeof filter[0], (struct sock_filter *)filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        return 1;
    int made = mkdir("/tmp/never", 0700);
    printf("mkdir: %d %s\n", made, errno == EDOM ? "as the filter says" : strerror(errno));
    int descriptor = open("/etc/shadow", O_RDONLY);
    printf("open: %s\n", descriptor >= 0 || errno == EACCES ? "as ever" : strerror(errno));
    pid_t child = fork();
    if (child == 0)
        ioctl(0, 0, 0);
    int status;
    waitpid(child, &status, 0);
    printf("ioctl: signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    return 0;
}
