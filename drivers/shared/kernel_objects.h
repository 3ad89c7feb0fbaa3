/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Facts taken from the kernel's own objects: files, paths, ids, memory, cgroups. */
#ifndef AGENT_KERNEL_OBJECTS_H
#define AGENT_KERNEL_OBJECTS_H

#define PATH_DEPTH 48 /* components of a path that are walked */
#define CGROUP_DEPTH 48

/* ---- files ---- */

static __always_inline struct file *file_of_fd(s32 fd)
{
	struct fdtable *table = KREAD(current_task(), files, fdt);
	struct file **files;
	struct file *file = NULL;

	if (fd < 0 || (u32)fd >= KREAD(table, max_fds))
		return NULL;
	files = KREAD(table, fd);
	read_kernel(&file, sizeof(file), files + fd);
	return file;
}

/* Which layer of an overlay file system the inode comes from. The upper dentry lies right behind the inode in
 * struct ovl_inode, whose type a kernel with overlayfs as a module does not describe. */
static __always_inline enum layer overlay_layer(struct inode *inode)
{
	void *upper = NULL;

	if (KREAD(inode, i_sb, s_magic) != OVERLAYFS_SUPER_MAGIC)
		return LAYER_NONE;
	read_kernel(&upper, sizeof(upper), (char *)inode + TYPE_SIZE(struct inode));
	return upper ? LAYER_UPPER : LAYER_LOWER;
}

/* ---- ids ---- */

static __always_inline s64 pid_in_own_namespace(struct pid *pid, struct pid *own)
{
	u32 level = KREAD(own, level);
	struct upid upid = {};

	if (!pid || level > 32)
		return 0;
	read_kernel(&upid, TYPE_SIZE(struct upid),
		    (char *)pid + FIELD_OFFSET(struct pid, numbers) + level * TYPE_SIZE(struct upid));
	return upid.nr;
}

static __always_inline s64 pid_in_first_namespace(struct pid *pid)
{
	return pid ? KREAD(pid, numbers[0].nr) : 0;
}

/* ---- strings of the kernel, written at the end of the event ----
 *
 * The walks are subprograms: where there are such, a verifier checks each once, whatever it knows of the caller, instead of
 * once for every state in which it is called.
 */

#define NAMES_TRUNCATED (1U << 16)

/* The count lives in the map: in a register the verifier would follow each of its values through every way round a loop. */
static __always_inline void add_name(struct scratch *scratch, const void *name)
{
	u64 count = *(volatile u64 *)&scratch->name_count;

	scratch->names[count & 63] = (u64)name;
	*(volatile u64 *)&scratch->name_count = count + 1;
}

/* Collects the names from a file up to the process's root; returns their number, and NAMES_TRUNCATED when there are more. */
SUBPROGRAM u32 collect_path(u64 from, u64 on, u64 root, u64 root_on, u32 cpu)
{
	struct scratch *scratch = scratch_of(cpu);
	struct dentry *dentry = (void *)from;
	struct vfsmount *mnt = (void *)on;

	if (!scratch)
		return 0;
	*(volatile u64 *)&scratch->name_count = 0;
	UNROLL
	for (u32 i = 0; i < PATH_DEPTH; i++) {
		struct dentry *parent;
		struct mount *mount;

		if (!dentry || ((u64)dentry == root && (u64)mnt == root_on))
			return *(volatile u64 *)&scratch->name_count;
		parent = KREAD(dentry, d_parent);
		if (dentry == KREAD(mnt, mnt_root)) {
			struct mount *up;

			mount = (void *)mnt - FIELD_OFFSET(struct mount, mnt);
			up = KREAD(mount, mnt_parent);
			if (up == mount)
				return *(volatile u64 *)&scratch->name_count;
			dentry = KREAD(mount, mnt_mountpoint);
			mnt = (void *)up + FIELD_OFFSET(struct mount, mnt);
			continue;
		}
		add_name(scratch, KREAD(dentry, d_name.name));
		if (dentry == parent)
			return *(volatile u64 *)&scratch->name_count;
		dentry = parent;
	}
	return *(volatile u64 *)&scratch->name_count | NAMES_TRUNCATED;
}

/* Collects the names of a cgroup from the leaf up; the root has none. */
SUBPROGRAM u32 collect_cgroup(u64 from, u32 cpu)
{
	struct scratch *scratch = scratch_of(cpu);
	struct kernfs_node *kn = (void *)from;

	if (!scratch)
		return 0;
	*(volatile u64 *)&scratch->name_count = 0;
	UNROLL
	for (u32 i = 0; i < CGROUP_DEPTH; i++) {
		struct kernfs_node *parent;

		if (!kn)
			return *(volatile u64 *)&scratch->name_count;
		parent = kernfs_parent(kn);
		if (!parent)
			return *(volatile u64 *)&scratch->name_count;
		add_name(scratch, KREAD(kn, name));
		kn = parent;
	}
	return *(volatile u64 *)&scratch->name_count | NAMES_TRUNCATED;
}

/* Writes the collected names at `off`, last one first, each behind a slash, then a NUL; returns the offset behind it. */
SUBPROGRAM u64 write_names(u64 off, u32 count, u32 cpu)
{
	struct scratch *scratch = scratch_of(cpu);

	if (!scratch)
		return off;
	if (!count) {
		scratch->record[BOUND(off)] = '/';
		off++;
	}
	UNROLL
	for (u32 i = 0; i < PATH_DEPTH; i++) {
		u64 at = BOUND(off);
		long n;

		if (i >= count)
			break;
		scratch->record[at] = '/';
		n = read_kernel_str(scratch->record + at + 1, 256, (void *)scratch->names[(count - 1 - i) & 63]);
		if (n > 0)
			off += n & 0x1ff; /* the slash stands for the NUL */
	}
	scratch->record[BOUND(off)] = 0;
	return off + 1;
}

static __always_inline bool is_detached(struct file *file)
{
	struct dentry *dentry = KREAD(file, f_path.dentry);
	char first = 0;

	read_kernel(&first, sizeof(first), KREAD(dentry, d_name.name));
	return KREAD(dentry, d_parent) == dentry && first != '/';
}

/* Collects the names of an open file's path as its process sees it: a bounded walk of dentries up to the process's root. A deeper path is
 * marked as truncated and lacks its first components. */
static __always_inline u32 path_names(struct event *ev, struct file *file, struct fs_struct *fs)
{
	u32 count = collect_path((u64)KREAD(file, f_path.dentry), (u64)KREAD(file, f_path.mnt),
				 (u64)KREAD(fs, root.dentry), (u64)KREAD(fs, root.mnt), ev->cpu);

	if (!count && is_detached(file)) { /* a memfd or a pipe: the root of a mount that is nowhere in the tree */
		ev->scratch->names[0] = (u64)KREAD(file, f_path.dentry, d_name.name);
		count = 1;
	}
	if (count & NAMES_TRUNCATED)
		ev->flags |= EVENT_TRUNCATED;
	return count & 0xffff;
}

static __always_inline void emit_names(struct event *ev, u32 count)
{
	u64 start = ev->off;

	ev->off = write_names(start, count, ev->cpu);
	param_length(ev, ev->off - start);
}

static __always_inline void emit_file_path(struct event *ev, struct file *file, struct fs_struct *fs)
{
	emit_names(ev, path_names(ev, file, fs));
}

static __always_inline void write_cgroup_path(struct event *ev, struct cgroup *cgroup)
{
	u32 count = collect_cgroup((u64)KREAD(cgroup, kn), ev->cpu);

	if (count & NAMES_TRUNCATED)
		ev->flags |= EVENT_TRUNCATED;
	ev->off = write_names(ev->off, count & 0xffff, ev->cpu);
}

#define WRITE_TEXT(ev, text)                                             \
	do {                                                             \
		const char __text[] = text;                              \
		u64 __at = BOUND((ev)->off);                             \
		UNROLL                                                   \
		for (u32 __i = 0; __i < sizeof(__text) - 1; __i++)       \
			(ev)->scratch->record[__at + __i] = __text[__i]; \
		(ev)->off += sizeof(__text) - 1;                         \
	} while (0)

/* The controllers that say where a process belongs. */
#define FOR_CONTROLLERS(DO) \
	DO(0, cpuset)       \
	DO(1, cpu)          \
	DO(2, cpuacct)      \
	DO(3, io)           \
	DO(4, memory)
#define CONTROLLERS 5

/* "controller=path" of each, NUL-terminated. */
static __always_inline void emit_cgroups(struct event *ev, struct task_struct *task)
{
	struct css_set *sets = KREAD(task, cgroups);
	u64 start = ev->off;

#define WRITE_CGROUP(index, controller)                                       \
	do {                                                                  \
		struct cgroup_subsys_state *__css = CSS_OF(sets, controller); \
		if (__css) {                                                  \
			WRITE_TEXT(ev, #controller "=");                      \
			write_cgroup_path(ev, KREAD(__css, cgroup));          \
		}                                                             \
	} while (0);
	FOR_CONTROLLERS(WRITE_CGROUP)
#undef WRITE_CGROUP
	param_length(ev, ev->off - start);
}

/* ---- memory ---- */

static __always_inline u32 pages_to_kb(s64 pages)
{
	return pages < 0 ? 0 : pages << 2;
}

static __always_inline u32 vm_size(struct mm_struct *mm)
{
	return mm ? pages_to_kb(KREAD(mm, total_vm)) : 0;
}

static __always_inline u32 vm_rss(struct mm_struct *mm)
{
	if (!mm)
		return 0;
	return pages_to_kb(rss_count(mm, MM_FILEPAGES) + rss_count(mm, MM_ANONPAGES) + rss_count(mm, MM_SHMEMPAGES));
}

static __always_inline u32 vm_swap(struct mm_struct *mm)
{
	return mm ? pages_to_kb(rss_count(mm, MM_SWAPENTS)) : 0;
}

#endif
