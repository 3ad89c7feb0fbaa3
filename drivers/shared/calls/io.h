/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Vectored reads and writes, and sendfile. */

FILLER(readv_x, SYSCALL_READV_X)
{
	EVENT_BEGIN(c, SYSCALL_READV_X, 4);
	emit_s64(&ev, c->ret);
	emit_u32(&ev, c->ret < 0 ? 0 : c->ret);
	emit_iovec_bytes(&ev, c, sys_arg(c, 1), sys_arg(c, 2), c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	EVENT_END(c);
}

FILLER(writev_x, SYSCALL_WRITEV_X)
{
	EVENT_BEGIN(c, SYSCALL_WRITEV_X, 4);
	emit_s64(&ev, c->ret);
	emit_iovec_bytes(&ev, c, sys_arg(c, 1), sys_arg(c, 2), c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_u32(&ev, iovec_size(c, sys_arg(c, 1), sys_arg(c, 2)));
	EVENT_END(c);
}

FILLER(preadv_x, SYSCALL_PREADV_X)
{
	EVENT_BEGIN(c, SYSCALL_PREADV_X, 5);
	emit_s64(&ev, c->ret);
	emit_u32(&ev, c->ret < 0 ? 0 : c->ret);
	emit_iovec_bytes(&ev, c, sys_arg(c, 1), sys_arg(c, 2), c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_u64(&ev, sys_arg(c, 3));
	EVENT_END(c);
}

FILLER(pwritev_x, SYSCALL_PWRITEV_X)
{
	EVENT_BEGIN(c, SYSCALL_PWRITEV_X, 5);
	emit_s64(&ev, c->ret);
	emit_iovec_bytes(&ev, c, sys_arg(c, 1), sys_arg(c, 2), c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_u32(&ev, iovec_size(c, sys_arg(c, 1), sys_arg(c, 2)));
	emit_u64(&ev, sys_arg(c, 3));
	EVENT_END(c);
}

FILLER(sendfile_x, SYSCALL_SENDFILE_X)
{
	u64 offset = 0;

	if (sys_arg(c, 2))
		read_user(&offset, c->ia32 ? 4 : 8, (void *)sys_arg(c, 2));
	FIXED_BEGIN(c, SYSCALL_SENDFILE_X, 5, 40);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, u64, offset);
	FIXED_PARAM(2, 16, s64, (s32)sys_arg(c, 0));
	FIXED_PARAM(3, 24, s64, (s32)sys_arg(c, 1));
	FIXED_PARAM(4, 32, u64, sys_arg(c, 3));
	FIXED_END(c);
}

static __always_inline void emit_remote_iovec(struct event *ev, const struct sys *c)
{
	emit_s64(ev, c->ret);
	emit_s64(ev, (s32)sys_arg(c, 0));
	emit_iovec_bytes(ev, c, sys_arg(c, 1), sys_arg(c, 2), c->ret);
}

FILLER(process_vm_readv_x, SYSCALL_PROCESS_VM_READV_X)
{
	EVENT_BEGIN(c, SYSCALL_PROCESS_VM_READV_X, 3);
	emit_remote_iovec(&ev, c);
	EVENT_END(c);
}

FILLER(process_vm_writev_x, SYSCALL_PROCESS_VM_WRITEV_X)
{
	EVENT_BEGIN(c, SYSCALL_PROCESS_VM_WRITEV_X, 3);
	emit_remote_iovec(&ev, c);
	EVENT_END(c);
}
