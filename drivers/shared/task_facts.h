/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Parameters that the clone and exec families share, taken from a task. */
#ifndef AGENT_TASK_FACTS_H
#define AGENT_TASK_FACTS_H

#define ARGS_LIMIT 4096

/* exe (argv[0]) and args (argv[1..]): two parameters. They lie in user memory, which the process may have rewritten. */
static __always_inline void emit_exe_and_args(struct event *ev, struct mm_struct *mm)
{
	u64 start = KREAD(mm, arg_start), end = KREAD(mm, arg_end);
	u64 total = end - start, n, at;
	long exe;

	if (!mm || end <= start) {
		emit_empty(ev);
		emit_empty(ev);
		return;
	}
	if (total > ARGS_LIMIT) {
		total = ARGS_LIMIT;
		ev->flags |= EVENT_TRUNCATED;
	}
	at = BOUND(ev->off);
	/* Not beyond the arguments, should the process have overwritten the NUL that ends the first. */
	n = total & 0x1fff;
	exe = read_user_str(ev->scratch->record + at, n, (void *)start);
	if (exe <= 0) {
		count_unreadable(ev);
		emit_empty(ev);
		emit_empty(ev);
		return;
	}
	exe &= 0x1fff;
	ev->off += exe;
	param_length(ev, exe);
	if (total <= (u64)exe) {
		emit_empty(ev);
		return;
	}
	n = write_user_bytes(ev, start + exe, (total - exe) & 0x1fff);
	if (n)
		ev->scratch->record[BOUND(ev->off - 1)] = 0;
	param_length(ev, n);
}

#define STRINGS_LIMIT 32

/* Writes the strings that an array of user pointers names at scratch->end, from the one with number `first` on, until
 * ARGS_LIMIT bytes are there: at most twice as many are written, which keeps them behind `end`. */
SUBPROGRAM int copy_strings(u64 array, u32 first, u32 ia32, u32 cpu)
{
	struct scratch *scratch = scratch_of(cpu);
	u64 width = ia32 ? sizeof(u32) : sizeof(u64), start;

	if (!scratch)
		return 0;
	start = *(volatile u64 *)&scratch->end;
	UNROLL
	for (u32 i = 0; i < STRINGS_LIMIT; i++) {
		u64 end = *(volatile u64 *)&scratch->end, at = BOUND(end), string = 0;
		long n;

		if (end - start >= ARGS_LIMIT)
			break;
		if (read_user(&string, ia32 ? sizeof(u32) : sizeof(u64), (void *)(array + (first + i) * width)))
			break;
		if (!string)
			break;
		n = read_user_str(scratch->record + at, ARGS_LIMIT, (void *)string);
		if (n <= 0)
			break;
		*(volatile u64 *)&scratch->end = end + (n & 0x1fff);
	}
	return 0;
}

/* One parameter of strings behind each other, cut at the limit. */
static __always_inline void emit_strings(struct event *ev, u64 array, u32 first, bool ia32)
{
	u64 start = ev->off, length;

	*(volatile u64 *)&ev->scratch->end = start;
	if (array)
		copy_strings(array, first, ia32, ev->cpu);
	length = *(volatile u64 *)&ev->scratch->end - start;
	if (length > ARGS_LIMIT) {
		length = ARGS_LIMIT;
		ev->flags |= EVENT_TRUNCATED;
		ev->scratch->record[BOUND(start + ARGS_LIMIT - 1)] = 0;
	}
	ev->off = start + length;
	param_length(ev, length);
}

static __always_inline void emit_env(struct event *ev, struct mm_struct *mm)
{
	u64 start = KREAD(mm, env_start), end = KREAD(mm, env_end), n;

	if (!mm || end <= start) {
		emit_empty(ev);
		return;
	}
	n = end - start;
	if (n > ARGS_LIMIT) {
		n = ARGS_LIMIT;
		ev->flags |= EVENT_TRUNCATED;
	}
	n = write_user_bytes(ev, start, n);
	if (n)
		ev->scratch->record[BOUND(ev->off - 1)] = 0;
	param_length(ev, n);
}

/* fdlimit, pgft_maj, pgft_min, vm_size, vm_rss, vm_swap, comm. */
static __always_inline void emit_limits_and_memory(struct event *ev, struct task_struct *task, struct mm_struct *mm)
{
	emit_s64(ev, KREAD(task, signal, rlim[RLIMIT_NOFILE].rlim_cur));
	emit_u64(ev, KREAD(task, maj_flt));
	emit_u64(ev, KREAD(task, min_flt));
	emit_u32(ev, vm_size(mm));
	emit_u32(ev, vm_rss(mm));
	emit_u32(ev, vm_swap(mm));
	param_length(ev, write_kernel_str(ev, task->comm, 16));
}

static __always_inline u32 tty_of(struct task_struct *task)
{
	struct tty_struct *tty = KREAD(task, signal, tty);
	u32 major, minor;

	if (!tty)
		return 0;
	major = KREAD(tty, driver, major);
	minor = KREAD(tty, driver, minor_start) + KREAD(tty, index);
	return (minor & 0xff) | (major << 8) | ((minor & ~0xffU) << 12);
}

static __always_inline u64 pidns_start_ns(struct task_struct *task)
{
	struct task_struct *reaper = KREAD(task, nsproxy, pid_ns_for_children, child_reaper);

	return reaper ? start_time_ns(reaper) : 0;
}

/* A capability set: eight bytes on every kernel, {u32 cap[2]} before 6.3 (f122a08b197d "capability: just use a 'u64' instead of a
 * 'u32[2]' array") and {u64 val} since, so no member of it may be named. */
static __always_inline u64 capability_bits(const void *set)
{
	u64 bits = 0;

	read_kernel(&bits, sizeof(bits), set);
	return bits;
}

#define CAPABILITIES(cred, set) capability_bits((const char *)(cred) + FIELD_OFFSET(struct cred, set))

/* Whether the task may write the file that it executes: by mode bits and capabilities, as the kernel decides it without
 * looking at access control lists. */
static __always_inline bool may_write(const struct cred *cred, struct inode *inode)
{
	u16 mode = KREAD(inode, i_mode);
	u64 caps = CAPABILITIES(cred, cap_effective);

	if (caps & (1ULL << CAP_DAC_OVERRIDE))
		return true;
	if (KREAD(cred, fsuid.val) == KREAD(inode, i_uid.val))
		return true; /* an owner may change the mode */
	if (caps & (1ULL << CAP_FOWNER))
		return true;
	if (KREAD(cred, fsgid.val) == KREAD(inode, i_gid.val))
		return mode & 0020;
	return mode & 0002;
}

/* A file of memfd_create(2) has no parent and a name that says so. */
static __always_inline bool is_memfd(struct file *file)
{
	struct dentry *dentry = KREAD(file, f_path.dentry);
	char name[6] = {};

	if (KREAD(dentry, d_parent) != dentry)
		return false;
	read_kernel_str(name, sizeof(name), KREAD(dentry, d_name.name));
	return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' && name[4] == 'd';
}

static __always_inline u32 exe_flags(const struct cred *cred, struct file *file)
{
	struct inode *inode = KREAD(file, f_inode);
	enum layer layer = overlay_layer(inode);
	u32 flags = 0;

	if (may_write(cred, inode))
		flags |= SCAP_EXE_WRITABLE;
	if (layer == LAYER_UPPER)
		flags |= SCAP_EXE_UPPER_LAYER;
	if (layer == LAYER_LOWER)
		flags |= SCAP_EXE_LOWER_LAYER;
	if (is_memfd(file))
		flags |= SCAP_EXE_FROM_MEMFD;
	return flags;
}

#endif
