/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Generated from agent/schema/events by `python -m agent.codegen`. Do not edit: change the source and run the command. */

/* Numbers in user memory: otherwise is what stands in for what cannot be read. */
#define USER_NUMBER(type) \
	static __always_inline type user_##type(u64 ptr, type otherwise) \
	{ \
		type value; \
\
		return read_user(&value, sizeof(value), (const void *)ptr) ? otherwise : value; \
	}
USER_NUMBER(u16)
USER_NUMBER(s16)
USER_NUMBER(u32)
USER_NUMBER(s32)
USER_NUMBER(s64)

/* A member of a structure of longs, which are four bytes wide for 32-bit programs. */
static __always_inline s64 user_long(const struct sys *c, u64 ptr, u32 index, s64 otherwise)
{
	if (c->ia32)
		return user_s32(ptr + 4 * index, otherwise);
	return user_s64(ptr + 8 * index, otherwise);
}

FILLER(close_x, SYSCALL_CLOSE_X)
{
	FIXED_BEGIN(c, SYSCALL_CLOSE_X, 2, 16);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_END(c);
}

FILLER(read_x, SYSCALL_READ_X)
{
	EVENT_BEGIN(c, SYSCALL_READ_X, 4);
	emit_s64(&ev, c->ret);
	emit_user_bytes(&ev, sys_arg(c, 1), c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_u32(&ev, (u32)sys_arg(c, 2));
	EVENT_END(c);
}

FILLER(write_x, SYSCALL_WRITE_X)
{
	EVENT_BEGIN(c, SYSCALL_WRITE_X, 4);
	emit_s64(&ev, c->ret);
	emit_user_bytes(&ev, sys_arg(c, 1), c->ret > 0 ? c->ret : (s64)sys_arg(c, 2));
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_u32(&ev, (u32)sys_arg(c, 2));
	EVENT_END(c);
}

FILLER(socket_x, SOCKET_SOCKET_X)
{
	FIXED_BEGIN(c, SOCKET_SOCKET_X, 5, 24);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, (u32)sys_arg(c, 0));
	FIXED_PARAM(2, 12, u32, (u32)sys_arg(c, 1));
	FIXED_PARAM(3, 16, u32, (u32)sys_arg(c, 2));
	FIXED_PARAM(4, 20, u32, scap_fd_flags(sys_arg(c, 1)));
	FIXED_END(c);
}

FILLER(bind_x, SOCKET_BIND_X)
{
	EVENT_BEGIN(c, SOCKET_BIND_X, 3);
	emit_s64(&ev, c->ret);
	emit_sockaddr(&ev, sys_arg(c, 1), sys_arg(c, 2));
	emit_s64(&ev, (s32)sys_arg(c, 0));
	EVENT_END(c);
}

FILLER(listen_x, SOCKET_LISTEN_X)
{
	FIXED_BEGIN(c, SOCKET_LISTEN_X, 3, 20);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, s32, (s32)sys_arg(c, 1));
	FIXED_END(c);
}

FILLER(shutdown_x, SOCKET_SHUTDOWN_X)
{
	FIXED_BEGIN(c, SOCKET_SHUTDOWN_X, 3, 17);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, u8, scap_shutdown_how(sys_arg(c, 1)));
	FIXED_END(c);
}

FILLER(getsockname_x, SOCKET_GETSOCKNAME_X)
{
	FIXED_BEGIN(c, SOCKET_GETSOCKNAME_X, 0, 0);
	FIXED_END(c);
}

FILLER(getpeername_x, SOCKET_GETPEERNAME_X)
{
	FIXED_BEGIN(c, SOCKET_GETPEERNAME_X, 0, 0);
	FIXED_END(c);
}

FILLER(eventfd_x, SYSCALL_EVENTFD_X)
{
	FIXED_BEGIN(c, SYSCALL_EVENTFD_X, 3, 20);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u64, (u32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, u32, 0);
	FIXED_END(c);
}

FILLER(futex_x, SYSCALL_FUTEX_X)
{
	FIXED_BEGIN(c, SYSCALL_FUTEX_X, 4, 26);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u64, sys_arg(c, 0));
	FIXED_PARAM(2, 16, u16, scap_futex_operations(sys_arg(c, 1)));
	FIXED_PARAM(3, 18, u64, (u32)sys_arg(c, 2));
	FIXED_END(c);
}

FILLER(stat_x, SYSCALL_STAT_X)
{
	EVENT_BEGIN(c, SYSCALL_STAT_X, 2);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	EVENT_END(c);
}

FILLER(lstat_x, SYSCALL_LSTAT_X)
{
	EVENT_BEGIN(c, SYSCALL_LSTAT_X, 2);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	EVENT_END(c);
}

FILLER(fstat_x, SYSCALL_FSTAT_X)
{
	FIXED_BEGIN(c, SYSCALL_FSTAT_X, 2, 16);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_END(c);
}

FILLER(stat64_x, SYSCALL_STAT64_X)
{
	EVENT_BEGIN(c, SYSCALL_STAT64_X, 2);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	EVENT_END(c);
}

FILLER(lstat64_x, SYSCALL_LSTAT64_X)
{
	EVENT_BEGIN(c, SYSCALL_LSTAT64_X, 2);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	EVENT_END(c);
}

FILLER(fstat64_x, SYSCALL_FSTAT64_X)
{
	FIXED_BEGIN(c, SYSCALL_FSTAT64_X, 1, 8);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_END(c);
}

FILLER(epollwait_x, SYSCALL_EPOLLWAIT_X)
{
	FIXED_BEGIN(c, SYSCALL_EPOLLWAIT_X, 2, 16);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 2));
	FIXED_END(c);
}

FILLER(select_x, SYSCALL_SELECT_X)
{
	FIXED_BEGIN(c, SYSCALL_SELECT_X, 1, 8);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_END(c);
}

FILLER(lseek_x, SYSCALL_LSEEK_X)
{
	FIXED_BEGIN(c, SYSCALL_LSEEK_X, 4, 25);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, u64, sys_arg(c, 1));
	FIXED_PARAM(3, 24, u8, scap_lseek_whence(sys_arg(c, 2)));
	FIXED_END(c);
}

FILLER(llseek_x, SYSCALL_LLSEEK_X)
{
	FIXED_BEGIN(c, SYSCALL_LLSEEK_X, 4, 25);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, u64, sys_arg(c, 1) << 32 | (u32)sys_arg(c, 2));
	FIXED_PARAM(3, 24, u8, scap_lseek_whence(sys_arg(c, 4)));
	FIXED_END(c);
}

FILLER(getcwd_x, SYSCALL_GETCWD_X)
{
	EVENT_BEGIN(c, SYSCALL_GETCWD_X, 2);
	emit_s64(&ev, c->ret);
	if (c->ret >= 0)
		emit_user_str(&ev, sys_arg(c, 0));
	else
		emit_empty(&ev);
	EVENT_END(c);
}

FILLER(chdir_x, SYSCALL_CHDIR_X)
{
	EVENT_BEGIN(c, SYSCALL_CHDIR_X, 2);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	EVENT_END(c);
}

FILLER(fchdir_x, SYSCALL_FCHDIR_X)
{
	FIXED_BEGIN(c, SYSCALL_FCHDIR_X, 2, 16);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_END(c);
}

FILLER(pread_x, SYSCALL_PREAD_X)
{
	EVENT_BEGIN(c, SYSCALL_PREAD_X, 5);
	emit_s64(&ev, c->ret);
	emit_user_bytes(&ev, sys_arg(c, 1), c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_u32(&ev, (u32)sys_arg(c, 2));
	emit_u64(&ev, sys_arg(c, 3));
	EVENT_END(c);
}

FILLER(pwrite_x, SYSCALL_PWRITE_X)
{
	EVENT_BEGIN(c, SYSCALL_PWRITE_X, 5);
	emit_s64(&ev, c->ret);
	emit_user_bytes(&ev, sys_arg(c, 1), c->ret > 0 ? c->ret : (s64)sys_arg(c, 2));
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_u32(&ev, (u32)sys_arg(c, 2));
	emit_u64(&ev, sys_arg(c, 3));
	EVENT_END(c);
}

FILLER(signalfd_x, SYSCALL_SIGNALFD_X)
{
	FIXED_BEGIN(c, SYSCALL_SIGNALFD_X, 4, 21);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, u32, user_u32(sys_arg(c, 1), 0));
	FIXED_PARAM(3, 20, u8, 0);
	FIXED_END(c);
}

FILLER(kill_x, SYSCALL_KILL_X)
{
	FIXED_BEGIN(c, SYSCALL_KILL_X, 3, 17);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, u8, (u8)sys_arg(c, 1));
	FIXED_END(c);
}

FILLER(tkill_x, SYSCALL_TKILL_X)
{
	FIXED_BEGIN(c, SYSCALL_TKILL_X, 3, 17);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, u8, (u8)sys_arg(c, 1));
	FIXED_END(c);
}

FILLER(tgkill_x, SYSCALL_TGKILL_X)
{
	FIXED_BEGIN(c, SYSCALL_TGKILL_X, 4, 25);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, s64, (s32)sys_arg(c, 1));
	FIXED_PARAM(3, 24, u8, (u8)sys_arg(c, 2));
	FIXED_END(c);
}

FILLER(nanosleep_x, SYSCALL_NANOSLEEP_X)
{
	FIXED_BEGIN(c, SYSCALL_NANOSLEEP_X, 2, 16);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u64, user_long(c, sys_arg(c, 0), 0, 0) * 1000000000ULL + user_long(c, sys_arg(c, 0), 1, 0));
	FIXED_END(c);
}

FILLER(timerfd_create_x, SYSCALL_TIMERFD_CREATE_X)
{
	FIXED_BEGIN(c, SYSCALL_TIMERFD_CREATE_X, 3, 10);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u8, (u8)sys_arg(c, 0));
	FIXED_PARAM(2, 9, u8, 0);
	FIXED_END(c);
}

FILLER(inotify_init_x, SYSCALL_INOTIFY_INIT_X)
{
	FIXED_BEGIN(c, SYSCALL_INOTIFY_INIT_X, 2, 9);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u8, 0);
	FIXED_END(c);
}

FILLER(getrlimit_x, SYSCALL_GETRLIMIT_X)
{
	FIXED_BEGIN(c, SYSCALL_GETRLIMIT_X, 4, 25);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, c->ret >= 0 ? user_long(c, sys_arg(c, 1), 0, -1) : -1);
	FIXED_PARAM(2, 16, s64, c->ret >= 0 ? user_long(c, sys_arg(c, 1), 1, -1) : -1);
	FIXED_PARAM(3, 24, u8, scap_rlimit_resources(sys_arg(c, 0)));
	FIXED_END(c);
}

FILLER(setrlimit_x, SYSCALL_SETRLIMIT_X)
{
	FIXED_BEGIN(c, SYSCALL_SETRLIMIT_X, 4, 25);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, user_long(c, sys_arg(c, 1), 0, -1));
	FIXED_PARAM(2, 16, s64, user_long(c, sys_arg(c, 1), 1, -1));
	FIXED_PARAM(3, 24, u8, scap_rlimit_resources(sys_arg(c, 0)));
	FIXED_END(c);
}

FILLER(prlimit_x, SYSCALL_PRLIMIT_X)
{
	FIXED_BEGIN(c, SYSCALL_PRLIMIT_X, 7, 49);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, user_s64(sys_arg(c, 2), -1));
	FIXED_PARAM(2, 16, s64, user_s64(sys_arg(c, 2) + 8, -1));
	FIXED_PARAM(3, 24, s64, c->ret >= 0 ? user_s64(sys_arg(c, 3), -1) : (s64)-1);
	FIXED_PARAM(4, 32, s64, c->ret >= 0 ? user_s64(sys_arg(c, 3) + 8, -1) : (s64)-1);
	FIXED_PARAM(5, 40, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(6, 48, u8, scap_rlimit_resources(sys_arg(c, 1)));
	FIXED_END(c);
}

FILLER(fcntl_x, SYSCALL_FCNTL_X)
{
	FIXED_BEGIN(c, SYSCALL_FCNTL_X, 4, 25);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, u8, scap_fcntl_commands(sys_arg(c, 1)));
	FIXED_PARAM(3, 17, u64, sys_arg(c, 2));
	FIXED_END(c);
}

FILLER(splice_x, SYSCALL_SPLICE_X)
{
	FIXED_BEGIN(c, SYSCALL_SPLICE_X, 5, 36);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, s64, (s32)sys_arg(c, 2));
	FIXED_PARAM(3, 24, u64, sys_arg(c, 4));
	FIXED_PARAM(4, 32, u32, scap_splice_flags(sys_arg(c, 5)));
	FIXED_END(c);
}

FILLER(ioctl_3_x, SYSCALL_IOCTL_3_X)
{
	FIXED_BEGIN(c, SYSCALL_IOCTL_3_X, 4, 32);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, u64, sys_arg(c, 1));
	FIXED_PARAM(3, 24, u64, sys_arg(c, 2));
	FIXED_END(c);
}

FILLER(rename_x, SYSCALL_RENAME_X)
{
	EVENT_BEGIN(c, SYSCALL_RENAME_X, 3);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	emit_user_path(&ev, sys_arg(c, 1));
	EVENT_END(c);
}

FILLER(renameat_x, SYSCALL_RENAMEAT_X)
{
	EVENT_BEGIN(c, SYSCALL_RENAMEAT_X, 5);
	emit_s64(&ev, c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_user_path(&ev, sys_arg(c, 1));
	emit_s64(&ev, (s32)sys_arg(c, 2));
	emit_user_path(&ev, sys_arg(c, 3));
	EVENT_END(c);
}

FILLER(symlink_x, SYSCALL_SYMLINK_X)
{
	EVENT_BEGIN(c, SYSCALL_SYMLINK_X, 3);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	emit_user_path(&ev, sys_arg(c, 1));
	EVENT_END(c);
}

FILLER(symlinkat_x, SYSCALL_SYMLINKAT_X)
{
	EVENT_BEGIN(c, SYSCALL_SYMLINKAT_X, 4);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	emit_s64(&ev, (s32)sys_arg(c, 1));
	emit_user_path(&ev, sys_arg(c, 2));
	EVENT_END(c);
}

FILLER(setresuid_x, SYSCALL_SETRESUID_X)
{
	FIXED_BEGIN(c, SYSCALL_SETRESUID_X, 4, 20);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, (u32)sys_arg(c, 0));
	FIXED_PARAM(2, 12, u32, (u32)sys_arg(c, 1));
	FIXED_PARAM(3, 16, u32, (u32)sys_arg(c, 2));
	FIXED_END(c);
}

FILLER(setresgid_x, SYSCALL_SETRESGID_X)
{
	FIXED_BEGIN(c, SYSCALL_SETRESGID_X, 4, 20);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, (u32)sys_arg(c, 0));
	FIXED_PARAM(2, 12, u32, (u32)sys_arg(c, 1));
	FIXED_PARAM(3, 16, u32, (u32)sys_arg(c, 2));
	FIXED_END(c);
}

FILLER(setuid_x, SYSCALL_SETUID_X)
{
	FIXED_BEGIN(c, SYSCALL_SETUID_X, 2, 12);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, (u32)sys_arg(c, 0));
	FIXED_END(c);
}

FILLER(setgid_x, SYSCALL_SETGID_X)
{
	FIXED_BEGIN(c, SYSCALL_SETGID_X, 2, 12);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, (u32)sys_arg(c, 0));
	FIXED_END(c);
}

FILLER(getuid_x, SYSCALL_GETUID_X)
{
	FIXED_BEGIN(c, SYSCALL_GETUID_X, 1, 4);
	FIXED_PARAM(0, 0, u32, c->ret);
	FIXED_END(c);
}

FILLER(geteuid_x, SYSCALL_GETEUID_X)
{
	FIXED_BEGIN(c, SYSCALL_GETEUID_X, 1, 4);
	FIXED_PARAM(0, 0, u32, c->ret);
	FIXED_END(c);
}

FILLER(getgid_x, SYSCALL_GETGID_X)
{
	FIXED_BEGIN(c, SYSCALL_GETGID_X, 1, 4);
	FIXED_PARAM(0, 0, u32, c->ret);
	FIXED_END(c);
}

FILLER(getegid_x, SYSCALL_GETEGID_X)
{
	FIXED_BEGIN(c, SYSCALL_GETEGID_X, 1, 4);
	FIXED_PARAM(0, 0, u32, c->ret);
	FIXED_END(c);
}

FILLER(getresuid_x, SYSCALL_GETRESUID_X)
{
	FIXED_BEGIN(c, SYSCALL_GETRESUID_X, 4, 20);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, c->ret >= 0 ? user_u32(sys_arg(c, 0), -1) : (u32)-1);
	FIXED_PARAM(2, 12, u32, c->ret >= 0 ? user_u32(sys_arg(c, 1), -1) : (u32)-1);
	FIXED_PARAM(3, 16, u32, c->ret >= 0 ? user_u32(sys_arg(c, 2), -1) : (u32)-1);
	FIXED_END(c);
}

FILLER(getresgid_x, SYSCALL_GETRESGID_X)
{
	FIXED_BEGIN(c, SYSCALL_GETRESGID_X, 4, 20);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, c->ret >= 0 ? user_u32(sys_arg(c, 0), -1) : (u32)-1);
	FIXED_PARAM(2, 12, u32, c->ret >= 0 ? user_u32(sys_arg(c, 1), -1) : (u32)-1);
	FIXED_PARAM(3, 16, u32, c->ret >= 0 ? user_u32(sys_arg(c, 2), -1) : (u32)-1);
	FIXED_END(c);
}

FILLER(getdents_x, SYSCALL_GETDENTS_X)
{
	FIXED_BEGIN(c, SYSCALL_GETDENTS_X, 2, 16);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_END(c);
}

FILLER(getdents64_x, SYSCALL_GETDENTS64_X)
{
	FIXED_BEGIN(c, SYSCALL_GETDENTS64_X, 2, 16);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_END(c);
}

FILLER(setns_x, SYSCALL_SETNS_X)
{
	FIXED_BEGIN(c, SYSCALL_SETNS_X, 3, 20);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, u32, scap_clone_flags(sys_arg(c, 1)));
	FIXED_END(c);
}

FILLER(flock_x, SYSCALL_FLOCK_X)
{
	FIXED_BEGIN(c, SYSCALL_FLOCK_X, 3, 20);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, u32, scap_flock_flags(sys_arg(c, 1)));
	FIXED_END(c);
}

FILLER(semop_x, SYSCALL_SEMOP_X)
{
	FIXED_BEGIN(c, SYSCALL_SEMOP_X, 9, 28);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, (u32)sys_arg(c, 2));
	FIXED_PARAM(2, 12, u16, (u32)sys_arg(c, 2) >= 1 ? user_u16(sys_arg(c, 1), 0) : 0);
	FIXED_PARAM(3, 14, s16, (u32)sys_arg(c, 2) >= 1 ? user_s16(sys_arg(c, 1) + 2, 0) : 0);
	FIXED_PARAM(4, 16, u16, scap_semop_flags((u32)sys_arg(c, 2) >= 1 ? user_u16(sys_arg(c, 1) + 4, 0) : 0));
	FIXED_PARAM(5, 18, u16, (u32)sys_arg(c, 2) >= 2 ? user_u16(sys_arg(c, 1) + 6, 0) : 0);
	FIXED_PARAM(6, 20, s16, (u32)sys_arg(c, 2) >= 2 ? user_s16(sys_arg(c, 1) + 8, 0) : 0);
	FIXED_PARAM(7, 22, u16, scap_semop_flags((u32)sys_arg(c, 2) >= 2 ? user_u16(sys_arg(c, 1) + 10, 0) : 0));
	FIXED_PARAM(8, 24, s32, (s32)sys_arg(c, 0));
	FIXED_END(c);
}

FILLER(semctl_x, SYSCALL_SEMCTL_X)
{
	FIXED_BEGIN(c, SYSCALL_SEMCTL_X, 5, 22);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s32, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 12, s32, (s32)sys_arg(c, 1));
	FIXED_PARAM(3, 16, u16, scap_semctl_commands(sys_arg(c, 2)));
	FIXED_PARAM(4, 18, s32, ((u32)sys_arg(c, 2) & 0xff) == 16 ? (s32)sys_arg(c, 3) : 0);
	FIXED_END(c);
}

FILLER(mount_x, SYSCALL_MOUNT_X)
{
	EVENT_BEGIN(c, SYSCALL_MOUNT_X, 5);
	emit_s64(&ev, c->ret);
	emit_user_str(&ev, sys_arg(c, 0));
	emit_user_path(&ev, sys_arg(c, 1));
	emit_user_str(&ev, sys_arg(c, 2));
	emit_u32(&ev, scap_mount_flags(sys_arg(c, 3)));
	EVENT_END(c);
}

FILLER(semget_x, SYSCALL_SEMGET_X)
{
	FIXED_BEGIN(c, SYSCALL_SEMGET_X, 4, 20);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s32, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 12, s32, (s32)sys_arg(c, 1));
	FIXED_PARAM(3, 16, u32, scap_semget_flags(sys_arg(c, 2)));
	FIXED_END(c);
}

FILLER(access_x, SYSCALL_ACCESS_X)
{
	EVENT_BEGIN(c, SYSCALL_ACCESS_X, 3);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	emit_u32(&ev, scap_access_flags(sys_arg(c, 1)));
	EVENT_END(c);
}

FILLER(chroot_x, SYSCALL_CHROOT_X)
{
	EVENT_BEGIN(c, SYSCALL_CHROOT_X, 2);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	EVENT_END(c);
}

FILLER(setsid_x, SYSCALL_SETSID_X)
{
	FIXED_BEGIN(c, SYSCALL_SETSID_X, 1, 8);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_END(c);
}

FILLER(mkdir_2_x, SYSCALL_MKDIR_2_X)
{
	EVENT_BEGIN(c, SYSCALL_MKDIR_2_X, 3);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	emit_u32(&ev, (u32)sys_arg(c, 1));
	EVENT_END(c);
}

FILLER(rmdir_2_x, SYSCALL_RMDIR_2_X)
{
	EVENT_BEGIN(c, SYSCALL_RMDIR_2_X, 2);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	EVENT_END(c);
}

FILLER(unshare_x, SYSCALL_UNSHARE_X)
{
	FIXED_BEGIN(c, SYSCALL_UNSHARE_X, 2, 12);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, scap_clone_flags(sys_arg(c, 0)));
	FIXED_END(c);
}

FILLER(setpgid_x, SYSCALL_SETPGID_X)
{
	FIXED_BEGIN(c, SYSCALL_SETPGID_X, 3, 24);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, s64, (s32)sys_arg(c, 1));
	FIXED_END(c);
}

FILLER(seccomp_x, SYSCALL_SECCOMP_X)
{
	FIXED_BEGIN(c, SYSCALL_SECCOMP_X, 3, 24);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u64, (u32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, u64, (u32)sys_arg(c, 1));
	FIXED_END(c);
}

FILLER(unlink_2_x, SYSCALL_UNLINK_2_X)
{
	EVENT_BEGIN(c, SYSCALL_UNLINK_2_X, 2);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	EVENT_END(c);
}

FILLER(unlinkat_2_x, SYSCALL_UNLINKAT_2_X)
{
	EVENT_BEGIN(c, SYSCALL_UNLINKAT_2_X, 4);
	emit_s64(&ev, c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_user_path(&ev, sys_arg(c, 1));
	emit_u32(&ev, scap_unlinkat_flags(sys_arg(c, 2)));
	EVENT_END(c);
}

FILLER(mkdirat_x, SYSCALL_MKDIRAT_X)
{
	EVENT_BEGIN(c, SYSCALL_MKDIRAT_X, 4);
	emit_s64(&ev, c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_user_path(&ev, sys_arg(c, 1));
	emit_u32(&ev, (u32)sys_arg(c, 2));
	EVENT_END(c);
}

FILLER(link_2_x, SYSCALL_LINK_2_X)
{
	EVENT_BEGIN(c, SYSCALL_LINK_2_X, 3);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	emit_user_path(&ev, sys_arg(c, 1));
	EVENT_END(c);
}

FILLER(linkat_2_x, SYSCALL_LINKAT_2_X)
{
	EVENT_BEGIN(c, SYSCALL_LINKAT_2_X, 6);
	emit_s64(&ev, c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_user_path(&ev, sys_arg(c, 1));
	emit_s64(&ev, (s32)sys_arg(c, 2));
	emit_user_path(&ev, sys_arg(c, 3));
	emit_u32(&ev, scap_linkat_flags(sys_arg(c, 4)));
	EVENT_END(c);
}

FILLER(fchmodat_x, SYSCALL_FCHMODAT_X)
{
	EVENT_BEGIN(c, SYSCALL_FCHMODAT_X, 4);
	emit_s64(&ev, c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_user_path(&ev, sys_arg(c, 1));
	emit_u32(&ev, scap_chmod_mode(sys_arg(c, 2)));
	EVENT_END(c);
}

FILLER(chmod_x, SYSCALL_CHMOD_X)
{
	EVENT_BEGIN(c, SYSCALL_CHMOD_X, 3);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	emit_u32(&ev, scap_chmod_mode(sys_arg(c, 1)));
	EVENT_END(c);
}

FILLER(fchmod_x, SYSCALL_FCHMOD_X)
{
	FIXED_BEGIN(c, SYSCALL_FCHMOD_X, 3, 20);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, u32, scap_chmod_mode(sys_arg(c, 1)));
	FIXED_END(c);
}

FILLER(renameat2_x, SYSCALL_RENAMEAT2_X)
{
	EVENT_BEGIN(c, SYSCALL_RENAMEAT2_X, 6);
	emit_s64(&ev, c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_user_path(&ev, sys_arg(c, 1));
	emit_s64(&ev, (s32)sys_arg(c, 2));
	emit_user_path(&ev, sys_arg(c, 3));
	emit_u32(&ev, scap_renameat2_flags(sys_arg(c, 4)));
	EVENT_END(c);
}

FILLER(userfaultfd_x, SYSCALL_USERFAULTFD_X)
{
	FIXED_BEGIN(c, SYSCALL_USERFAULTFD_X, 2, 12);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, scap_file_flags(sys_arg(c, 0)));
	FIXED_END(c);
}

FILLER(mprotect_x, SYSCALL_MPROTECT_X)
{
	FIXED_BEGIN(c, SYSCALL_MPROTECT_X, 4, 28);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u64, sys_arg(c, 0));
	FIXED_PARAM(2, 16, u64, sys_arg(c, 1));
	FIXED_PARAM(3, 24, u32, scap_prot_flags(sys_arg(c, 2)));
	FIXED_END(c);
}

FILLER(copy_file_range_x, SYSCALL_COPY_FILE_RANGE_X)
{
	FIXED_BEGIN(c, SYSCALL_COPY_FILE_RANGE_X, 6, 48);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 2));
	FIXED_PARAM(2, 16, u64, sys_arg(c, 3));
	FIXED_PARAM(3, 24, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(4, 32, u64, sys_arg(c, 1));
	FIXED_PARAM(5, 40, u64, sys_arg(c, 4));
	FIXED_END(c);
}

FILLER(io_uring_enter_x, SYSCALL_IO_URING_ENTER_X)
{
	FIXED_BEGIN(c, SYSCALL_IO_URING_ENTER_X, 6, 32);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, u32, (u32)sys_arg(c, 1));
	FIXED_PARAM(3, 20, u32, (u32)sys_arg(c, 2));
	FIXED_PARAM(4, 24, u32, scap_io_uring_enter_flags(sys_arg(c, 3)));
	FIXED_PARAM(5, 28, u32, user_u32(sys_arg(c, 4), 0));
	FIXED_END(c);
}

FILLER(io_uring_register_x, SYSCALL_IO_URING_REGISTER_X)
{
	FIXED_BEGIN(c, SYSCALL_IO_URING_REGISTER_X, 5, 30);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, u16, (u16)sys_arg(c, 1));
	FIXED_PARAM(3, 18, u64, sys_arg(c, 2));
	FIXED_PARAM(4, 26, u32, (u32)sys_arg(c, 3));
	FIXED_END(c);
}

FILLER(mlock_x, SYSCALL_MLOCK_X)
{
	FIXED_BEGIN(c, SYSCALL_MLOCK_X, 3, 24);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u64, sys_arg(c, 0));
	FIXED_PARAM(2, 16, u64, sys_arg(c, 1));
	FIXED_END(c);
}

FILLER(munlock_x, SYSCALL_MUNLOCK_X)
{
	FIXED_BEGIN(c, SYSCALL_MUNLOCK_X, 3, 24);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u64, sys_arg(c, 0));
	FIXED_PARAM(2, 16, u64, sys_arg(c, 1));
	FIXED_END(c);
}

FILLER(mlockall_x, SYSCALL_MLOCKALL_X)
{
	FIXED_BEGIN(c, SYSCALL_MLOCKALL_X, 2, 12);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, scap_mlockall_flags(sys_arg(c, 0)));
	FIXED_END(c);
}

FILLER(munlockall_x, SYSCALL_MUNLOCKALL_X)
{
	FIXED_BEGIN(c, SYSCALL_MUNLOCKALL_X, 1, 8);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_END(c);
}

FILLER(dup2_x, SYSCALL_DUP2_X)
{
	FIXED_BEGIN(c, SYSCALL_DUP2_X, 3, 24);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, s64, (s32)sys_arg(c, 1));
	FIXED_END(c);
}

FILLER(dup3_x, SYSCALL_DUP3_X)
{
	FIXED_BEGIN(c, SYSCALL_DUP3_X, 4, 28);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, s64, (s32)sys_arg(c, 1));
	FIXED_PARAM(3, 24, u32, scap_fd_flags(sys_arg(c, 2)));
	FIXED_END(c);
}

FILLER(dup_1_x, SYSCALL_DUP_1_X)
{
	FIXED_BEGIN(c, SYSCALL_DUP_1_X, 2, 16);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_END(c);
}

FILLER(bpf_2_x, SYSCALL_BPF_2_X)
{
	FIXED_BEGIN(c, SYSCALL_BPF_2_X, 2, 12);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, (u32)sys_arg(c, 0));
	FIXED_END(c);
}

FILLER(mlock2_x, SYSCALL_MLOCK2_X)
{
	FIXED_BEGIN(c, SYSCALL_MLOCK2_X, 4, 28);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u64, sys_arg(c, 0));
	FIXED_PARAM(2, 16, u64, sys_arg(c, 1));
	FIXED_PARAM(3, 24, u32, scap_mlock2_flags(sys_arg(c, 2)));
	FIXED_END(c);
}

FILLER(epoll_create_x, SYSCALL_EPOLL_CREATE_X)
{
	FIXED_BEGIN(c, SYSCALL_EPOLL_CREATE_X, 2, 12);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s32, (s32)sys_arg(c, 0));
	FIXED_END(c);
}

FILLER(epoll_create1_x, SYSCALL_EPOLL_CREATE1_X)
{
	FIXED_BEGIN(c, SYSCALL_EPOLL_CREATE1_X, 2, 12);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, scap_epoll_create1_flags(sys_arg(c, 0)));
	FIXED_END(c);
}

FILLER(chown_x, SYSCALL_CHOWN_X)
{
	EVENT_BEGIN(c, SYSCALL_CHOWN_X, 4);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	emit_u32(&ev, (u32)sys_arg(c, 1));
	emit_u32(&ev, (u32)sys_arg(c, 2));
	EVENT_END(c);
}

FILLER(lchown_x, SYSCALL_LCHOWN_X)
{
	EVENT_BEGIN(c, SYSCALL_LCHOWN_X, 4);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	emit_u32(&ev, (u32)sys_arg(c, 1));
	emit_u32(&ev, (u32)sys_arg(c, 2));
	EVENT_END(c);
}

FILLER(fchown_x, SYSCALL_FCHOWN_X)
{
	FIXED_BEGIN(c, SYSCALL_FCHOWN_X, 4, 24);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, u32, (u32)sys_arg(c, 1));
	FIXED_PARAM(3, 20, u32, (u32)sys_arg(c, 2));
	FIXED_END(c);
}

FILLER(fchownat_x, SYSCALL_FCHOWNAT_X)
{
	EVENT_BEGIN(c, SYSCALL_FCHOWNAT_X, 6);
	emit_s64(&ev, c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_user_path(&ev, sys_arg(c, 1));
	emit_u32(&ev, (u32)sys_arg(c, 2));
	emit_u32(&ev, (u32)sys_arg(c, 3));
	emit_u32(&ev, scap_fchownat_flags(sys_arg(c, 4)));
	EVENT_END(c);
}

FILLER(umount_1_x, SYSCALL_UMOUNT_1_X)
{
	EVENT_BEGIN(c, SYSCALL_UMOUNT_1_X, 2);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	EVENT_END(c);
}

FILLER(umount2_x, SYSCALL_UMOUNT2_X)
{
	EVENT_BEGIN(c, SYSCALL_UMOUNT2_X, 3);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	emit_u32(&ev, scap_umount_flags(sys_arg(c, 1)));
	EVENT_END(c);
}

FILLER(inotify_init1_x, SYSCALL_INOTIFY_INIT1_X)
{
	FIXED_BEGIN(c, SYSCALL_INOTIFY_INIT1_X, 2, 10);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u16, scap_fd_flags(sys_arg(c, 0)));
	FIXED_END(c);
}

FILLER(eventfd2_x, SYSCALL_EVENTFD2_X)
{
	FIXED_BEGIN(c, SYSCALL_EVENTFD2_X, 3, 18);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u16, scap_fd_flags(sys_arg(c, 1)));
	FIXED_PARAM(2, 10, u64, (u32)sys_arg(c, 0));
	FIXED_END(c);
}

FILLER(signalfd4_x, SYSCALL_SIGNALFD4_X)
{
	FIXED_BEGIN(c, SYSCALL_SIGNALFD4_X, 4, 22);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u16, scap_fd_flags(sys_arg(c, 3)));
	FIXED_PARAM(2, 10, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(3, 18, u32, user_u32(sys_arg(c, 1), 0));
	FIXED_END(c);
}

FILLER(memfd_create_x, SYSCALL_MEMFD_CREATE_X)
{
	EVENT_BEGIN(c, SYSCALL_MEMFD_CREATE_X, 3);
	emit_s64(&ev, c->ret);
	emit_user_str(&ev, sys_arg(c, 0));
	emit_u32(&ev, scap_memfd_create_flags(sys_arg(c, 1)));
	EVENT_END(c);
}

FILLER(pidfd_getfd_x, SYSCALL_PIDFD_GETFD_X)
{
	FIXED_BEGIN(c, SYSCALL_PIDFD_GETFD_X, 4, 28);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, s64, (s32)sys_arg(c, 1));
	FIXED_PARAM(3, 24, u32, (u32)sys_arg(c, 2));
	FIXED_END(c);
}

FILLER(pidfd_open_x, SYSCALL_PIDFD_OPEN_X)
{
	FIXED_BEGIN(c, SYSCALL_PIDFD_OPEN_X, 3, 20);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(2, 16, u32, scap_pidfd_open_flags(sys_arg(c, 1)));
	FIXED_END(c);
}

FILLER(init_module_x, SYSCALL_INIT_MODULE_X)
{
	EVENT_BEGIN(c, SYSCALL_INIT_MODULE_X, 4);
	emit_s64(&ev, c->ret);
	emit_user_bytes(&ev, sys_arg(c, 0), sys_arg(c, 1));
	emit_u64(&ev, sys_arg(c, 1));
	emit_user_str(&ev, sys_arg(c, 2));
	EVENT_END(c);
}

FILLER(finit_module_x, SYSCALL_FINIT_MODULE_X)
{
	EVENT_BEGIN(c, SYSCALL_FINIT_MODULE_X, 4);
	emit_s64(&ev, c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_user_str(&ev, sys_arg(c, 1));
	emit_u32(&ev, scap_finit_module_flags(sys_arg(c, 2)));
	EVENT_END(c);
}

FILLER(mknod_x, SYSCALL_MKNOD_X)
{
	EVENT_BEGIN(c, SYSCALL_MKNOD_X, 4);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	emit_u32(&ev, scap_mknod_mode(sys_arg(c, 1)));
	emit_u32(&ev, (u32)sys_arg(c, 2));
	EVENT_END(c);
}

FILLER(mknodat_x, SYSCALL_MKNODAT_X)
{
	EVENT_BEGIN(c, SYSCALL_MKNODAT_X, 5);
	emit_s64(&ev, c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_user_path(&ev, sys_arg(c, 1));
	emit_u32(&ev, scap_mknod_mode(sys_arg(c, 2)));
	emit_u32(&ev, (u32)sys_arg(c, 3));
	EVENT_END(c);
}

FILLER(newfstatat_x, SYSCALL_NEWFSTATAT_X)
{
	EVENT_BEGIN(c, SYSCALL_NEWFSTATAT_X, 4);
	emit_s64(&ev, c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_user_path(&ev, sys_arg(c, 1));
	emit_u32(&ev, scap_newfstatat_flags(sys_arg(c, 3)));
	EVENT_END(c);
}

FILLER(delete_module_x, SYSCALL_DELETE_MODULE_X)
{
	EVENT_BEGIN(c, SYSCALL_DELETE_MODULE_X, 3);
	emit_s64(&ev, c->ret);
	emit_user_str(&ev, sys_arg(c, 0));
	emit_u32(&ev, scap_delete_module_flags(sys_arg(c, 1)));
	EVENT_END(c);
}

FILLER(setreuid_x, SYSCALL_SETREUID_X)
{
	FIXED_BEGIN(c, SYSCALL_SETREUID_X, 3, 16);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, (u32)sys_arg(c, 0));
	FIXED_PARAM(2, 12, u32, (u32)sys_arg(c, 1));
	FIXED_END(c);
}

FILLER(setregid_x, SYSCALL_SETREGID_X)
{
	FIXED_BEGIN(c, SYSCALL_SETREGID_X, 3, 16);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, (u32)sys_arg(c, 0));
	FIXED_PARAM(2, 12, u32, (u32)sys_arg(c, 1));
	FIXED_END(c);
}

FILLER(close_range_x, SYSCALL_CLOSE_RANGE_X)
{
	FIXED_BEGIN(c, SYSCALL_CLOSE_RANGE_X, 4, 20);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, (u32)sys_arg(c, 0));
	FIXED_PARAM(2, 12, u32, (u32)sys_arg(c, 1));
	FIXED_PARAM(3, 16, u32, scap_close_range_flags(sys_arg(c, 2)));
	FIXED_END(c);
}

/* Every body there is, these and those written by hand (calls/): name, event. */
#define FOR_EACH_FILLER(X) \
	X(generic_x, GENERIC_X) \
	X(open_x, SYSCALL_OPEN_X) \
	X(close_x, SYSCALL_CLOSE_X) \
	X(read_x, SYSCALL_READ_X) \
	X(write_x, SYSCALL_WRITE_X) \
	X(socket_x, SOCKET_SOCKET_X) \
	X(bind_x, SOCKET_BIND_X) \
	X(connect_x, SOCKET_CONNECT_X) \
	X(listen_x, SOCKET_LISTEN_X) \
	X(send_x, SOCKET_SEND_X) \
	X(sendto_x, SOCKET_SENDTO_X) \
	X(recv_x, SOCKET_RECV_X) \
	X(recvfrom_x, SOCKET_RECVFROM_X) \
	X(shutdown_x, SOCKET_SHUTDOWN_X) \
	X(getsockname_x, SOCKET_GETSOCKNAME_X) \
	X(getpeername_x, SOCKET_GETPEERNAME_X) \
	X(socketpair_x, SOCKET_SOCKETPAIR_X) \
	X(setsockopt_x, SOCKET_SETSOCKOPT_X) \
	X(getsockopt_x, SOCKET_GETSOCKOPT_X) \
	X(sendmsg_x, SOCKET_SENDMSG_X) \
	X(sendmmsg_x, SOCKET_SENDMMSG_X) \
	X(recvmsg_x, SOCKET_RECVMSG_X) \
	X(recvmmsg_x, SOCKET_RECVMMSG_X) \
	X(creat_x, SYSCALL_CREAT_X) \
	X(pipe_x, SYSCALL_PIPE_X) \
	X(eventfd_x, SYSCALL_EVENTFD_X) \
	X(futex_x, SYSCALL_FUTEX_X) \
	X(stat_x, SYSCALL_STAT_X) \
	X(lstat_x, SYSCALL_LSTAT_X) \
	X(fstat_x, SYSCALL_FSTAT_X) \
	X(stat64_x, SYSCALL_STAT64_X) \
	X(lstat64_x, SYSCALL_LSTAT64_X) \
	X(fstat64_x, SYSCALL_FSTAT64_X) \
	X(epollwait_x, SYSCALL_EPOLLWAIT_X) \
	X(poll_x, SYSCALL_POLL_X) \
	X(select_x, SYSCALL_SELECT_X) \
	X(lseek_x, SYSCALL_LSEEK_X) \
	X(llseek_x, SYSCALL_LLSEEK_X) \
	X(getcwd_x, SYSCALL_GETCWD_X) \
	X(chdir_x, SYSCALL_CHDIR_X) \
	X(fchdir_x, SYSCALL_FCHDIR_X) \
	X(pread_x, SYSCALL_PREAD_X) \
	X(pwrite_x, SYSCALL_PWRITE_X) \
	X(readv_x, SYSCALL_READV_X) \
	X(writev_x, SYSCALL_WRITEV_X) \
	X(preadv_x, SYSCALL_PREADV_X) \
	X(pwritev_x, SYSCALL_PWRITEV_X) \
	X(signalfd_x, SYSCALL_SIGNALFD_X) \
	X(kill_x, SYSCALL_KILL_X) \
	X(tkill_x, SYSCALL_TKILL_X) \
	X(tgkill_x, SYSCALL_TGKILL_X) \
	X(nanosleep_x, SYSCALL_NANOSLEEP_X) \
	X(timerfd_create_x, SYSCALL_TIMERFD_CREATE_X) \
	X(inotify_init_x, SYSCALL_INOTIFY_INIT_X) \
	X(getrlimit_x, SYSCALL_GETRLIMIT_X) \
	X(setrlimit_x, SYSCALL_SETRLIMIT_X) \
	X(prlimit_x, SYSCALL_PRLIMIT_X) \
	X(fcntl_x, SYSCALL_FCNTL_X) \
	X(brk_4_x, SYSCALL_BRK_4_X) \
	X(mmap_x, SYSCALL_MMAP_X) \
	X(mmap2_x, SYSCALL_MMAP2_X) \
	X(munmap_x, SYSCALL_MUNMAP_X) \
	X(splice_x, SYSCALL_SPLICE_X) \
	X(ptrace_x, SYSCALL_PTRACE_X) \
	X(ioctl_3_x, SYSCALL_IOCTL_3_X) \
	X(rename_x, SYSCALL_RENAME_X) \
	X(renameat_x, SYSCALL_RENAMEAT_X) \
	X(symlink_x, SYSCALL_SYMLINK_X) \
	X(symlinkat_x, SYSCALL_SYMLINKAT_X) \
	X(sendfile_x, SYSCALL_SENDFILE_X) \
	X(setresuid_x, SYSCALL_SETRESUID_X) \
	X(setresgid_x, SYSCALL_SETRESGID_X) \
	X(setuid_x, SYSCALL_SETUID_X) \
	X(setgid_x, SYSCALL_SETGID_X) \
	X(getuid_x, SYSCALL_GETUID_X) \
	X(geteuid_x, SYSCALL_GETEUID_X) \
	X(getgid_x, SYSCALL_GETGID_X) \
	X(getegid_x, SYSCALL_GETEGID_X) \
	X(getresuid_x, SYSCALL_GETRESUID_X) \
	X(getresgid_x, SYSCALL_GETRESGID_X) \
	X(clone_20_x, SYSCALL_CLONE_20_X) \
	X(fork_20_x, SYSCALL_FORK_20_X) \
	X(vfork_20_x, SYSCALL_VFORK_20_X) \
	X(getdents_x, SYSCALL_GETDENTS_X) \
	X(getdents64_x, SYSCALL_GETDENTS64_X) \
	X(setns_x, SYSCALL_SETNS_X) \
	X(flock_x, SYSCALL_FLOCK_X) \
	X(accept_5_x, SOCKET_ACCEPT_5_X) \
	X(semop_x, SYSCALL_SEMOP_X) \
	X(semctl_x, SYSCALL_SEMCTL_X) \
	X(ppoll_x, SYSCALL_PPOLL_X) \
	X(mount_x, SYSCALL_MOUNT_X) \
	X(semget_x, SYSCALL_SEMGET_X) \
	X(access_x, SYSCALL_ACCESS_X) \
	X(chroot_x, SYSCALL_CHROOT_X) \
	X(setsid_x, SYSCALL_SETSID_X) \
	X(mkdir_2_x, SYSCALL_MKDIR_2_X) \
	X(rmdir_2_x, SYSCALL_RMDIR_2_X) \
	X(unshare_x, SYSCALL_UNSHARE_X) \
	X(execve_19_x, SYSCALL_EXECVE_19_X) \
	X(setpgid_x, SYSCALL_SETPGID_X) \
	X(seccomp_x, SYSCALL_SECCOMP_X) \
	X(unlink_2_x, SYSCALL_UNLINK_2_X) \
	X(unlinkat_2_x, SYSCALL_UNLINKAT_2_X) \
	X(mkdirat_x, SYSCALL_MKDIRAT_X) \
	X(openat_2_x, SYSCALL_OPENAT_2_X) \
	X(link_2_x, SYSCALL_LINK_2_X) \
	X(linkat_2_x, SYSCALL_LINKAT_2_X) \
	X(fchmodat_x, SYSCALL_FCHMODAT_X) \
	X(chmod_x, SYSCALL_CHMOD_X) \
	X(fchmod_x, SYSCALL_FCHMOD_X) \
	X(renameat2_x, SYSCALL_RENAMEAT2_X) \
	X(userfaultfd_x, SYSCALL_USERFAULTFD_X) \
	X(openat2_x, SYSCALL_OPENAT2_X) \
	X(mprotect_x, SYSCALL_MPROTECT_X) \
	X(execveat_x, SYSCALL_EXECVEAT_X) \
	X(copy_file_range_x, SYSCALL_COPY_FILE_RANGE_X) \
	X(clone3_x, SYSCALL_CLONE3_X) \
	X(open_by_handle_at_x, SYSCALL_OPEN_BY_HANDLE_AT_X) \
	X(io_uring_setup_x, SYSCALL_IO_URING_SETUP_X) \
	X(io_uring_enter_x, SYSCALL_IO_URING_ENTER_X) \
	X(io_uring_register_x, SYSCALL_IO_URING_REGISTER_X) \
	X(mlock_x, SYSCALL_MLOCK_X) \
	X(munlock_x, SYSCALL_MUNLOCK_X) \
	X(mlockall_x, SYSCALL_MLOCKALL_X) \
	X(munlockall_x, SYSCALL_MUNLOCKALL_X) \
	X(capset_x, SYSCALL_CAPSET_X) \
	X(dup2_x, SYSCALL_DUP2_X) \
	X(dup3_x, SYSCALL_DUP3_X) \
	X(dup_1_x, SYSCALL_DUP_1_X) \
	X(bpf_2_x, SYSCALL_BPF_2_X) \
	X(mlock2_x, SYSCALL_MLOCK2_X) \
	X(fsconfig_x, SYSCALL_FSCONFIG_X) \
	X(epoll_create_x, SYSCALL_EPOLL_CREATE_X) \
	X(epoll_create1_x, SYSCALL_EPOLL_CREATE1_X) \
	X(chown_x, SYSCALL_CHOWN_X) \
	X(lchown_x, SYSCALL_LCHOWN_X) \
	X(fchown_x, SYSCALL_FCHOWN_X) \
	X(fchownat_x, SYSCALL_FCHOWNAT_X) \
	X(umount_1_x, SYSCALL_UMOUNT_1_X) \
	X(accept4_6_x, SOCKET_ACCEPT4_6_X) \
	X(umount2_x, SYSCALL_UMOUNT2_X) \
	X(pipe2_x, SYSCALL_PIPE2_X) \
	X(inotify_init1_x, SYSCALL_INOTIFY_INIT1_X) \
	X(eventfd2_x, SYSCALL_EVENTFD2_X) \
	X(signalfd4_x, SYSCALL_SIGNALFD4_X) \
	X(prctl_x, SYSCALL_PRCTL_X) \
	X(memfd_create_x, SYSCALL_MEMFD_CREATE_X) \
	X(pidfd_getfd_x, SYSCALL_PIDFD_GETFD_X) \
	X(pidfd_open_x, SYSCALL_PIDFD_OPEN_X) \
	X(init_module_x, SYSCALL_INIT_MODULE_X) \
	X(finit_module_x, SYSCALL_FINIT_MODULE_X) \
	X(mknod_x, SYSCALL_MKNOD_X) \
	X(mknodat_x, SYSCALL_MKNODAT_X) \
	X(newfstatat_x, SYSCALL_NEWFSTATAT_X) \
	X(process_vm_readv_x, SYSCALL_PROCESS_VM_READV_X) \
	X(process_vm_writev_x, SYSCALL_PROCESS_VM_WRITEV_X) \
	X(delete_module_x, SYSCALL_DELETE_MODULE_X) \
	X(setreuid_x, SYSCALL_SETREUID_X) \
	X(setregid_x, SYSCALL_SETREGID_X) \
	X(close_range_x, SYSCALL_CLOSE_RANGE_X)
