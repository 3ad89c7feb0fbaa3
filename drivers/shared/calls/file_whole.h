/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Opening a file by handle in one program. */

/* The path is the kernel's: a handle has none in user memory. */
FILLER(open_by_handle_at_x, SYSCALL_OPEN_BY_HANDLE_AT_X)
{
	struct file *file = c->ret >= 0 ? file_of_fd(c->ret) : NULL;
	struct opened opened;

	describe_opened(c->ret, &opened);
	EVENT_BEGIN(c, SYSCALL_OPEN_BY_HANDLE_AT_X, 6);
	emit_s64(&ev, c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_u32(&ev, scap_file_flags(sys_arg(c, 2)) | opened.flags);
	if (file)
		emit_file_path(&ev, file, KREAD(current_task(), fs));
	else
		emit_empty(&ev);
	emit_u32(&ev, opened.dev);
	emit_u64(&ev, opened.ino);
	EVENT_END(c);
}
