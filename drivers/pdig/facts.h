/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the kernel drivers take from kernel_objects.h, kernel_sockets.h, task_facts.h and versions.h, taken from the tracer's objects. */
#ifndef AGENT_PDIG_FACTS_H
#define AGENT_PDIG_FACTS_H

#define CGROUPS_LIMIT 16384
#define S_IFREG 0100000

/* ---- files ---- */

static struct file *file_of_fd(s32 fd)
{
	struct file *file = &work->files[work->files_used++ & 1];

	if (fd < 0 || !fill_file(file, work->given->host, current_tid(), fd))
		return NULL;
	/* Opening a name can create nothing else. */
	if (work->call->creates && (file->inode.i_mode & S_IFMT) == S_IFREG)
		file->f_mode = FMODE_CREATED;
	return file;
}

static enum layer overlay_layer(const struct inode *inode)
{
	return (enum layer)KREAD(inode, layer);
}

static u64 inode_ctime(const struct inode *inode)
{
	return KREAD(inode, ctime);
}

static u64 inode_mtime(const struct inode *inode)
{
	return KREAD(inode, mtime);
}

static u64 write_text(struct event *ev, const struct pdig_text *text, u64 limit)
{
	u64 length = text->length < limit ? text->length : limit;

	if (length < text->length)
		ev->flags |= EVENT_TRUNCATED;
	if (length)
		memcpy(ev->scratch->record + BOUND(ev->off), text->text, length);
	ev->off += length;
	return length;
}

static struct pdig_text path_of(const struct file *file)
{
	struct pdig_text path = {};

	/* Nobody may look at what a process executes that may not be read. */
	if (file)
		pdig_fill_path(work->given->host, file->tid, file->fd, &path);
	return path;
}

static void emit_file_path(struct event *ev, const struct file *file, const struct fs_struct *fs)
{
	struct pdig_text path = path_of(file);
	u64 length = write_text(ev, &path, PATH_LIMIT - 1);

	ev->scratch->record[BOUND(ev->off)] = 0;
	ev->off++;
	param_length(ev, length + 1);
}

static bool is_memfd(const struct file *file)
{
	static const char name[] = "/memfd:";
	struct pdig_text path = path_of(file);

	return path.length >= sizeof(name) - 1 && !memcmp(path.text, name, sizeof(name) - 1);
}

/* ---- sockets ---- */

static struct sock *sock_of_fd(s32 fd)
{
	u32 slot = work->sockets_used++ & 1;
	struct unix_sock *made = &work->sockets[slot], *peer = &work->peers[slot];
	struct pdig_socket told = {};
	struct sock *sk = &made->all.sk;

	if (fd < 0 || !pdig_fill_socket(work->given->host, fd, &told))
		return NULL;
	*made = (struct unix_sock){};
	sk->__sk_common.skc_family = told.family;
	sk->__sk_common.skc_dport = told.other_port;
	sk->__sk_common.skc_num = from_be16(told.own_port);
	sk->__sk_common.skc_daddr = told.other_ip[0];
	__builtin_memcpy(&sk->__sk_common.skc_v6_rcv_saddr, told.own_ip, sizeof(told.own_ip));
	__builtin_memcpy(&sk->__sk_common.skc_v6_daddr, told.other_ip, sizeof(told.other_ip));
	sk->sk_ack_backlog = told.backlog;
	sk->sk_max_ack_backlog = told.max_backlog;
	sk->type = told.type;
	made->all.inet_saddr = told.own_ip[0];
	made->all.inet_sport = told.own_port;
	made->path = told.own_path;
	if (told.connected) {
		*peer = (struct unix_sock){ .path = told.other_path };
		made->peer = &peer->all.sk;
	}
	return sk;
}

static u16 socket_type(const struct sock *sk)
{
	return sk ? sk->type : 0;
}

/* The path that a unix socket is bound to; an abstract name loses its leading NUL. */
static void append_kernel_unix_path(struct event *ev, const struct unix_sock *socket)
{
	struct pdig_text path = socket ? socket->path : (struct pdig_text){};

	if (path.length && !path.text[0]) {
		path.text++;
		path.length--;
	}
	path.length = path.length ? strnlen(path.text, path.length) : 0;
	write_text(ev, &path, 108);
	ev->scratch->record[BOUND(ev->off)] = 0;
	ev->off++;
}

/* ---- processes ---- */

static u32 vm_size(const struct mm_struct *mm)
{
	return KREAD(mm, size_kb);
}

static u32 vm_rss(const struct mm_struct *mm)
{
	return KREAD(mm, rss_kb);
}

static u32 vm_swap(const struct mm_struct *mm)
{
	return KREAD(mm, swap_kb);
}

static void emit_cgroups(struct event *ev, const struct task_struct *task)
{
	param_length(ev, write_text(ev, &task->cgroups, CGROUPS_LIMIT));
}

/* fdlimit, pgft_maj, pgft_min, vm_size, vm_rss, vm_swap, comm. */
static void emit_limits_and_memory(struct event *ev, struct task_struct *task, struct mm_struct *mm)
{
	emit_s64(ev, KREAD(task, signal, rlim[RLIMIT_NOFILE].rlim_cur));
	emit_u64(ev, KREAD(task, maj_flt));
	emit_u64(ev, KREAD(task, min_flt));
	emit_u32(ev, vm_size(mm));
	emit_u32(ev, vm_rss(mm));
	emit_u32(ev, vm_swap(mm));
	param_length(ev, write_kernel_str(ev, task->comm, 16));
}

static u32 tty_of(const struct task_struct *task)
{
	return task->tty;
}

static u32 login_uid(const struct task_struct *task)
{
	return task->login_uid;
}

static u64 pidns_start_ns(const struct task_struct *task)
{
	return pdig_namespace_start(work->given->host, task->pid, task->thread_id.level);
}

static struct pid *thread_pid(struct task_struct *task)
{
	return &task->thread_id;
}

static struct pid *leader_pid(struct task_struct *task)
{
	return &task->leader_id;
}

static struct pid *process_group(struct task_struct *task)
{
	return &task->group_id;
}

static s64 pid_in_own_namespace(const struct pid *pid, const struct pid *own)
{
	return pid->own;
}

static s64 pid_in_first_namespace(const struct pid *pid)
{
	return pid->first;
}

#define CAPABILITIES(cred, set) KREAD(cred, set)

/* What a child shares says the call that made it. */
static u32 shared_flags(const struct task_struct *parent, const struct task_struct *child)
{
	return 0;
}

static s64 reaper_of(const struct task_struct *task)
{
	return task->reaper;
}

/* The call that is recorded is the one that makes the child. */
static bool current_call(struct sys *c)
{
	c->regs = &call_registers;
	c->ia32 = work->call->ia32;
	return true;
}

#endif
