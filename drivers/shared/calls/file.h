/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Files: calls whose result is described by a kernel object (the open family, pipes), and those with structures. */

struct opened {
	u32 dev;
	u64 ino;
	u32 flags; /* FD_UPPER_LAYER, FD_LOWER_LAYER, O_F_CREATED */
};

static __always_inline void describe_opened(s64 fd, struct opened *opened)
{
	struct file *file = fd >= 0 ? file_of_fd(fd) : NULL;
	struct inode *inode;
	enum layer layer;

	opened->dev = 0;
	opened->ino = 0;
	opened->flags = 0;
	if (!file)
		return;
	inode = KREAD(file, f_inode);
	opened->dev = encode_dev(KREAD(inode, i_sb, s_dev));
	opened->ino = KREAD(inode, i_ino);
	layer = overlay_layer(inode);
	if (layer == LAYER_UPPER)
		opened->flags |= SCAP_FD_UPPER_LAYER;
	else if (layer == LAYER_LOWER)
		opened->flags |= SCAP_FD_LOWER_LAYER;
	if (KREAD(file, f_mode) & FMODE_CREATED)
		opened->flags |= SCAP_O_F_CREATED;
}

/* The mode argument counts only when the call can create. */
static __always_inline u32 creation_mode(u64 native_flags, u64 mode)
{
	return native_flags & (O_CREAT | O_TMPFILE) ? (u32)mode : 0;
}

FILLER(open_x, SYSCALL_OPEN_X)
{
	struct opened opened;

	describe_opened(c->ret, &opened);
	EVENT_BEGIN(c, SYSCALL_OPEN_X, 6);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	emit_u32(&ev, scap_file_flags(sys_arg(c, 1)) | opened.flags);
	emit_u32(&ev, creation_mode(sys_arg(c, 1), sys_arg(c, 2)));
	emit_u32(&ev, opened.dev);
	emit_u64(&ev, opened.ino);
	EVENT_END(c);
}

FILLER(openat_2_x, SYSCALL_OPENAT_2_X)
{
	struct opened opened;

	describe_opened(c->ret, &opened);
	EVENT_BEGIN(c, SYSCALL_OPENAT_2_X, 7);
	emit_s64(&ev, c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_user_path(&ev, sys_arg(c, 1));
	emit_u32(&ev, scap_file_flags(sys_arg(c, 2)) | opened.flags);
	emit_u32(&ev, creation_mode(sys_arg(c, 2), sys_arg(c, 3)));
	emit_u32(&ev, opened.dev);
	emit_u64(&ev, opened.ino);
	EVENT_END(c);
}

struct user_open_how {
	u64 flags, mode, resolve;
};

FILLER(openat2_x, SYSCALL_OPENAT2_X)
{
	struct user_open_how how = {};
	struct opened opened;

	describe_opened(c->ret, &opened);
	read_user(&how, sizeof(how), (void *)sys_arg(c, 2));
	EVENT_BEGIN(c, SYSCALL_OPENAT2_X, 8);
	emit_s64(&ev, c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_user_path(&ev, sys_arg(c, 1));
	emit_u32(&ev, scap_file_flags(how.flags) | opened.flags);
	emit_u32(&ev, creation_mode(how.flags, how.mode));
	emit_u32(&ev, scap_openat2_flags(how.resolve));
	emit_u32(&ev, opened.dev);
	emit_u64(&ev, opened.ino);
	EVENT_END(c);
}

FILLER(creat_x, SYSCALL_CREAT_X)
{
	struct opened opened;
	u16 flags = 0;

	describe_opened(c->ret, &opened);
	if (opened.flags & SCAP_FD_UPPER_LAYER)
		flags = SCAP_FD_UPPER_LAYER_CREAT;
	else if (opened.flags & SCAP_FD_LOWER_LAYER)
		flags = SCAP_FD_LOWER_LAYER_CREAT;
	EVENT_BEGIN(c, SYSCALL_CREAT_X, 6);
	emit_s64(&ev, c->ret);
	emit_user_path(&ev, sys_arg(c, 0));
	emit_u32(&ev, sys_arg(c, 1));
	emit_u32(&ev, opened.dev);
	emit_u64(&ev, opened.ino);
	emit_u16(&ev, flags);
	EVENT_END(c);
}

struct fd_pair {
	s32 first, second;
};

static __always_inline struct fd_pair user_fd_pair(const struct sys *c, u64 ptr)
{
	struct fd_pair pair = { -1, -1 };

	if (c->ret == 0)
		read_user(&pair, sizeof(pair), (void *)ptr);
	return pair;
}

static __always_inline u64 pipe_inode(s32 fd)
{
	struct file *file = file_of_fd(fd);

	return file ? KREAD(file, f_inode, i_ino) : 0;
}

FILLER(pipe_x, SYSCALL_PIPE_X)
{
	struct fd_pair pair = user_fd_pair(c, sys_arg(c, 0));
	u64 ino = pipe_inode(pair.first);

	FIXED_BEGIN(c, SYSCALL_PIPE_X, 4, 32);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, pair.first);
	FIXED_PARAM(2, 16, s64, pair.second);
	FIXED_PARAM(3, 24, u64, ino);
	FIXED_END(c);
}

FILLER(pipe2_x, SYSCALL_PIPE2_X)
{
	struct fd_pair pair = user_fd_pair(c, sys_arg(c, 0));
	u64 ino = pipe_inode(pair.first);

	FIXED_BEGIN(c, SYSCALL_PIPE2_X, 5, 36);
	FIXED_PARAM(0, 0, s64, c->ret);
	FIXED_PARAM(1, 8, s64, pair.first);
	FIXED_PARAM(2, 16, s64, pair.second);
	FIXED_PARAM(3, 24, u64, ino);
	FIXED_PARAM(4, 32, u32, scap_fd_flags(sys_arg(c, 1)));
	FIXED_END(c);
}

/* ---- the mount interface of file descriptors ---- */

/* enum fsconfig_command, which kernels before 5.2 do not have. */
enum {
	CONFIGURE_STRING = 1,
	CONFIGURE_BINARY = 2,
	CONFIGURE_PATH = 3,
	CONFIGURE_PATH_EMPTY = 4,
};

FILLER(fsconfig_x, SYSCALL_FSCONFIG_X)
{
	u32 command = sys_arg(c, 1);
	s32 aux = sys_arg(c, 4);

	EVENT_BEGIN(c, SYSCALL_FSCONFIG_X, 7);
	emit_s64(&ev, c->ret);
	emit_s64(&ev, (s32)sys_arg(c, 0));
	emit_u32(&ev, command);
	emit_user_str(&ev, sys_arg(c, 2));
	if (command == CONFIGURE_BINARY)
		emit_user_bytes(&ev, sys_arg(c, 3), aux);
	else
		emit_empty(&ev);
	if (command == CONFIGURE_STRING || command == CONFIGURE_PATH || command == CONFIGURE_PATH_EMPTY)
		emit_user_str(&ev, sys_arg(c, 3));
	else
		emit_empty(&ev);
	emit_s32(&ev, aux);
	EVENT_END(c);
}
