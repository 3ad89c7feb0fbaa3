/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The kernel's objects as far as a tracer can tell them: structures of the same names and members, which the shared bodies read as if they
 * were the kernel's. They are filled when a body first asks for them and are good for that call alone.
 */
#ifndef AGENT_PDIG_OBJECTS_H
#define AGENT_PDIG_OBJECTS_H

struct kernel_id {
	u32 val;
};

struct super_block {
	u32 s_dev;
};

struct inode {
	u64 i_ino, ctime, mtime;
	struct super_block *i_sb;
	u32 i_mode, layer;
	struct kernel_id i_uid, i_gid;
};

struct file {
	struct inode *f_inode;
	u32 f_mode; /* only FMODE_CREATED */
	u32 tid;
	s32 fd;
	struct inode inode;
	struct super_block super_block;
};

struct mm_struct {
	u64 arg_start, arg_end, env_start, env_end;
	u32 size_kb, rss_kb, swap_kb;
	struct file *exe_file;
};

struct cred {
	struct kernel_id euid, egid, fsuid, fsgid;
	u64 cap_inheritable, cap_permitted, cap_effective;
};

struct signal_struct {
	struct {
		u64 rlim_cur;
	} rlim[RLIMIT_NOFILE + 1];
};

/* Of one thread, process or group: its number in the first namespace that the tracer sees, and in its own. */
struct pid {
	u32 level;
	s64 first, own;
};

struct fs_struct {
	u32 nothing;
};

struct task_struct {
	s64 pid, tgid;
	struct task_struct *real_parent;
	struct mm_struct *mm;
	struct fs_struct *fs;
	struct signal_struct *signal;
	const struct cred *cred;
	u64 maj_flt, min_flt;
	char comm[16];
	s32 exit_code;
	u32 tty, login_uid;
	struct pdig_text cgroups;
	struct pid thread_id, leader_id, group_id;
	s64 reaper;
};

struct linux_binprm {
	const char *filename;
};

struct socket_common {
	u16 skc_family;
	u16 skc_num; /* own port, in this machine's order */
	u16 skc_dport;
	u32 skc_daddr;
	struct in6_addr {
		u32 words[4];
	} skc_v6_rcv_saddr, skc_v6_daddr;
};

struct sock {
	struct socket_common __sk_common;
	u32 sk_ack_backlog, sk_max_ack_backlog;
	u16 type;
};

struct inet_sock {
	struct sock sk;
	u32 inet_saddr;
	u16 inet_sport;
};

struct unix_sock {
	struct inet_sock all;
	struct sock *peer;
	struct pdig_text path;
};

/* What belongs to one task. */
struct task_objects {
	struct task_struct task, parent;
	struct mm_struct mm;
	struct fs_struct fs;
	struct signal_struct signal;
	struct cred cred;
	struct file executable;
};

static struct file *fill_file(struct file *file, struct pdig_host *host, u32 tid, s32 fd)
{
	struct pdig_file told = {};

	if (!pdig_fill_file(host, tid, fd, &told))
		return NULL;
	*file = (struct file){ .f_inode = &file->inode, .tid = tid, .fd = fd };
	file->inode = (struct inode){
		.i_ino = told.ino,
		.ctime = told.ctime,
		.mtime = told.mtime,
		.i_mode = told.mode,
		.layer = told.layer,
		.i_uid = { told.uid },
		.i_gid = { told.gid },
		.i_sb = &file->super_block,
	};
	file->super_block.s_dev = told.dev;
	return file;
}

static void fill_task(struct task_objects *all, struct pdig_host *host, u32 tid)
{
	struct task_struct *task = &all->task;
	struct pdig_task told = {};

	pdig_fill_task(host, tid, &told);
	all->parent = (struct task_struct){ .pid = told.parent, .tgid = told.parent };
	all->cred = (struct cred){
		.euid = { told.euid },
		.egid = { told.egid },
		.fsuid = { told.fsuid },
		.fsgid = { told.fsgid },
		.cap_inheritable = told.inheritable,
		.cap_permitted = told.permitted,
		.cap_effective = told.effective,
	};
	all->signal.rlim[RLIMIT_NOFILE].rlim_cur = told.fdlimit;
	all->mm = (struct mm_struct){
		.arg_start = told.arg_start,
		.arg_end = told.arg_end,
		.env_start = told.env_start,
		.env_end = told.env_end,
		.size_kb = told.size_kb,
		.rss_kb = told.rss_kb,
		.swap_kb = told.swap_kb,
	};
	all->mm.exe_file = fill_file(&all->executable, host, tid, EXECUTABLE);
	*task = (struct task_struct){
		.pid = told.pid,
		.tgid = told.tgid,
		.real_parent = &all->parent,
		.mm = &all->mm,
		.fs = &all->fs,
		.signal = &all->signal,
		.cred = &all->cred,
		.maj_flt = told.major_faults,
		.min_flt = told.minor_faults,
		.tty = told.tty,
		.login_uid = told.login_uid,
		.cgroups = told.cgroups,
		.thread_id = { told.levels, told.pid, told.own_tid },
		.leader_id = { told.levels, told.tgid, told.own_pid },
		.group_id = { told.levels, told.group, told.own_group },
	};
	__builtin_memcpy(task->comm, told.comm, sizeof(task->comm));
}

#endif
