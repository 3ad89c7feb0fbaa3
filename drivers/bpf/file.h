/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Opening a file by handle in two programs: the path is the kernel's, a handle has none in user memory. */

FILLER(open_by_handle_at_x, SYSCALL_OPEN_BY_HANDLE_AT_X)
{
	struct file *file = c->ret >= 0 ? file_of_fd(c->ret) : NULL;
	struct opened opened;
	struct chain *chain;
	struct event ev;

	describe_opened(c->ret, &opened);
	chain = CHAIN_BEGIN(&ev, KIND_PARENT, SYSCALL_OPEN_BY_HANDLE_AT_X, 6);
	if (!chain)
		return;
	emit_s64(&ev, c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_u32(&ev, scap_file_flags(sys_arg(c, 2)) | opened.flags);
	chain->task = (u64)file;
	if (file)
		chain->names = path_names(&ev, file, KREAD(current_task(), fs));
	chain_go_on(c->ctx, chain, &ev, STEP_OPENED_PATH);
}

PROGRAM(step_opened_path, "sys_exit")
{
	struct event ev;
	struct chain *chain = chain_resume(&ev);
	struct opened opened;

	if (!chain)
		return 0;
	if (chain->task)
		emit_names(&ev, chain->names);
	else
		emit_empty(&ev);
	describe_opened(RESULT(ctx), &opened);
	emit_u32(&ev, opened.dev);
	emit_u64(&ev, opened.ino);
	chain_commit(ctx, chain, &ev);
	return 0;
}
