/*
 * refusing WHAT... -- COMMAND...: runs a command for which the kernel refuses something, as an old kernel or a container's filter would.
 *
 * readv-enosys, readv-eperm: process_vm_readv; syscall-info: PTRACE_GET_SYSCALL_INFO of ptrace.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define GET_SYSCALL_INFO 0x420e

static int refuse(unsigned number, int request, int error)
{
	/* Without a request, the comparison of the argument is jumped over. */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4),
		BPF_JUMP(BPF_JMP | BPF_JA, request < 0 ? 2 : 0, 0, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, request, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int count, char **words)
{
	int at = 1, failed = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

	for (; at < count && strcmp(words[at], "--"); at++) {
		if (!strcmp(words[at], "readv-enosys"))
			failed |= refuse(SYS_process_vm_readv, -1, ENOSYS);
		else if (!strcmp(words[at], "readv-eperm"))
			failed |= refuse(SYS_process_vm_readv, -1, EPERM);
		else if (!strcmp(words[at], "syscall-info"))
			failed |= refuse(SYS_ptrace, GET_SYSCALL_INFO, EIO);
		else
			failed = 1;
	}
	if (failed || at + 1 >= count)
		return 2;
	execvp(words[at + 1], words + at + 1);
	perror(words[at + 1]);
	return 127;
}
