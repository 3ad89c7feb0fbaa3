/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Constants of the kernel that have no place in type information, for drivers that are built without its headers. */
#ifndef AGENT_CONSTANTS_H
#define AGENT_CONSTANTS_H

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define FMODE_CREATED 0x100000
#define OVERLAYFS_SUPER_MAGIC 0x794c7630

#define O_CREAT 0100
#define O_TMPFILE 020000000

#define PF_EXITING 0x00000004
#define CLONE_VM 0x00000100
#define CLONE_FS 0x00000200
#define CLONE_FILES 0x00000400
#define CLONE_THREAD 0x00010000
#define RLIMIT_NOFILE 7
#define CAP_DAC_OVERRIDE 1
#define CAP_FOWNER 3

#define PTRACE_PEEKTEXT 1
#define PTRACE_PEEKDATA 2
#define PTRACE_PEEKUSR 3
#define PTRACE_CONT 7
#define PTRACE_KILL 8
#define PTRACE_SINGLESTEP 9
#define PTRACE_ATTACH 16
#define PTRACE_DETACH 17
#define PTRACE_SYSCALL 24

#define PR_SET_NAME 15
#define PR_GET_CHILD_SUBREAPER 37

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define SOCK_STREAM 1
#define SOL_SOCKET 1
#define SO_ERROR 4
#define SO_RCVTIMEO_OLD 20
#define SO_SNDTIMEO_OLD 21
#define SO_COOKIE 57

#endif
