/* Has another thread decide on its openat calls, which lets all of them pass (seccomp_unotify(2)); then opens a file. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int listener = -1;
static pthread_barrier_t ready;

static void *let_pass(void *unused)
{
	struct seccomp_notif notif;
	struct seccomp_notif_resp resp;

	pthread_barrier_wait(&ready);
	for (;;) {
		__builtin_memset(&notif, 0, sizeof(notif));
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notif))
			return NULL;
		__builtin_memset(&resp, 0, sizeof(resp));
		resp.id = notif.id;
		resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);
	}
}

int main(int argc, char **argv)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };
	pthread_t thread;
	int fd;

	if (argc < 2)
		return 2;
	pthread_barrier_init(&ready, NULL, 2);
	if (pthread_create(&thread, NULL, let_pass, NULL) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return 3;
	listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	if (listener < 0)
		return 4;
	pthread_barrier_wait(&ready);
	fd = syscall(SYS_openat, AT_FDCWD, argv[1], O_RDONLY);
	printf("opened %d\n", fd >= 0);
	fflush(stdout);
	_exit(fd < 0);
}
