/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Generated from agent/schema/flags by `python -m agent.codegen`. Do not edit: change the source and run the command. */
#ifndef AGENT_FLAGS_H
#define AGENT_FLAGS_H

/* file_flags */
#define SCAP_O_LARGEFILE 0x800
#define SCAP_O_DIRECTORY 0x400
#define SCAP_O_DIRECT 0x200
#define SCAP_O_TRUNC 0x100
#define SCAP_O_SYNC 0x80
#define SCAP_O_NONBLOCK 0x40
#define SCAP_O_EXCL 0x20
#define SCAP_O_DSYNC 0x10
#define SCAP_O_APPEND 0x8
#define SCAP_O_CREAT 0x4
#define SCAP_O_RDWR 0x3
#define SCAP_O_WRONLY 0x2
#define SCAP_O_RDONLY 0x1
#define SCAP_O_CLOEXEC 0x1000
#define SCAP_O_NONE 0x0
#define SCAP_O_TMPFILE 0x2000
#define SCAP_O_F_CREATED 0x4000
#define SCAP_FD_UPPER_LAYER 0x8000
#define SCAP_FD_LOWER_LAYER 0x10000

/* creat_flags */
#define SCAP_FD_UPPER_LAYER_CREAT 0x1
#define SCAP_FD_LOWER_LAYER_CREAT 0x2

/* flock_flags */
#define SCAP_LOCK_SH 0x1
#define SCAP_LOCK_EX 0x2
#define SCAP_LOCK_NB 0x4
#define SCAP_LOCK_UN 0x8
#define SCAP_LOCK_NONE 0x0

/* access_flags */
#define SCAP_F_OK 0x0
#define SCAP_R_OK 0x4
#define SCAP_W_OK 0x2
#define SCAP_X_OK 0x1

/* lseek_whence */
#define SCAP_SEEK_END 0x2
#define SCAP_SEEK_CUR 0x1
#define SCAP_SEEK_SET 0x0

/* mount_flags */
#define SCAP_MS_RDONLY 0x1
#define SCAP_MS_NOSUID 0x2
#define SCAP_MS_NODEV 0x4
#define SCAP_MS_NOEXEC 0x8
#define SCAP_MS_SYNCHRONOUS 0x10
#define SCAP_MS_REMOUNT 0x20
#define SCAP_MS_MANDLOCK 0x40
#define SCAP_MS_DIRSYNC 0x80
#define SCAP_MS_NOATIME 0x400
#define SCAP_MS_NODIRATIME 0x800
#define SCAP_MS_BIND 0x1000
#define SCAP_MS_MOVE 0x2000
#define SCAP_MS_REC 0x4000
#define SCAP_MS_SILENT 0x8000
#define SCAP_MS_POSIXACL 0x10000
#define SCAP_MS_UNBINDABLE 0x20000
#define SCAP_MS_PRIVATE 0x40000
#define SCAP_MS_SLAVE 0x80000
#define SCAP_MS_SHARED 0x100000
#define SCAP_MS_RELATIME 0x200000
#define SCAP_MS_KERNMOUNT 0x400000
#define SCAP_MS_I_VERSION 0x800000
#define SCAP_MS_STRICTATIME 0x1000000
#define SCAP_MS_LAZYTIME 0x2000000
#define SCAP_MS_NOSEC 0x10000000
#define SCAP_MS_BORN 0x20000000
#define SCAP_MS_ACTIVE 0x40000000
#define SCAP_MS_NOUSER 0x80000000

/* umount_flags */
#define SCAP_MNT_FORCE 0x1
#define SCAP_MNT_DETACH 0x2
#define SCAP_MNT_EXPIRE 0x4
#define SCAP_MNT_NOFOLLOW 0x8

/* unlinkat_flags */
#define SCAP_AT_REMOVEDIR 0x200

/* linkat_flags */
#define SCAP_AT_SYMLINK_FOLLOW 0x400
#define SCAP_AT_EMPTY_PATH 0x1000

/* newfstatat_flags */
#define SCAP_AT_NO_AUTOMOUNT 0x800
#define SCAP_AT_SYMLINK_NOFOLLOW 0x100

/* fchownat_flags */
#define SCAP_FCHOWNAT_AT_SYMLINK_NOFOLLOW 0x400
#define SCAP_FCHOWNAT_AT_EMPTY_PATH 0x1000

/* renameat2_flags */
#define SCAP_RENAME_NOREPLACE 0x1
#define SCAP_RENAME_EXCHANGE 0x2
#define SCAP_RENAME_WHITEOUT 0x4

/* openat2_flags */
#define SCAP_RESOLVE_BENEATH 0x1
#define SCAP_RESOLVE_IN_ROOT 0x2
#define SCAP_RESOLVE_NO_MAGICLINKS 0x4
#define SCAP_RESOLVE_NO_SYMLINKS 0x8
#define SCAP_RESOLVE_NO_XDEV 0x10
#define SCAP_RESOLVE_CACHED 0x20

/* chmod_mode */
#define SCAP_S_IXOTH 0x1
#define SCAP_S_IWOTH 0x2
#define SCAP_S_IROTH 0x4
#define SCAP_S_IXGRP 0x8
#define SCAP_S_IWGRP 0x10
#define SCAP_S_IRGRP 0x20
#define SCAP_S_IXUSR 0x40
#define SCAP_S_IWUSR 0x80
#define SCAP_S_IRUSR 0x100
#define SCAP_S_ISVTX 0x200
#define SCAP_S_ISGID 0x400
#define SCAP_S_ISUID 0x800

/* mknod_mode */
#define SCAP_S_IFREG 0x8000
#define SCAP_S_IFCHR 0x2000
#define SCAP_S_IFBLK 0x6000
#define SCAP_S_IFIFO 0x1000
#define SCAP_S_IFSOCK 0xc000

/* close_range_flags */
#define SCAP_CLOSE_RANGE_UNSHARE 0x2
#define SCAP_CLOSE_RANGE_CLOEXEC 0x4

/* fsconfig_cmds */
#define SCAP_FSCONFIG_SET_FLAG 0x0
#define SCAP_FSCONFIG_SET_STRING 0x1
#define SCAP_FSCONFIG_SET_BINARY 0x2
#define SCAP_FSCONFIG_SET_PATH 0x3
#define SCAP_FSCONFIG_SET_PATH_EMPTY 0x4
#define SCAP_FSCONFIG_SET_FD 0x5
#define SCAP_FSCONFIG_CMD_CREATE 0x6
#define SCAP_FSCONFIG_CMD_RECONFIGURE 0x7

/* anon_inode_fd_types */
#define SCAP_ANON_INODE_FD_TYPE_UNKNOWN 0x0
#define SCAP_ANON_INODE_FD_TYPE_EVENTFD 0x1
#define SCAP_ANON_INODE_FD_TYPE_EVENTPOLL 0x2
#define SCAP_ANON_INODE_FD_TYPE_INOTIFY 0x3
#define SCAP_ANON_INODE_FD_TYPE_SIGNALFD 0x4
#define SCAP_ANON_INODE_FD_TYPE_TIMERFD 0x5
#define SCAP_ANON_INODE_FD_TYPE_IO_URING 0x6
#define SCAP_ANON_INODE_FD_TYPE_USERFAULTFD 0x7
#define SCAP_ANON_INODE_FD_TYPE_PIDFD 0x8
#define SCAP_ANON_INODE_FD_TYPE_BPF_MAP 0x9
#define SCAP_ANON_INODE_FD_TYPE_BPF_PROG 0xa
#define SCAP_ANON_INODE_FD_TYPE_BPF_LINK 0xb
#define SCAP_ANON_INODE_FD_TYPE_BPF_ITER 0xc
#define SCAP_ANON_INODE_FD_TYPE_PERF_EVENT 0xd

/* quotactl_dqi_flags */
#define SCAP_DQF_NONE 0x1
#define SCAP_V1_DQF_RSQUASH 0x2

/* quotactl_cmds */
#define SCAP_Q_QUOTAON 0x1
#define SCAP_Q_QUOTAOFF 0x2
#define SCAP_Q_GETFMT 0x4
#define SCAP_Q_GETINFO 0x8
#define SCAP_Q_SETINFO 0x10
#define SCAP_Q_GETQUOTA 0x20
#define SCAP_Q_SETQUOTA 0x40
#define SCAP_Q_SYNC 0x80
#define SCAP_Q_XQUOTAON 0x100
#define SCAP_Q_XQUOTAOFF 0x200
#define SCAP_Q_XGETQUOTA 0x400
#define SCAP_Q_XSETQLIM 0x800
#define SCAP_Q_XGETQSTAT 0x1000
#define SCAP_Q_XQUOTARM 0x2000
#define SCAP_Q_XQUOTASYNC 0x4000

/* quotactl_types */
#define SCAP_USRQUOTA 0x1
#define SCAP_GRPQUOTA 0x2

/* quotactl_quota_fmts */
#define SCAP_QFMT_NOT_USED 0x1
#define SCAP_QFMT_VFS_OLD 0x2
#define SCAP_QFMT_VFS_V0 0x4
#define SCAP_QFMT_VFS_V1 0x8

/* socket_families */
#define SCAP_AF_NFC 0x27
#define SCAP_AF_ALG 0x26
#define SCAP_AF_CAIF 0x25
#define SCAP_AF_IEEE802154 0x24
#define SCAP_AF_PHONET 0x23
#define SCAP_AF_ISDN 0x22
#define SCAP_AF_RXRPC 0x21
#define SCAP_AF_IUCV 0x20
#define SCAP_AF_BLUETOOTH 0x1f
#define SCAP_AF_TIPC 0x1e
#define SCAP_AF_CAN 0x1d
#define SCAP_AF_LLC 0x1a
#define SCAP_AF_WANPIPE 0x19
#define SCAP_AF_PPPOX 0x18
#define SCAP_AF_IRDA 0x17
#define SCAP_AF_SNA 0x16
#define SCAP_AF_RDS 0x15
#define SCAP_AF_ATMSVC 0x14
#define SCAP_AF_ECONET 0x13
#define SCAP_AF_ASH 0x12
#define SCAP_AF_PACKET 0x11
#define SCAP_AF_ROUTE 0x10
#define SCAP_AF_NETLINK 0x10
#define SCAP_AF_KEY 0xf
#define SCAP_AF_SECURITY 0xe
#define SCAP_AF_NETBEUI 0xd
#define SCAP_AF_DECnet 0xc
#define SCAP_AF_ROSE 0xb
#define SCAP_AF_INET6 0xa
#define SCAP_AF_X25 0x9
#define SCAP_AF_ATMPVC 0x8
#define SCAP_AF_BRIDGE 0x7
#define SCAP_AF_NETROM 0x6
#define SCAP_AF_APPLETALK 0x5
#define SCAP_AF_IPX 0x4
#define SCAP_AF_AX25 0x3
#define SCAP_AF_INET 0x2
#define SCAP_AF_LOCAL 0x1
#define SCAP_AF_UNIX 0x1
#define SCAP_AF_UNSPEC 0x0

/* shutdown_how */
#define SCAP_SHUT_UNKNOWN 0xffff
#define SCAP_SHUT_RDWR 0x2
#define SCAP_SHUT_WR 0x1
#define SCAP_SHUT_RD 0x0

/* sockopt_levels */
#define SCAP_SOL_SOCKET 0x1
#define SCAP_SOL_TCP 0x2
#define SCAP_UNKNOWN 0x0

/* sockopt_options */
#define SCAP_SO_COOKIE 0x35
#define SCAP_SO_MEMINFO 0x34
#define SCAP_SO_PEERGROUPS 0x33
#define SCAP_SO_ATTACH_BPF 0x32
#define SCAP_SO_INCOMING_CPU 0x31
#define SCAP_SO_BPF_EXTENSIONS 0x30
#define SCAP_SO_MAX_PACING_RATE 0x2f
#define SCAP_SO_BUSY_POLL 0x2e
#define SCAP_SO_SELECT_ERR_QUEUE 0x2d
#define SCAP_SO_LOCK_FILTER 0x2c
#define SCAP_SO_NOFCS 0x2b
#define SCAP_SO_PEEK_OFF 0x2a
#define SCAP_SO_WIFI_STATUS 0x29
#define SCAP_SO_RXQ_OVFL 0x28
#define SCAP_SO_DOMAIN 0x27
#define SCAP_SO_PROTOCOL 0x26
#define SCAP_SO_TIMESTAMPING 0x25
#define SCAP_SO_MARK 0x24
#define SCAP_SO_TIMESTAMPNS 0x23
#define SCAP_SO_PASSSEC 0x22
#define SCAP_SO_PEERSEC 0x1f
#define SCAP_SO_ACCEPTCONN 0x1e
#define SCAP_SO_TIMESTAMP 0x1d
#define SCAP_SO_PEERNAME 0x1c
#define SCAP_SO_DETACH_FILTER 0x1b
#define SCAP_SO_ATTACH_FILTER 0x1a
#define SCAP_SO_BINDTODEVICE 0x19
#define SCAP_SO_SECURITY_ENCRYPTION_NETWORK 0x18
#define SCAP_SO_SECURITY_ENCRYPTION_TRANSPORT 0x17
#define SCAP_SO_SECURITY_AUTHENTICATION 0x16
#define SCAP_SO_SNDTIMEO 0x15
#define SCAP_SO_RCVTIMEO 0x14
#define SCAP_SO_SNDLOWAT 0x13
#define SCAP_SO_RCVLOWAT 0x12
#define SCAP_SO_PEERCRED 0x11
#define SCAP_SO_PASSCRED 0x10
#define SCAP_SO_REUSEPORT 0xf
#define SCAP_SO_BSDCOMPAT 0xe
#define SCAP_SO_LINGER 0xd
#define SCAP_SO_PRIORITY 0xc
#define SCAP_SO_NO_CHECK 0xb
#define SCAP_SO_OOBINLINE 0xa
#define SCAP_SO_KEEPALIVE 0x9
#define SCAP_SO_RCVBUFFORCE 0x21
#define SCAP_SO_SNDBUFFORCE 0x20
#define SCAP_SO_RCVBUF 0x8
#define SCAP_SO_SNDBUF 0x7
#define SCAP_SO_BROADCAST 0x6
#define SCAP_SO_DONTROUTE 0x5
#define SCAP_SO_ERROR 0x4
#define SCAP_SO_TYPE 0x3
#define SCAP_SO_REUSEADDR 0x2
#define SCAP_SO_DEBUG 0x1

/* clone_flags */
#define SCAP_CLONE_FILES 0x1
#define SCAP_CLONE_FS 0x2
#define SCAP_CLONE_IO 0x4
#define SCAP_CLONE_NEWIPC 0x8
#define SCAP_CLONE_NEWNET 0x10
#define SCAP_CLONE_NEWNS 0x20
#define SCAP_CLONE_NEWPID 0x40
#define SCAP_CLONE_NEWUTS 0x80
#define SCAP_CLONE_PARENT 0x100
#define SCAP_CLONE_PARENT_SETTID 0x200
#define SCAP_CLONE_PTRACE 0x400
#define SCAP_CLONE_SIGHAND 0x800
#define SCAP_CLONE_SYSVSEM 0x1000
#define SCAP_CLONE_THREAD 0x2000
#define SCAP_CLONE_UNTRACED 0x4000
#define SCAP_CLONE_VM 0x8000
#define SCAP_CLONE_INVERTED 0x10000
#define SCAP_NAME_CHANGED 0x20000
#define SCAP_CLOSED 0x40000
#define SCAP_CLONE_NEWUSER 0x100000
#define SCAP_CLONE_CHILD_CLEARTID 0x800000
#define SCAP_CLONE_CHILD_SETTID 0x1000000
#define SCAP_CLONE_SETTLS 0x2000000
#define SCAP_CLONE_STOPPED 0x4000000
#define SCAP_CLONE_VFORK 0x8000000
#define SCAP_CLONE_NEWCGROUP 0x10000000
#define SCAP_CLONE_CHILD_IN_PIDNS 0x20000000

/* execve_flags */
#define SCAP_EXE_WRITABLE 0x1
#define SCAP_EXE_UPPER_LAYER 0x2
#define SCAP_EXE_FROM_MEMFD 0x4
#define SCAP_EXE_LOWER_LAYER 0x8

/* execveat_flags */
#define SCAP_EXECVEAT_AT_EMPTY_PATH 0x1
#define SCAP_EXECVEAT_AT_SYMLINK_NOFOLLOW 0x2

/* ptrace_requests */
#define SCAP_PTRACE_SINGLEBLOCK 0x26
#define SCAP_PTRACE_SYSEMU_SINGLESTEP 0x25
#define SCAP_PTRACE_SYSEMU 0x24
#define SCAP_PTRACE_ARCH_PRCTL 0x23
#define SCAP_PTRACE_SET_THREAD_AREA 0x22
#define SCAP_PTRACE_GET_THREAD_AREA 0x21
#define SCAP_PTRACE_OLDSETOPTIONS 0x20
#define SCAP_PTRACE_SETFPXREGS 0x1f
#define SCAP_PTRACE_GETFPXREGS 0x1e
#define SCAP_PTRACE_SETFPREGS 0x1d
#define SCAP_PTRACE_GETFPREGS 0x1c
#define SCAP_PTRACE_SETREGS 0x1b
#define SCAP_PTRACE_GETREGS 0x1a
#define SCAP_PTRACE_SETSIGMASK 0x19
#define SCAP_PTRACE_GETSIGMASK 0x18
#define SCAP_PTRACE_PEEKSIGINFO 0x17
#define SCAP_PTRACE_LISTEN 0x16
#define SCAP_PTRACE_INTERRUPT 0x15
#define SCAP_PTRACE_SEIZE 0x14
#define SCAP_PTRACE_SETREGSET 0x13
#define SCAP_PTRACE_GETREGSET 0x12
#define SCAP_PTRACE_SETSIGINFO 0x11
#define SCAP_PTRACE_GETSIGINFO 0x10
#define SCAP_PTRACE_GETEVENTMSG 0xf
#define SCAP_PTRACE_SETOPTIONS 0xe
#define SCAP_PTRACE_SYSCALL 0xd
#define SCAP_PTRACE_DETACH 0xc
#define SCAP_PTRACE_ATTACH 0xb
#define SCAP_PTRACE_SINGLESTEP 0xa
#define SCAP_PTRACE_KILL 0x9
#define SCAP_PTRACE_CONT 0x8
#define SCAP_PTRACE_POKEUSR 0x7
#define SCAP_PTRACE_POKEDATA 0x6
#define SCAP_PTRACE_POKETEXT 0x5
#define SCAP_PTRACE_PEEKUSR 0x4
#define SCAP_PTRACE_PEEKDATA 0x3
#define SCAP_PTRACE_PEEKTEXT 0x2
#define SCAP_PTRACE_TRACEME 0x1
#define SCAP_PTRACE_UNKNOWN 0x0

/* prctl_options */
#define SCAP_PR_GET_DUMPABLE 0x3
#define SCAP_PR_SET_DUMPABLE 0x4
#define SCAP_PR_GET_KEEPCAPS 0x7
#define SCAP_PR_SET_KEEPCAPS 0x8
#define SCAP_PR_SET_NAME 0xf
#define SCAP_PR_GET_NAME 0x10
#define SCAP_PR_GET_SECCOMP 0x15
#define SCAP_PR_SET_SECCOMP 0x16
#define SCAP_PR_CAPBSET_READ 0x17
#define SCAP_PR_CAPBSET_DROP 0x18
#define SCAP_PR_GET_SECUREBITS 0x1b
#define SCAP_PR_SET_SECUREBITS 0x1c
#define SCAP_PR_MCE_KILL 0x21
#define SCAP_PR_SET_MM 0x23
#define SCAP_PR_SET_CHILD_SUBREAPER 0x24
#define SCAP_PR_GET_CHILD_SUBREAPER 0x25
#define SCAP_PR_SET_NO_NEW_PRIVS 0x26
#define SCAP_PR_GET_NO_NEW_PRIVS 0x27
#define SCAP_PR_GET_TID_ADDRESS 0x28
#define SCAP_PR_SET_THP_DISABLE 0x29
#define SCAP_PR_GET_THP_DISABLE 0x2a
#define SCAP_PR_CAP_AMBIENT 0x2f

/* rlimit_resources */
#define SCAP_RLIMIT_UNKNOWN 0xff
#define SCAP_RLIMIT_RTTIME 0xf
#define SCAP_RLIMIT_RTPRIO 0xe
#define SCAP_RLIMIT_NICE 0xd
#define SCAP_RLIMIT_MSGQUEUE 0xc
#define SCAP_RLIMIT_SIGPENDING 0xb
#define SCAP_RLIMIT_LOCKS 0xa
#define SCAP_RLIMIT_AS 0x9
#define SCAP_RLIMIT_MEMLOCK 0x8
#define SCAP_RLIMIT_NOFILE 0x7
#define SCAP_RLIMIT_NPROC 0x6
#define SCAP_RLIMIT_RSS 0x5
#define SCAP_RLIMIT_CORE 0x4
#define SCAP_RLIMIT_STACK 0x3
#define SCAP_RLIMIT_DATA 0x2
#define SCAP_RLIMIT_FSIZE 0x1
#define SCAP_RLIMIT_CPU 0x0

/* pidfd_open_flags */
#define SCAP_PIDFD_NONBLOCK 0x1

/* prot_flags */
#define SCAP_PROT_READ 0x1
#define SCAP_PROT_WRITE 0x2
#define SCAP_PROT_EXEC 0x4
#define SCAP_PROT_SEM 0x8
#define SCAP_PROT_GROWSDOWN 0x10
#define SCAP_PROT_GROWSUP 0x20
#define SCAP_PROT_SAO 0x40
#define SCAP_PROT_NONE 0x0

/* mmap_flags */
#define SCAP_MAP_SHARED 0x1
#define SCAP_MAP_PRIVATE 0x2
#define SCAP_MAP_FIXED 0x4
#define SCAP_MAP_ANONYMOUS 0x8
#define SCAP_MAP_32BIT 0x10
#define SCAP_MAP_RENAME 0x20
#define SCAP_MAP_NORESERVE 0x40
#define SCAP_MAP_POPULATE 0x80
#define SCAP_MAP_NONBLOCK 0x100
#define SCAP_MAP_GROWSDOWN 0x200
#define SCAP_MAP_DENYWRITE 0x400
#define SCAP_MAP_EXECUTABLE 0x800
#define SCAP_MAP_INHERIT 0x1000
#define SCAP_MAP_FILE 0x2000
#define SCAP_MAP_LOCKED 0x4000

/* mlock2_flags */
#define SCAP_MLOCK_ONFAULT 0x1

/* mlockall_flags */
#define SCAP_MCL_CURRENT 0x1
#define SCAP_MCL_FUTURE 0x2
#define SCAP_MCL_ONFAULT 0x4

/* memfd_create_flags */
#define SCAP_MFD_CLOEXEC 0x1
#define SCAP_MFD_ALLOW_SEALING 0x2
#define SCAP_MFD_HUGETLB 0x4

/* pf_flags */
#define SCAP_PROTECTION_VIOLATION 0x1
#define SCAP_PAGE_NOT_PRESENT 0x2
#define SCAP_WRITE_ACCESS 0x4
#define SCAP_READ_ACCESS 0x8
#define SCAP_USER_FAULT 0x10
#define SCAP_SUPERVISOR_FAULT 0x20
#define SCAP_RESERVED_PAGE 0x40
#define SCAP_INSTRUCTION_FETCH 0x80

/* fcntl_commands */
#define SCAP_F_GETPIPE_SZ 0x1d
#define SCAP_F_SETPIPE_SZ 0x1c
#define SCAP_F_NOTIFY 0x1b
#define SCAP_F_DUPFD_CLOEXEC 0x1a
#define SCAP_F_CANCELLK 0x19
#define SCAP_F_GETLEASE 0x18
#define SCAP_F_SETLEASE 0x17
#define SCAP_F_GETOWN_EX 0x16
#define SCAP_F_SETOWN_EX 0x15
#define SCAP_F_SETLKW64 0x13
#define SCAP_F_SETLK64 0x12
#define SCAP_F_GETLK64 0x11
#define SCAP_F_GETSIG 0xf
#define SCAP_F_SETSIG 0xd
#define SCAP_F_GETOWN 0xc
#define SCAP_F_SETOWN 0xa
#define SCAP_F_SETLKW 0x9
#define SCAP_F_SETLK 0x8
#define SCAP_F_GETLK 0x6
#define SCAP_F_SETFL 0x5
#define SCAP_F_GETFL 0x4
#define SCAP_F_SETFD 0x3
#define SCAP_F_GETFD 0x2
#define SCAP_F_DUPFD 0x1
#define SCAP_F_OFD_GETLK 0x1e
#define SCAP_F_OFD_SETLK 0x1f
#define SCAP_F_OFD_SETLKW 0x20

/* poll_flags */
#define SCAP_POLLIN 0x1
#define SCAP_POLLPRI 0x2
#define SCAP_POLLOUT 0x4
#define SCAP_POLLRDHUP 0x8
#define SCAP_POLLERR 0x10
#define SCAP_POLLHUP 0x20
#define SCAP_POLLNVAL 0x40
#define SCAP_POLLRDNORM 0x80
#define SCAP_POLLRDBAND 0x100
#define SCAP_POLLWRNORM 0x200
#define SCAP_POLLWRBAND 0x400

/* splice_flags */
#define SCAP_SPLICE_F_MOVE 0x1
#define SCAP_SPLICE_F_NONBLOCK 0x2
#define SCAP_SPLICE_F_MORE 0x4
#define SCAP_SPLICE_F_GIFT 0x8

/* epoll_create1_flags */
#define SCAP_EPOLL_CLOEXEC 0x1

/* io_uring_setup_flags */
#define SCAP_IORING_SETUP_IOPOLL 0x1
#define SCAP_IORING_SETUP_SQPOLL 0x2
#define SCAP_IORING_SQ_NEED_WAKEUP 0x4
#define SCAP_IORING_SETUP_SQ_AFF 0x8
#define SCAP_IORING_SETUP_CQSIZE 0x10
#define SCAP_IORING_SETUP_CLAMP 0x20
#define SCAP_IORING_SETUP_ATTACH_RW 0x40
#define SCAP_IORING_SETUP_R_DISABLED 0x80

/* io_uring_setup_feats */
#define SCAP_IORING_FEAT_SINGLE_MMAP 0x1
#define SCAP_IORING_FEAT_NODROP 0x2
#define SCAP_IORING_FEAT_SUBMIT_STABLE 0x4
#define SCAP_IORING_FEAT_RW_CUR_POS 0x8
#define SCAP_IORING_FEAT_CUR_PERSONALITY 0x10
#define SCAP_IORING_FEAT_FAST_POLL 0x20
#define SCAP_IORING_FEAT_POLL_32BITS 0x40
#define SCAP_IORING_FEAT_SQPOLL_NONFIXED 0x80
#define SCAP_IORING_FEAT_ENTER_EXT_ARG 0x100
#define SCAP_IORING_FEAT_NATIVE_WORKERS 0x200
#define SCAP_IORING_FEAT_RSRC_TAGS 0x400

/* io_uring_enter_flags */
#define SCAP_IORING_ENTER_GETEVENTS 0x1
#define SCAP_IORING_ENTER_SQ_WAKEUP 0x2
#define SCAP_IORING_ENTER_SQ_WAIT 0x4
#define SCAP_IORING_ENTER_EXT_ARG 0x8

/* io_uring_register_opcodes */
#define SCAP_IORING_REGISTER_BUFFERS 0x0
#define SCAP_IORING_UNREGISTER_BUFFERS 0x1
#define SCAP_IORING_REGISTER_FILES 0x2
#define SCAP_IORING_UNREGISTER_FILES 0x3
#define SCAP_IORING_REGISTER_EVENTFD 0x4
#define SCAP_IORING_UNREGISTER_EVENTFD 0x5
#define SCAP_IORING_REGISTER_FILES_UPDATE 0x6
#define SCAP_IORING_REGISTER_EVENTFD_ASYNC 0x7
#define SCAP_IORING_REGISTER_PROBE 0x8
#define SCAP_IORING_REGISTER_PERSONALITY 0x9
#define SCAP_IORING_UNREGISTER_PERSONALITY 0xa
#define SCAP_IORING_REGISTER_RESTRICTIONS 0xb
#define SCAP_IORING_REGISTER_ENABLE_RINGS 0xc
#define SCAP_IORING_REGISTER_FILES2 0xd
#define SCAP_IORING_REGISTER_FILES_UPDATE2 0xe
#define SCAP_IORING_REGISTER_BUFFERS2 0xf
#define SCAP_IORING_REGISTER_BUFFERS_UPDATE 0x10
#define SCAP_IORING_REGISTER_IOWQ_AFF 0x11
#define SCAP_IORING_UNREGISTER_IOWQ_AFF 0x12
#define SCAP_IORING_REGISTER_IOWQ_MAX_WORKERS 0x13
#define SCAP_IORING_REGISTER_RING_FDS 0x14
#define SCAP_IORING_UNREGISTER_RING_FDS 0x15

/* futex_operations */
#define SCAP_FUTEX_CLOCK_REALTIME 0x100
#define SCAP_FUTEX_PRIVATE_FLAG 0x80
#define SCAP_FUTEX_CMP_REQUEUE_PI 0xc
#define SCAP_FUTEX_WAIT_REQUEUE_PI 0xb
#define SCAP_FUTEX_WAKE_BITSET 0xa
#define SCAP_FUTEX_WAIT_BITSET 0x9
#define SCAP_FUTEX_TRYLOCK_PI 0x8
#define SCAP_FUTEX_UNLOCK_PI 0x7
#define SCAP_FUTEX_LOCK_PI 0x6
#define SCAP_FUTEX_WAKE_OP 0x5
#define SCAP_FUTEX_CMP_REQUEUE 0x4
#define SCAP_FUTEX_REQUEUE 0x3
#define SCAP_FUTEX_FD 0x2
#define SCAP_FUTEX_WAKE 0x1
#define SCAP_FUTEX_WAIT 0x0

/* semop_flags */
#define SCAP_IPC_NOWAIT 0x1
#define SCAP_SEM_UNDO 0x2

/* semget_flags */
#define SCAP_IPC_EXCL 0x4000
#define SCAP_IPC_CREAT 0x2000

/* semctl_commands */
#define SCAP_SEMCTL_IPC_STAT 0x1
#define SCAP_SEMCTL_IPC_SET 0x2
#define SCAP_SEMCTL_IPC_RMID 0x4
#define SCAP_SEMCTL_IPC_INFO 0x8
#define SCAP_SEMCTL_SEM_INFO 0x10
#define SCAP_SEMCTL_SEM_STAT 0x20
#define SCAP_SEMCTL_GETALL 0x40
#define SCAP_SEMCTL_GETNCNT 0x80
#define SCAP_SEMCTL_GETPID 0x100
#define SCAP_SEMCTL_GETVAL 0x200
#define SCAP_SEMCTL_GETZCNT 0x400
#define SCAP_SEMCTL_SETALL 0x800
#define SCAP_SEMCTL_SETVAL 0x1000

/* bpf_commands */
#define SCAP_BPF_MAP_CREATE 0x0
#define SCAP_BPF_MAP_LOOKUP_ELEM 0x1
#define SCAP_BPF_MAP_UPDATE_ELEM 0x2
#define SCAP_BPF_MAP_DELETE_ELEM 0x3
#define SCAP_BPF_MAP_GET_NEXT_KEY 0x4
#define SCAP_BPF_PROG_LOAD 0x5
#define SCAP_BPF_OBJ_PIN 0x6
#define SCAP_BPF_OBJ_GET 0x7
#define SCAP_BPF_PROG_ATTACH 0x8
#define SCAP_BPF_PROG_DETACH 0x9
#define SCAP_BPF_PROG_TEST_RUN 0xa
#define SCAP_BPF_PROG_RUN 0xa
#define SCAP_BPF_PROG_GET_NEXT_ID 0xb
#define SCAP_BPF_MAP_GET_NEXT_ID 0xc
#define SCAP_BPF_PROG_GET_FD_BY_ID 0xd
#define SCAP_BPF_MAP_GET_FD_BY_ID 0xe
#define SCAP_BPF_OBJ_GET_INFO_BY_FD 0xf
#define SCAP_BPF_PROG_QUERY 0x10
#define SCAP_BPF_RAW_TRACEPOINT_OPEN 0x11
#define SCAP_BPF_BTF_LOAD 0x12
#define SCAP_BPF_BTF_GET_FD_BY_ID 0x13
#define SCAP_BPF_TASK_FD_QUERY 0x14
#define SCAP_BPF_MAP_LOOKUP_AND_DELETE_ELEM 0x15
#define SCAP_BPF_MAP_FREEZE 0x16
#define SCAP_BPF_BTF_GET_NEXT_ID 0x17
#define SCAP_BPF_MAP_LOOKUP_BATCH 0x18
#define SCAP_BPF_MAP_LOOKUP_AND_DELETE_BATCH 0x19
#define SCAP_BPF_MAP_UPDATE_BATCH 0x1a
#define SCAP_BPF_MAP_DELETE_BATCH 0x1b
#define SCAP_BPF_LINK_CREATE 0x1c
#define SCAP_BPF_LINK_UPDATE 0x1d
#define SCAP_BPF_LINK_GET_FD_BY_ID 0x1e
#define SCAP_BPF_LINK_GET_NEXT_ID 0x1f
#define SCAP_BPF_ENABLE_STATS 0x20
#define SCAP_BPF_ITER_CREATE 0x21
#define SCAP_BPF_LINK_DETACH 0x22
#define SCAP_BPF_PROG_BIND_MAP 0x23

/* keyctl_operations */
#define SCAP_KEYCTL_GET_KEYRING_ID 0x0
#define SCAP_KEYCTL_JOIN_SESSION_KEYRING 0x1
#define SCAP_KEYCTL_UPDATE 0x2
#define SCAP_KEYCTL_REVOKE 0x3
#define SCAP_KEYCTL_CHOWN 0x4
#define SCAP_KEYCTL_SETPERM 0x5
#define SCAP_KEYCTL_DESCRIBE 0x6
#define SCAP_KEYCTL_CLEAR 0x7
#define SCAP_KEYCTL_LINK 0x8
#define SCAP_KEYCTL_UNLINK 0x9
#define SCAP_KEYCTL_SEARCH 0xa
#define SCAP_KEYCTL_READ 0xb
#define SCAP_KEYCTL_INSTANTIATE 0xc
#define SCAP_KEYCTL_NEGATE 0xd
#define SCAP_KEYCTL_SET_REQKEY_KEYRING 0xe
#define SCAP_KEYCTL_SET_TIMEOUT 0xf
#define SCAP_KEYCTL_ASSUME_AUTHORITY 0x10
#define SCAP_KEYCTL_GET_SECURITY 0x11
#define SCAP_KEYCTL_SESSION_TO_PARENT 0x12
#define SCAP_KEYCTL_REJECT 0x13
#define SCAP_KEYCTL_INSTANTIATE_IOV 0x14
#define SCAP_KEYCTL_INVALIDATE 0x15
#define SCAP_KEYCTL_GET_PERSISTENT 0x16
#define SCAP_KEYCTL_DH_COMPUTE 0x17
#define SCAP_KEYCTL_PKEY_QUERY 0x18
#define SCAP_KEYCTL_PKEY_ENCRYPT 0x19
#define SCAP_KEYCTL_PKEY_DECRYPT 0x1a
#define SCAP_KEYCTL_PKEY_SIGN 0x1b
#define SCAP_KEYCTL_PKEY_VERIFY 0x1c
#define SCAP_KEYCTL_RESTRICT_KEYRING 0x1d
#define SCAP_KEYCTL_MOVE 0x1e
#define SCAP_KEYCTL_CAPABILITIES 0x1f
#define SCAP_KEYCTL_WATCH_KEY 0x20

/* delete_module_flags */
#define SCAP_DELETE_MODULE_O_NONBLOCK 0x2
#define SCAP_DELETE_MODULE_O_TRUNC 0x1

/* finit_module_flags */
#define SCAP_MODULE_INIT_IGNORE_MODVERSIONS 0x1
#define SCAP_MODULE_INIT_IGNORE_VERMAGIC 0x2
#define SCAP_MODULE_INIT_COMPRESSED_FILE 0x4

/* Kernel values that differ between architectures. */
#if defined(__TARGET_ARCH_arm64) || defined(__aarch64__)
#define NATIVE_O_LARGEFILE 0x20000
#define NATIVE_O_DIRECTORY 0x4000
#define NATIVE_O_DIRECT 0x10000
#define NATIVE_O_TMPFILE 0x404000
#else
#define NATIVE_O_LARGEFILE 0x8000
#define NATIVE_O_DIRECTORY 0x10000
#define NATIVE_O_DIRECT 0x4000
#define NATIVE_O_TMPFILE 0x410000
#define NATIVE_PTRACE_SINGLEBLOCK 0x21
#define NATIVE_PTRACE_ARCH_PRCTL 0x1e
#define NATIVE_PTRACE_SET_THREAD_AREA 0x1a
#define NATIVE_PTRACE_GET_THREAD_AREA 0x19
#define NATIVE_PTRACE_OLDSETOPTIONS 0x15
#define NATIVE_PTRACE_SETFPXREGS 0x13
#define NATIVE_PTRACE_GETFPXREGS 0x12
#define NATIVE_PTRACE_SETFPREGS 0xf
#define NATIVE_PTRACE_GETFPREGS 0xe
#define NATIVE_PTRACE_SETREGS 0xd
#define NATIVE_PTRACE_GETREGS 0xc
#define NATIVE_MAP_32BIT 0x40
#endif

static __always_inline __u32 scap_file_flags(__u32 native)
{
	__u32 scap = (native & 3) + 1;

#ifdef NATIVE_O_LARGEFILE
	scap |= (native & NATIVE_O_LARGEFILE) == NATIVE_O_LARGEFILE ? SCAP_O_LARGEFILE : 0;
#endif
#ifdef NATIVE_O_DIRECTORY
	scap |= (native & NATIVE_O_DIRECTORY) == NATIVE_O_DIRECTORY ? SCAP_O_DIRECTORY : 0;
#endif
#ifdef NATIVE_O_DIRECT
	scap |= (native & NATIVE_O_DIRECT) == NATIVE_O_DIRECT ? SCAP_O_DIRECT : 0;
#endif
	scap |= (native & 0x200) == 0x200 ? SCAP_O_TRUNC : 0;
	scap |= (native & 0x101000) == 0x101000 ? SCAP_O_SYNC : 0;
	scap |= (native & 0x800) == 0x800 ? SCAP_O_NONBLOCK : 0;
	scap |= (native & 0x80) == 0x80 ? SCAP_O_EXCL : 0;
	scap |= (native & 0x1000) == 0x1000 ? SCAP_O_DSYNC : 0;
	scap |= (native & 0x400) == 0x400 ? SCAP_O_APPEND : 0;
	scap |= (native & 0x40) == 0x40 ? SCAP_O_CREAT : 0;
	scap |= (native & 0x80000) == 0x80000 ? SCAP_O_CLOEXEC : 0;
#ifdef NATIVE_O_TMPFILE
	scap |= (native & NATIVE_O_TMPFILE) == NATIVE_O_TMPFILE ? SCAP_O_TMPFILE : 0;
#endif
	return scap;
}

static __always_inline __u32 scap_flock_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_LOCK_SH | SCAP_LOCK_EX | SCAP_LOCK_NB | SCAP_LOCK_UN);
	return scap;
}

static __always_inline __u32 scap_access_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_R_OK | SCAP_W_OK | SCAP_X_OK);
	return scap;
}

static __always_inline __u32 scap_lseek_whence(__u32 native)
{
	switch (native) {
	case 0x0:
		return SCAP_SEEK_SET;
	case 0x1:
		return SCAP_SEEK_CUR;
	case 0x2:
		return SCAP_SEEK_END;
	default:
		return 0x0;
	}
}

static __always_inline __u32 scap_mount_flags(__u32 native)
{
	if ((native & 0xffff0000) == 0xc0ed0000)
		native &= ~0xffff0000;
	return native;
}

static __always_inline __u32 scap_umount_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_MNT_FORCE | SCAP_MNT_DETACH | SCAP_MNT_EXPIRE | SCAP_MNT_NOFOLLOW);
	return scap;
}

static __always_inline __u32 scap_unlinkat_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_AT_REMOVEDIR);
	return scap;
}

static __always_inline __u32 scap_linkat_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_AT_SYMLINK_FOLLOW | SCAP_AT_EMPTY_PATH);
	return scap;
}

static __always_inline __u32 scap_newfstatat_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_AT_EMPTY_PATH | SCAP_AT_NO_AUTOMOUNT | SCAP_AT_SYMLINK_NOFOLLOW);
	return scap;
}

static __always_inline __u32 scap_fchownat_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_FCHOWNAT_AT_EMPTY_PATH);
	scap |= (native & 0x100) == 0x100 ? SCAP_FCHOWNAT_AT_SYMLINK_NOFOLLOW : 0;
	return scap;
}

static __always_inline __u32 scap_renameat2_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_RENAME_NOREPLACE | SCAP_RENAME_EXCHANGE | SCAP_RENAME_WHITEOUT);
	return scap;
}

static __always_inline __u32 scap_openat2_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_RESOLVE_CACHED);
	scap |= (native & 0x8) == 0x8 ? SCAP_RESOLVE_BENEATH : 0;
	scap |= (native & 0x10) == 0x10 ? SCAP_RESOLVE_IN_ROOT : 0;
	scap |= (native & 0x2) == 0x2 ? SCAP_RESOLVE_NO_MAGICLINKS : 0;
	scap |= (native & 0x4) == 0x4 ? SCAP_RESOLVE_NO_SYMLINKS : 0;
	scap |= (native & 0x1) == 0x1 ? SCAP_RESOLVE_NO_XDEV : 0;
	return scap;
}

static __always_inline __u32 scap_chmod_mode(__u32 native)
{
	return native & 0xfff;
}

static __always_inline __u32 scap_mknod_mode(__u32 native)
{
	return native & 0xffff;
}

static __always_inline __u32 scap_close_range_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_CLOSE_RANGE_UNSHARE | SCAP_CLOSE_RANGE_CLOEXEC);
	return scap;
}

static __always_inline __u32 scap_quotactl_dqi_flags(__u32 native)
{
	switch (native) {
	case 0x1:
		return SCAP_V1_DQF_RSQUASH;
	default:
		return 0x1;
	}
}

static __always_inline __u32 scap_quotactl_cmds(__u32 native)
{
	switch (native) {
	case 0x800002:
		return SCAP_Q_QUOTAON;
	case 0x800003:
		return SCAP_Q_QUOTAOFF;
	case 0x800004:
		return SCAP_Q_GETFMT;
	case 0x800005:
		return SCAP_Q_GETINFO;
	case 0x800006:
		return SCAP_Q_SETINFO;
	case 0x800007:
		return SCAP_Q_GETQUOTA;
	case 0x800008:
		return SCAP_Q_SETQUOTA;
	case 0x800001:
		return SCAP_Q_SYNC;
	case 0x5801:
		return SCAP_Q_XQUOTAON;
	case 0x5802:
		return SCAP_Q_XQUOTAOFF;
	case 0x5803:
		return SCAP_Q_XGETQUOTA;
	case 0x5804:
		return SCAP_Q_XSETQLIM;
	case 0x5805:
		return SCAP_Q_XGETQSTAT;
	case 0x5806:
		return SCAP_Q_XQUOTARM;
	case 0x5807:
		return SCAP_Q_XQUOTASYNC;
	default:
		return 0x0;
	}
}

static __always_inline __u32 scap_quotactl_types(__u32 native)
{
	switch (native) {
	case 0x0:
		return SCAP_USRQUOTA;
	case 0x1:
		return SCAP_GRPQUOTA;
	default:
		return 0x0;
	}
}

static __always_inline __u32 scap_quotactl_quota_fmts(__u32 native)
{
	switch (native) {
	case 0x1:
		return SCAP_QFMT_VFS_OLD;
	case 0x2:
		return SCAP_QFMT_VFS_V0;
	case 0x4:
		return SCAP_QFMT_VFS_V1;
	default:
		return 0x1;
	}
}

static __always_inline __u32 scap_shutdown_how(__u32 native)
{
	switch (native) {
	case 0x0:
		return SCAP_SHUT_RD;
	case 0x1:
		return SCAP_SHUT_WR;
	case 0x2:
		return SCAP_SHUT_RDWR;
	default:
		return 0xffff;
	}
}

static __always_inline __u32 scap_sockopt_levels(__u32 native)
{
	switch (native) {
	case 0x1:
		return SCAP_SOL_SOCKET;
	case 0x6:
		return SCAP_SOL_TCP;
	default:
		return 0x0;
	}
}

static __always_inline __u32 scap_sockopt_options(__u32 native)
{
	switch (native) {
	case 0x1:
		return SCAP_SO_DEBUG;
	case 0x2:
		return SCAP_SO_REUSEADDR;
	case 0x3:
		return SCAP_SO_TYPE;
	case 0x4:
		return SCAP_SO_ERROR;
	case 0x5:
		return SCAP_SO_DONTROUTE;
	case 0x6:
		return SCAP_SO_BROADCAST;
	case 0x7:
		return SCAP_SO_SNDBUF;
	case 0x8:
		return SCAP_SO_RCVBUF;
	case 0x9:
		return SCAP_SO_KEEPALIVE;
	case 0xa:
		return SCAP_SO_OOBINLINE;
	case 0xb:
		return SCAP_SO_NO_CHECK;
	case 0xc:
		return SCAP_SO_PRIORITY;
	case 0xd:
		return SCAP_SO_LINGER;
	case 0xe:
		return SCAP_SO_BSDCOMPAT;
	case 0xf:
		return SCAP_SO_REUSEPORT;
	case 0x10:
		return SCAP_SO_PASSCRED;
	case 0x11:
		return SCAP_SO_PEERCRED;
	case 0x12:
		return SCAP_SO_RCVLOWAT;
	case 0x13:
		return SCAP_SO_SNDLOWAT;
	case 0x14:
		return SCAP_SO_RCVTIMEO;
	case 0x15:
		return SCAP_SO_SNDTIMEO;
	case 0x16:
		return SCAP_SO_SECURITY_AUTHENTICATION;
	case 0x17:
		return SCAP_SO_SECURITY_ENCRYPTION_TRANSPORT;
	case 0x18:
		return SCAP_SO_SECURITY_ENCRYPTION_NETWORK;
	case 0x19:
		return SCAP_SO_BINDTODEVICE;
	case 0x1a:
		return SCAP_SO_ATTACH_FILTER;
	case 0x1b:
		return SCAP_SO_DETACH_FILTER;
	case 0x1c:
		return SCAP_SO_PEERNAME;
	case 0x1d:
		return SCAP_SO_TIMESTAMP;
	case 0x1e:
		return SCAP_SO_ACCEPTCONN;
	case 0x1f:
		return SCAP_SO_PEERSEC;
	case 0x20:
		return SCAP_SO_SNDBUFFORCE;
	case 0x21:
		return SCAP_SO_RCVBUFFORCE;
	case 0x22:
		return SCAP_SO_PASSSEC;
	case 0x23:
		return SCAP_SO_TIMESTAMPNS;
	case 0x24:
		return SCAP_SO_MARK;
	case 0x25:
		return SCAP_SO_TIMESTAMPING;
	case 0x26:
		return SCAP_SO_PROTOCOL;
	case 0x27:
		return SCAP_SO_DOMAIN;
	case 0x28:
		return SCAP_SO_RXQ_OVFL;
	case 0x29:
		return SCAP_SO_WIFI_STATUS;
	case 0x2a:
		return SCAP_SO_PEEK_OFF;
	case 0x2b:
		return SCAP_SO_NOFCS;
	case 0x2c:
		return SCAP_SO_LOCK_FILTER;
	case 0x2d:
		return SCAP_SO_SELECT_ERR_QUEUE;
	case 0x2e:
		return SCAP_SO_BUSY_POLL;
	case 0x2f:
		return SCAP_SO_MAX_PACING_RATE;
	case 0x30:
		return SCAP_SO_BPF_EXTENSIONS;
	case 0x31:
		return SCAP_SO_INCOMING_CPU;
	case 0x32:
		return SCAP_SO_ATTACH_BPF;
	case 0x3b:
		return SCAP_SO_PEERGROUPS;
	case 0x37:
		return SCAP_SO_MEMINFO;
	case 0x39:
		return SCAP_SO_COOKIE;
	default:
		return 0x0;
	}
}

static __always_inline __u32 scap_clone_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_CLONE_SIGHAND | SCAP_CLONE_CHILD_SETTID);
	scap |= (native & 0x400) == 0x400 ? SCAP_CLONE_FILES : 0;
	scap |= (native & 0x200) == 0x200 ? SCAP_CLONE_FS : 0;
	scap |= (native & 0x80000000) == 0x80000000 ? SCAP_CLONE_IO : 0;
	scap |= (native & 0x8000000) == 0x8000000 ? SCAP_CLONE_NEWIPC : 0;
	scap |= (native & 0x40000000) == 0x40000000 ? SCAP_CLONE_NEWNET : 0;
	scap |= (native & 0x20000) == 0x20000 ? SCAP_CLONE_NEWNS : 0;
	scap |= (native & 0x20000000) == 0x20000000 ? SCAP_CLONE_NEWPID : 0;
	scap |= (native & 0x4000000) == 0x4000000 ? SCAP_CLONE_NEWUTS : 0;
	scap |= (native & 0x8000) == 0x8000 ? SCAP_CLONE_PARENT : 0;
	scap |= (native & 0x100000) == 0x100000 ? SCAP_CLONE_PARENT_SETTID : 0;
	scap |= (native & 0x2000) == 0x2000 ? SCAP_CLONE_PTRACE : 0;
	scap |= (native & 0x40000) == 0x40000 ? SCAP_CLONE_SYSVSEM : 0;
	scap |= (native & 0x10000) == 0x10000 ? SCAP_CLONE_THREAD : 0;
	scap |= (native & 0x800000) == 0x800000 ? SCAP_CLONE_UNTRACED : 0;
	scap |= (native & 0x100) == 0x100 ? SCAP_CLONE_VM : 0;
	scap |= (native & 0x10000000) == 0x10000000 ? SCAP_CLONE_NEWUSER : 0;
	scap |= (native & 0x200000) == 0x200000 ? SCAP_CLONE_CHILD_CLEARTID : 0;
	scap |= (native & 0x80000) == 0x80000 ? SCAP_CLONE_SETTLS : 0;
	scap |= (native & 0x4000) == 0x4000 ? SCAP_CLONE_VFORK : 0;
	scap |= (native & 0x2000000) == 0x2000000 ? SCAP_CLONE_NEWCGROUP : 0;
	return scap;
}

static __always_inline __u32 scap_execveat_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= (native & 0x1000) == 0x1000 ? SCAP_EXECVEAT_AT_EMPTY_PATH : 0;
	scap |= (native & 0x100) == 0x100 ? SCAP_EXECVEAT_AT_SYMLINK_NOFOLLOW : 0;
	return scap;
}

static __always_inline __u32 scap_ptrace_requests(__u32 native)
{
	switch (native) {
	case 0x0:
		return SCAP_PTRACE_TRACEME;
	case 0x1:
		return SCAP_PTRACE_PEEKTEXT;
	case 0x2:
		return SCAP_PTRACE_PEEKDATA;
	case 0x3:
		return SCAP_PTRACE_PEEKUSR;
	case 0x4:
		return SCAP_PTRACE_POKETEXT;
	case 0x5:
		return SCAP_PTRACE_POKEDATA;
	case 0x6:
		return SCAP_PTRACE_POKEUSR;
	case 0x7:
		return SCAP_PTRACE_CONT;
	case 0x8:
		return SCAP_PTRACE_KILL;
	case 0x9:
		return SCAP_PTRACE_SINGLESTEP;
	case 0x10:
		return SCAP_PTRACE_ATTACH;
	case 0x11:
		return SCAP_PTRACE_DETACH;
	case 0x18:
		return SCAP_PTRACE_SYSCALL;
	case 0x4200:
		return SCAP_PTRACE_SETOPTIONS;
	case 0x4201:
		return SCAP_PTRACE_GETEVENTMSG;
	case 0x4202:
		return SCAP_PTRACE_GETSIGINFO;
	case 0x4203:
		return SCAP_PTRACE_SETSIGINFO;
	case 0x4204:
		return SCAP_PTRACE_GETREGSET;
	case 0x4205:
		return SCAP_PTRACE_SETREGSET;
	case 0x4206:
		return SCAP_PTRACE_SEIZE;
	case 0x4207:
		return SCAP_PTRACE_INTERRUPT;
	case 0x4208:
		return SCAP_PTRACE_LISTEN;
	case 0x4209:
		return SCAP_PTRACE_PEEKSIGINFO;
	case 0x420a:
		return SCAP_PTRACE_GETSIGMASK;
	case 0x420b:
		return SCAP_PTRACE_SETSIGMASK;
#ifdef NATIVE_PTRACE_GETREGS
	case NATIVE_PTRACE_GETREGS:
		return SCAP_PTRACE_GETREGS;
#endif
#ifdef NATIVE_PTRACE_SETREGS
	case NATIVE_PTRACE_SETREGS:
		return SCAP_PTRACE_SETREGS;
#endif
#ifdef NATIVE_PTRACE_GETFPREGS
	case NATIVE_PTRACE_GETFPREGS:
		return SCAP_PTRACE_GETFPREGS;
#endif
#ifdef NATIVE_PTRACE_SETFPREGS
	case NATIVE_PTRACE_SETFPREGS:
		return SCAP_PTRACE_SETFPREGS;
#endif
#ifdef NATIVE_PTRACE_GETFPXREGS
	case NATIVE_PTRACE_GETFPXREGS:
		return SCAP_PTRACE_GETFPXREGS;
#endif
#ifdef NATIVE_PTRACE_SETFPXREGS
	case NATIVE_PTRACE_SETFPXREGS:
		return SCAP_PTRACE_SETFPXREGS;
#endif
#ifdef NATIVE_PTRACE_OLDSETOPTIONS
	case NATIVE_PTRACE_OLDSETOPTIONS:
		return SCAP_PTRACE_OLDSETOPTIONS;
#endif
#ifdef NATIVE_PTRACE_GET_THREAD_AREA
	case NATIVE_PTRACE_GET_THREAD_AREA:
		return SCAP_PTRACE_GET_THREAD_AREA;
#endif
#ifdef NATIVE_PTRACE_SET_THREAD_AREA
	case NATIVE_PTRACE_SET_THREAD_AREA:
		return SCAP_PTRACE_SET_THREAD_AREA;
#endif
#ifdef NATIVE_PTRACE_ARCH_PRCTL
	case NATIVE_PTRACE_ARCH_PRCTL:
		return SCAP_PTRACE_ARCH_PRCTL;
#endif
	case 0x1f:
		return SCAP_PTRACE_SYSEMU;
	case 0x20:
		return SCAP_PTRACE_SYSEMU_SINGLESTEP;
#ifdef NATIVE_PTRACE_SINGLEBLOCK
	case NATIVE_PTRACE_SINGLEBLOCK:
		return SCAP_PTRACE_SINGLEBLOCK;
#endif
	default:
		return 0x0;
	}
}

static __always_inline __u32 scap_rlimit_resources(__u32 native)
{
	switch (native) {
	case 0x0:
		return SCAP_RLIMIT_CPU;
	case 0x1:
		return SCAP_RLIMIT_FSIZE;
	case 0x2:
		return SCAP_RLIMIT_DATA;
	case 0x3:
		return SCAP_RLIMIT_STACK;
	case 0x4:
		return SCAP_RLIMIT_CORE;
	case 0x5:
		return SCAP_RLIMIT_RSS;
	case 0x6:
		return SCAP_RLIMIT_NPROC;
	case 0x7:
		return SCAP_RLIMIT_NOFILE;
	case 0x8:
		return SCAP_RLIMIT_MEMLOCK;
	case 0x9:
		return SCAP_RLIMIT_AS;
	case 0xa:
		return SCAP_RLIMIT_LOCKS;
	case 0xb:
		return SCAP_RLIMIT_SIGPENDING;
	case 0xc:
		return SCAP_RLIMIT_MSGQUEUE;
	case 0xd:
		return SCAP_RLIMIT_NICE;
	case 0xe:
		return SCAP_RLIMIT_RTPRIO;
	case 0xf:
		return SCAP_RLIMIT_RTTIME;
	default:
		return 0xff;
	}
}

static __always_inline __u32 scap_pidfd_open_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= (native & 0x800) == 0x800 ? SCAP_PIDFD_NONBLOCK : 0;
	return scap;
}

static __always_inline __u32 scap_prot_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_PROT_READ | SCAP_PROT_WRITE | SCAP_PROT_EXEC | SCAP_PROT_SEM);
	scap |= (native & 0x1000000) == 0x1000000 ? SCAP_PROT_GROWSDOWN : 0;
	scap |= (native & 0x2000000) == 0x2000000 ? SCAP_PROT_GROWSUP : 0;
	return scap;
}

static __always_inline __u32 scap_mmap_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_MAP_SHARED | SCAP_MAP_PRIVATE);
	scap |= (native & 0x10) == 0x10 ? SCAP_MAP_FIXED : 0;
	scap |= (native & 0x20) == 0x20 ? SCAP_MAP_ANONYMOUS : 0;
#ifdef NATIVE_MAP_32BIT
	scap |= (native & NATIVE_MAP_32BIT) == NATIVE_MAP_32BIT ? SCAP_MAP_32BIT : 0;
#endif
	scap |= (native & 0x4000) == 0x4000 ? SCAP_MAP_NORESERVE : 0;
	scap |= (native & 0x8000) == 0x8000 ? SCAP_MAP_POPULATE : 0;
	scap |= (native & 0x10000) == 0x10000 ? SCAP_MAP_NONBLOCK : 0;
	scap |= (native & 0x100) == 0x100 ? SCAP_MAP_GROWSDOWN : 0;
	scap |= (native & 0x800) == 0x800 ? SCAP_MAP_DENYWRITE : 0;
	scap |= (native & 0x1000) == 0x1000 ? SCAP_MAP_EXECUTABLE : 0;
	scap |= (native & 0x2000) == 0x2000 ? SCAP_MAP_LOCKED : 0;
	return scap;
}

static __always_inline __u32 scap_mlock2_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_MLOCK_ONFAULT);
	return scap;
}

static __always_inline __u32 scap_mlockall_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_MCL_CURRENT | SCAP_MCL_FUTURE | SCAP_MCL_ONFAULT);
	return scap;
}

static __always_inline __u32 scap_memfd_create_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_MFD_CLOEXEC | SCAP_MFD_ALLOW_SEALING | SCAP_MFD_HUGETLB);
	return scap;
}

static __always_inline __u32 scap_fcntl_commands(__u32 native)
{
	switch (native) {
	case 0x0:
		return SCAP_F_DUPFD;
	case 0x1:
		return SCAP_F_GETFD;
	case 0x2:
		return SCAP_F_SETFD;
	case 0x3:
		return SCAP_F_GETFL;
	case 0x4:
		return SCAP_F_SETFL;
	case 0x5:
		return SCAP_F_GETLK;
	case 0x6:
		return SCAP_F_SETLK;
	case 0x7:
		return SCAP_F_SETLKW;
	case 0x8:
		return SCAP_F_SETOWN;
	case 0x9:
		return SCAP_F_GETOWN;
	case 0xa:
		return SCAP_F_SETSIG;
	case 0xb:
		return SCAP_F_GETSIG;
	case 0xc:
		return SCAP_F_GETLK64;
	case 0xd:
		return SCAP_F_SETLK64;
	case 0xe:
		return SCAP_F_SETLKW64;
	case 0xf:
		return SCAP_F_SETOWN_EX;
	case 0x10:
		return SCAP_F_GETOWN_EX;
	case 0x400:
		return SCAP_F_SETLEASE;
	case 0x401:
		return SCAP_F_GETLEASE;
	case 0x405:
		return SCAP_F_CANCELLK;
	case 0x406:
		return SCAP_F_DUPFD_CLOEXEC;
	case 0x402:
		return SCAP_F_NOTIFY;
	case 0x407:
		return SCAP_F_SETPIPE_SZ;
	case 0x408:
		return SCAP_F_GETPIPE_SZ;
	case 0x24:
		return SCAP_F_OFD_GETLK;
	case 0x25:
		return SCAP_F_OFD_SETLK;
	case 0x26:
		return SCAP_F_OFD_SETLKW;
	default:
		return 0x0;
	}
}

static __always_inline __u32 scap_poll_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_POLLIN | SCAP_POLLPRI | SCAP_POLLOUT);
	scap |= (native & 0x2000) == 0x2000 ? SCAP_POLLRDHUP : 0;
	scap |= (native & 0x8) == 0x8 ? SCAP_POLLERR : 0;
	scap |= (native & 0x10) == 0x10 ? SCAP_POLLHUP : 0;
	scap |= (native & 0x20) == 0x20 ? SCAP_POLLNVAL : 0;
	scap |= (native & 0x40) == 0x40 ? SCAP_POLLRDNORM : 0;
	scap |= (native & 0x80) == 0x80 ? SCAP_POLLRDBAND : 0;
	scap |= (native & 0x100) == 0x100 ? SCAP_POLLWRNORM : 0;
	scap |= (native & 0x200) == 0x200 ? SCAP_POLLWRBAND : 0;
	return scap;
}

static __always_inline __u32 scap_splice_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_SPLICE_F_MOVE | SCAP_SPLICE_F_NONBLOCK | SCAP_SPLICE_F_MORE | SCAP_SPLICE_F_GIFT);
	return scap;
}

static __always_inline __u32 scap_epoll_create1_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= (native & 0x80000) == 0x80000 ? SCAP_EPOLL_CLOEXEC : 0;
	return scap;
}

static __always_inline __u32 scap_io_uring_setup_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_IORING_SETUP_IOPOLL | SCAP_IORING_SETUP_SQPOLL);
	scap |= (native & 0x4) == 0x4 ? SCAP_IORING_SETUP_SQ_AFF : 0;
	scap |= (native & 0x8) == 0x8 ? SCAP_IORING_SETUP_CQSIZE : 0;
	scap |= (native & 0x10) == 0x10 ? SCAP_IORING_SETUP_CLAMP : 0;
	scap |= (native & 0x20) == 0x20 ? SCAP_IORING_SETUP_ATTACH_RW : 0;
	scap |= (native & 0x40) == 0x40 ? SCAP_IORING_SETUP_R_DISABLED : 0;
	return scap;
}

static __always_inline __u32 scap_io_uring_setup_feats(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_IORING_FEAT_SINGLE_MMAP | SCAP_IORING_FEAT_NODROP | SCAP_IORING_FEAT_SUBMIT_STABLE | SCAP_IORING_FEAT_RW_CUR_POS | SCAP_IORING_FEAT_CUR_PERSONALITY | SCAP_IORING_FEAT_FAST_POLL | SCAP_IORING_FEAT_POLL_32BITS | SCAP_IORING_FEAT_SQPOLL_NONFIXED | SCAP_IORING_FEAT_ENTER_EXT_ARG | SCAP_IORING_FEAT_NATIVE_WORKERS | SCAP_IORING_FEAT_RSRC_TAGS);
	return scap;
}

static __always_inline __u32 scap_io_uring_enter_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_IORING_ENTER_GETEVENTS | SCAP_IORING_ENTER_SQ_WAKEUP | SCAP_IORING_ENTER_SQ_WAIT | SCAP_IORING_ENTER_EXT_ARG);
	return scap;
}

static __always_inline __u32 scap_futex_operations(__u32 native)
{
	return native & 0x1ff;
}

static __always_inline __u32 scap_semop_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= (native & 0x800) == 0x800 ? SCAP_IPC_NOWAIT : 0;
	scap |= (native & 0x1000) == 0x1000 ? SCAP_SEM_UNDO : 0;
	return scap;
}

static __always_inline __u32 scap_semget_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= (native & 0x400) == 0x400 ? SCAP_IPC_EXCL : 0;
	scap |= (native & 0x200) == 0x200 ? SCAP_IPC_CREAT : 0;
	return scap;
}

static __always_inline __u32 scap_semctl_commands(__u32 native)
{
	switch (native & 0xff) {
	case 0x2:
		return SCAP_SEMCTL_IPC_STAT;
	case 0x1:
		return SCAP_SEMCTL_IPC_SET;
	case 0x0:
		return SCAP_SEMCTL_IPC_RMID;
	case 0x3:
		return SCAP_SEMCTL_IPC_INFO;
	case 0x13:
		return SCAP_SEMCTL_SEM_INFO;
	case 0x12:
		return SCAP_SEMCTL_SEM_STAT;
	case 0xd:
		return SCAP_SEMCTL_GETALL;
	case 0xe:
		return SCAP_SEMCTL_GETNCNT;
	case 0xb:
		return SCAP_SEMCTL_GETPID;
	case 0xc:
		return SCAP_SEMCTL_GETVAL;
	case 0xf:
		return SCAP_SEMCTL_GETZCNT;
	case 0x11:
		return SCAP_SEMCTL_SETALL;
	case 0x10:
		return SCAP_SEMCTL_SETVAL;
	default:
		return 0x0;
	}
}

static __always_inline __u32 scap_delete_module_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= (native & 0x800) == 0x800 ? SCAP_DELETE_MODULE_O_NONBLOCK : 0;
	scap |= (native & 0x200) == 0x200 ? SCAP_DELETE_MODULE_O_TRUNC : 0;
	return scap;
}

static __always_inline __u32 scap_finit_module_flags(__u32 native)
{
	__u32 scap = 0;

	scap |= native & (SCAP_MODULE_INIT_IGNORE_MODVERSIONS | SCAP_MODULE_INIT_IGNORE_VERMAGIC | SCAP_MODULE_INIT_COMPRESSED_FILE);
	return scap;
}

static __always_inline __u32 scap_fd_flags(__u32 native)
{
	__u32 scap = 0;

#ifdef NATIVE_O_DIRECT
	scap |= (native & NATIVE_O_DIRECT) == NATIVE_O_DIRECT ? SCAP_O_DIRECT : 0;
#endif
	scap |= (native & 0x800) == 0x800 ? SCAP_O_NONBLOCK : 0;
	scap |= (native & 0x80000) == 0x80000 ? SCAP_O_CLOEXEC : 0;
	return scap;
}

#endif
