/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The boundary between the bodies of the system calls and the tracer that runs them (agent/rust/engine/src/capture/pdig/boundary.rs says the
 * same in Rust; the sizes are asserted on both sides).
 *
 * The bodies run in the tracer's own process, while the thread that made the call is stopped. What a kernel driver reads from the kernel's
 * memory, the tracer finds out through /proc and ptrace when a body asks for it.
 */
#ifndef AGENT_PDIG_HOST_H
#define AGENT_PDIG_HOST_H

/* The tracer; only it knows what is behind. */
struct pdig_host;

/* A system call of a stopped thread, as the kernel says it was made. */
struct pdig_call {
	u64 number;
	u64 args[6];
	s64 ret;
	u32 tid, tgid;
	u32 ia32;
	u32 creates; /* a file, if it succeeds */
};

#define EXECUTABLE -1

/* Text that belongs to the tracer and stays until the body returns; no NUL is needed. */
struct pdig_text {
	const char *text;
	u64 length;
};

/* A device number is major << 20 | minor, as the kernel keeps it; times are nanoseconds since the epoch. */
struct pdig_file {
	u64 ino, ctime, mtime;
	u32 dev, mode, uid, gid;
	u32 layer; /* enum layer */
};

struct pdig_task {
	s64 pid, tgid, parent, own_tid, own_pid, group, own_group;
	u64 fdlimit, major_faults, minor_faults;
	u64 arg_start, arg_end, env_start, env_end;
	u64 inheritable, permitted, effective;
	u32 levels; /* pid namespaces that it is in, besides the first one that the tracer sees */
	u32 size_kb, rss_kb, swap_kb;
	u32 tty, login_uid, euid, egid, fsuid, fsgid;
	char comm[16];
	struct pdig_text cgroups; /* "controller=path" of each, NUL-terminated */
};

/* Both ends of a socket; addresses and ports as they travel on the wire. */
struct pdig_socket {
	u32 family, type;
	u32 own_ip[4], other_ip[4];
	u16 own_port, other_port;
	u32 backlog, max_backlog;
	u32 connected;
	struct pdig_text own_path,
		other_path; /* of a unix socket, behind the family: a leading NUL says that it is abstract */
};

_Static_assert(sizeof(struct pdig_call) == 80, "pdig_call layout");
_Static_assert(sizeof(struct pdig_file) == 48, "pdig_file layout");
_Static_assert(sizeof(struct pdig_task) == 208, "pdig_task layout");
_Static_assert(sizeof(struct pdig_socket) == 88, "pdig_socket layout");

/* ---- what the tracer does ---- */

/* All of it, or nothing and not 0. */
int pdig_read(struct pdig_host *host, void *to, u64 size, u64 from);
/* Length with the NUL, cut at `size`; not above 0 when nothing can be read. */
s64 pdig_read_str(struct pdig_host *host, char *to, u64 size, u64 from);
void pdig_fill_task(struct pdig_host *host, u32 tid, struct pdig_task *task);
/* When the thread's pid namespace, so many levels below the first, began: nanoseconds since boot. */
u64 pdig_namespace_start(struct pdig_host *host, u32 tid, u32 level);
/* `fd`: a descriptor of the thread, or EXECUTABLE. 0: there is none. */
int pdig_fill_file(struct pdig_host *host, u32 tid, s32 fd, struct pdig_file *file);
void pdig_fill_path(struct pdig_host *host, u32 tid, s32 fd, struct pdig_text *path);
/* 0: the descriptor is none of a socket. */
int pdig_fill_socket(struct pdig_host *host, s32 fd, struct pdig_socket *socket);
/* Takes a record whose event is complete but for its time; what comes before the event is the tracer's. */
void pdig_submit(struct pdig_host *host, u8 *record, u64 size, u64 tid, u32 flags, u32 category);

/* ---- what the bodies do ---- */

/* What a thread of a tracer works with. */
struct pdig_work {
	struct pdig_host *host;
	struct scratch *scratch;
	struct cpu_state *state;
	const struct live *live;
};

/* Records a finished call, if it is selected. */
void agent_pdig_call(const struct pdig_work *work, const struct pdig_call *call);
/* Records that the thread now executes another program; `filename`: what the call named. */
void agent_pdig_exec(const struct pdig_work *work, const struct pdig_call *call, const char *filename);
/* Records the child that the call has made. */
void agent_pdig_child(const struct pdig_work *work, const struct pdig_call *call, u32 child);
/* Records the end of a thread, by its status as wait(2) says it; `reaper`: who has inherited its children, 0 when there were none. */
void agent_pdig_exit(const struct pdig_work *work, u32 tid, s32 status, s64 reaper);

#endif
