/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Calls that control processes, sockets and rings, and whose arguments mean different things. */

/* ---- ptrace: the first byte of a dynamic parameter selects its type ---- */

enum {
	PTRACE_DYN_U64,
	PTRACE_DYN_SIGNAL,
};

static __always_inline void emit_dyn_u64(struct event *ev, u8 selector, u64 value)
{
	u64 at = BOUND(ev->off);

	STORE(u8, ev->scratch->record + at, selector);
	STORE(u64, ev->scratch->record + at + 1, value);
	ev->off += 9;
	param_length(ev, 9);
}

static __always_inline void emit_dyn_u8(struct event *ev, u8 selector, u8 value)
{
	u64 at = BOUND(ev->off);

	STORE(u8, ev->scratch->record + at, selector);
	STORE(u8, ev->scratch->record + at + 1, value);
	ev->off += 2;
	param_length(ev, 2);
}

FILLER(ptrace_x, SYSCALL_PTRACE_X)
{
	u64 request = sys_arg(c, 0), addr = sys_arg(c, 2), data = sys_arg(c, 3);

	EVENT_BEGIN(c, SYSCALL_PTRACE_X, 5);
	emit_s64(&ev, c->ret);
	if (c->ret < 0) {
		emit_empty(&ev);
		emit_empty(&ev);
	} else {
		emit_dyn_u64(&ev, PTRACE_DYN_U64, addr);
		switch (request) {
		case PTRACE_PEEKTEXT:
		case PTRACE_PEEKDATA:
		case PTRACE_PEEKUSR: {
			u64 word = 0;

			read_user(&word, sizeof(word), (void *)data);
			emit_dyn_u64(&ev, PTRACE_DYN_U64, word);
			break;
		}
		case PTRACE_CONT:
		case PTRACE_SINGLESTEP:
		case PTRACE_DETACH:
		case PTRACE_SYSCALL:
			emit_dyn_u8(&ev, PTRACE_DYN_SIGNAL, data);
			break;
		case PTRACE_ATTACH:
		case PTRACE_KILL:
			emit_dyn_u8(&ev, PTRACE_DYN_SIGNAL, 0);
			break;
		default:
			emit_dyn_u64(&ev, PTRACE_DYN_U64, data);
			break;
		}
	}
	emit_u16(&ev, scap_ptrace_requests(request));
	emit_s64(&ev, (s32)sys_arg(c, 1));
	EVENT_END(c);
}

FILLER(prctl_x, SYSCALL_PRCTL_X)
{
	u32 option = sys_arg(c, 0);
	s64 number = sys_arg(c, 1);

	EVENT_BEGIN(c, SYSCALL_PRCTL_X, 4);
	emit_s64(&ev, c->ret);
	emit_u32(&ev, option);
	if (option == PR_SET_NAME) {
		emit_user_str(&ev, number);
		number = 0;
	} else {
		emit_empty(&ev);
		if (option == PR_GET_CHILD_SUBREAPER) {
			s32 value = 0;

			read_user(&value, sizeof(value), (void *)number);
			number = value;
		}
	}
	emit_s64(&ev, number);
	EVENT_END(c);
}

FILLER(capset_x, SYSCALL_CAPSET_X)
{
	const struct cred *cred = KREAD(current_task(), cred);

	FIXED_BEGIN(c, SYSCALL_CAPSET_X, 4, 32);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u64, CAPABILITIES(cred, cap_inheritable));
	FIXED_PARAM(2, 16, u64, CAPABILITIES(cred, cap_permitted));
	FIXED_PARAM(3, 24, u64, CAPABILITIES(cred, cap_effective));
	FIXED_END(c);
}

/* ---- socket options ---- */

enum {
	OPTION_BYTES,
	OPTION_ERRNO,
	OPTION_U32,
	OPTION_U64,
	OPTION_TIMEVAL,
};

static __always_inline void emit_option(struct event *ev, u64 level, u64 name, u64 ptr, u32 length)
{
	u64 at = BOUND(ev->off), start = ev->off;
	u64 pair[2] = {};
	u32 word = 0;

	if (level == SOL_SOCKET && name == SO_ERROR) {
		read_user(&word, sizeof(word), (void *)ptr);
		emit_dyn_u64(ev, OPTION_ERRNO, (s64) - (s32)word);
	} else if (level == SOL_SOCKET && (name == SO_RCVTIMEO_OLD || name == SO_SNDTIMEO_OLD)) {
		read_user(pair, sizeof(pair), (void *)ptr);
		emit_dyn_u64(ev, OPTION_TIMEVAL, pair[0] * 1000000000ULL + pair[1] * 1000);
	} else if (level == SOL_SOCKET && name == SO_COOKIE) {
		read_user(pair, sizeof(u64), (void *)ptr);
		emit_dyn_u64(ev, OPTION_U64, pair[0]);
	} else if (level == SOL_SOCKET && length == sizeof(u32)) {
		read_user(&word, sizeof(word), (void *)ptr);
		STORE(u8, ev->scratch->record + at, OPTION_U32);
		STORE(u32, ev->scratch->record + at + 1, word);
		ev->off += 5;
		param_length(ev, 5);
	} else {
		STORE(u8, ev->scratch->record + at, OPTION_BYTES);
		ev->off += 1;
		write_user_bytes(ev, ptr, length < LIVE(snaplen) ? length : LIVE(snaplen));
		param_length(ev, ev->off - start);
	}
}

FILLER(setsockopt_x, SOCKET_SETSOCKOPT_X)
{
	EVENT_BEGIN(c, SOCKET_SETSOCKOPT_X, 6);
	emit_s64(&ev, c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_u8(&ev, scap_sockopt_levels(sys_arg(c, 1)));
	emit_u8(&ev, scap_sockopt_options(sys_arg(c, 2)));
	emit_option(&ev, sys_arg(c, 1), sys_arg(c, 2), sys_arg(c, 3), sys_arg(c, 4));
	emit_u32(&ev, sys_arg(c, 4));
	EVENT_END(c);
}

FILLER(getsockopt_x, SOCKET_GETSOCKOPT_X)
{
	u32 length = 0;

	read_user(&length, sizeof(length), (void *)sys_arg(c, 4));
	EVENT_BEGIN(c, SOCKET_GETSOCKOPT_X, 6);
	emit_s64(&ev, c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_u8(&ev, scap_sockopt_levels(sys_arg(c, 1)));
	emit_u8(&ev, scap_sockopt_options(sys_arg(c, 2)));
	if (c->ret == 0)
		emit_option(&ev, sys_arg(c, 1), sys_arg(c, 2), sys_arg(c, 3), length);
	else
		emit_empty(&ev);
	emit_u32(&ev, length);
	EVENT_END(c);
}

/* ---- io_uring ---- */

struct user_io_uring_params {
	u32 sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features;
};

FILLER(io_uring_setup_x, SYSCALL_IO_URING_SETUP_X)
{
	struct user_io_uring_params params = {};

	read_user(&params, sizeof(params), (void *)sys_arg(c, 1));
	FIXED_BEGIN(c, SYSCALL_IO_URING_SETUP_X, 8, 36);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u32, sys_arg(c, 0));
	FIXED_PARAM(2, 12, u32, params.sq_entries);
	FIXED_PARAM(3, 16, u32, params.cq_entries);
	FIXED_PARAM(4, 20, u32, scap_io_uring_setup_flags(params.flags));
	FIXED_PARAM(5, 24, u32, params.sq_thread_cpu);
	FIXED_PARAM(6, 28, u32, params.sq_thread_idle);
	FIXED_PARAM(7, 32, u32, scap_io_uring_setup_feats(params.features));
	FIXED_END(c);
}
