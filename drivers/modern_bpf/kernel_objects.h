/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Facts taken from the kernel's own objects: files, paths, ids, memory, cgroups. */
#ifndef AGENT_KERNEL_OBJECTS_H
#define AGENT_KERNEL_OBJECTS_H

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define OVERLAYFS_SUPER_MAGIC 0x794c7630
#define FMODE_CREATED 0x100000
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
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file;
}

/* A device number as stat(2) gives it. */
static __always_inline u32 encode_dev(u32 dev)
{
	u32 major = dev >> 20, minor = dev & 0xfffff;

	return (minor & 0xff) | (major << 8) | ((minor & ~0xffU) << 12);
}

enum layer {
	LAYER_NONE,
	LAYER_UPPER,
	LAYER_LOWER,
};

/* Which layer of an overlay file system the inode comes from. The upper dentry lies right behind the inode in
 * struct ovl_inode, whose type a kernel with overlayfs as a module does not describe. */
static __always_inline enum layer overlay_layer(struct inode *inode)
{
	void *upper = NULL;

	if (KREAD(inode, i_sb, s_magic) != OVERLAYFS_SUPER_MAGIC)
		return LAYER_NONE;
	bpf_probe_read_kernel(&upper, sizeof(upper), (char *)inode + bpf_core_type_size(struct inode));
	return upper ? LAYER_UPPER : LAYER_LOWER;
}

static __always_inline u64 inode_ctime(struct inode *inode)
{
	struct inode___renamed *renamed = (void *)inode;
	struct inode___timespec *timespec = (void *)inode;

	if (bpf_core_field_exists(inode->i_ctime_sec))
		return KREAD(inode, i_ctime_sec) * 1000000000ULL + KREAD(inode, i_ctime_nsec);
	if (bpf_core_field_exists(renamed->__i_ctime))
		return KREAD(renamed, __i_ctime.tv_sec) * 1000000000ULL + KREAD(renamed, __i_ctime.tv_nsec);
	return KREAD(timespec, i_ctime.tv_sec) * 1000000000ULL + KREAD(timespec, i_ctime.tv_nsec);
}

static __always_inline u64 inode_mtime(struct inode *inode)
{
	struct inode___renamed *renamed = (void *)inode;
	struct inode___timespec *timespec = (void *)inode;

	if (bpf_core_field_exists(inode->i_mtime_sec))
		return KREAD(inode, i_mtime_sec) * 1000000000ULL + KREAD(inode, i_mtime_nsec);
	if (bpf_core_field_exists(renamed->__i_mtime))
		return KREAD(renamed, __i_mtime.tv_sec) * 1000000000ULL + KREAD(renamed, __i_mtime.tv_nsec);
	return KREAD(timespec, i_mtime.tv_sec) * 1000000000ULL + KREAD(timespec, i_mtime.tv_nsec);
}

/* ---- ids ---- */

static __always_inline s64 pid_in_own_namespace(struct pid *pid, struct pid *own)
{
	u32 level = KREAD(own, level);
	struct upid upid = {};

	if (!pid || level > 32)
		return 0;
	bpf_probe_read_kernel(&upid, bpf_core_type_size(struct upid),
			      (char *)pid + bpf_core_field_offset(struct pid, numbers) +
				      level * bpf_core_type_size(struct upid));
	return upid.nr;
}

static __always_inline s64 pid_in_first_namespace(struct pid *pid)
{
	return pid ? KREAD(pid, numbers[0].nr) : 0;
}

/* ---- strings of the kernel, written at the end of the event ----
 *
 * The walks are global functions: the verifier checks each once, whatever it knows of the caller, instead of once for
 * every state in which it is called.
 */

#define NAMES_TRUNCATED (1U << 16)

/* The count lives in the map: in a register the verifier would follow each of its values through every way round a loop. */
static __always_inline void add_name(struct scratch *scratch, const void *name)
{
	u64 count = *(volatile u64 *)&scratch->name_count;

	scratch->names[count & 63] = (u64)name;
	*(volatile u64 *)&scratch->name_count = count + 1;
}

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *kn)
{
	struct kernfs_node___rcu *rcu = (void *)kn;

	if (bpf_core_field_exists(rcu->__parent))
		return KREAD(rcu, __parent);
	return KREAD(kn, parent);
}

/* Collects the names from a file up to the process's root; returns their number, and NAMES_TRUNCATED when there are more. */
__noinline u32 collect_path(u64 from, u64 on, u64 root, u64 root_on, u32 cpu)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &cpu);
	struct dentry *dentry = (void *)from;
	struct vfsmount *mnt = (void *)on;

	if (!scratch)
		return 0;
	*(volatile u64 *)&scratch->name_count = 0;
	for (u32 i = 0; i < PATH_DEPTH; i++) {
		struct dentry *parent;
		struct mount *mount;

		if (!dentry || ((u64)dentry == root && (u64)mnt == root_on))
			return *(volatile u64 *)&scratch->name_count;
		parent = KREAD(dentry, d_parent);
		if (dentry == KREAD(mnt, mnt_root)) {
			struct mount *up;

			mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);
			up = KREAD(mount, mnt_parent);
			if (up == mount)
				return *(volatile u64 *)&scratch->name_count;
			dentry = KREAD(mount, mnt_mountpoint);
			mnt = (void *)up + bpf_core_field_offset(struct mount, mnt);
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
__noinline u32 collect_cgroup(u64 from, u32 cpu)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &cpu);
	struct kernfs_node *kn = (void *)from;

	if (!scratch)
		return 0;
	*(volatile u64 *)&scratch->name_count = 0;
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
__noinline u64 write_names(u64 off, u32 count, u32 cpu)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &cpu);

	if (!scratch)
		return off;
	if (!count) {
		scratch->record[BOUND(off)] = '/';
		off++;
	}
	for (u32 i = 0; i < PATH_DEPTH; i++) {
		u64 at = BOUND(off);
		long n;

		if (i >= count)
			break;
		scratch->record[at] = '/';
		n = bpf_probe_read_kernel_str(scratch->record + at + 1, 256,
					      (void *)scratch->names[(count - 1 - i) & 63]);
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

	bpf_probe_read_kernel(&first, sizeof(first), KREAD(dentry, d_name.name));
	return KREAD(dentry, d_parent) == dentry && first != '/';
}

/* The path of an open file as its process sees it: a bounded walk of dentries up to the process's root. A deeper path is marked as
 * truncated and lacks its first components. */
static __always_inline u64 write_path(struct event *ev, struct file *file, struct fs_struct *fs)
{
	u64 start = ev->off;
	u32 count = collect_path((u64)KREAD(file, f_path.dentry), (u64)KREAD(file, f_path.mnt),
				 (u64)KREAD(fs, root.dentry), (u64)KREAD(fs, root.mnt), ev->cpu);

	if (!count && is_detached(file)) { /* a memfd or a pipe: the root of a mount that is nowhere in the tree */
		ev->scratch->names[0] = (u64)KREAD(file, f_path.dentry, d_name.name);
		count = 1;
	}
	if (count & NAMES_TRUNCATED)
		ev->flags |= EVENT_TRUNCATED;
	ev->off = write_names(ev->off, count & 0xffff, ev->cpu);
	return ev->off - start;
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
		for (u32 __i = 0; __i < sizeof(__text) - 1; __i++)       \
			(ev)->scratch->record[__at + __i] = __text[__i]; \
		(ev)->off += sizeof(__text) - 1;                         \
	} while (0)

#define WRITE_CGROUP(ev, sets, subsystem, text)                                                                \
	do {                                                                                                   \
		if (bpf_core_enum_value_exists(enum cgroup_subsys_id, subsystem##_cgrp_id)) {                  \
			int __id = bpf_core_enum_value(enum cgroup_subsys_id, subsystem##_cgrp_id);            \
			struct cgroup_subsys_state *__css = NULL;                                              \
			bpf_probe_read_kernel(&__css, sizeof(__css),                                           \
					      (char *)(sets) + bpf_core_field_offset(struct css_set, subsys) + \
						      __id * sizeof(void *));                                  \
			if (__css) {                                                                           \
				WRITE_TEXT(ev, text);                                                          \
				write_cgroup_path(ev, KREAD(__css, cgroup));                                   \
			}                                                                                      \
		}                                                                                              \
	} while (0)

/* "subsystem=path" for the five controllers that say where a process belongs, each NUL-terminated. */
static __always_inline void emit_cgroups(struct event *ev, struct task_struct *task)
{
	struct css_set *sets = KREAD(task, cgroups);
	u64 start = ev->off;

	WRITE_CGROUP(ev, sets, cpuset, "cpuset=");
	WRITE_CGROUP(ev, sets, cpu, "cpu=");
	WRITE_CGROUP(ev, sets, cpuacct, "cpuacct=");
	WRITE_CGROUP(ev, sets, io, "io=");
	WRITE_CGROUP(ev, sets, memory, "memory=");
	param_length(ev, ev->off - start);
}

/* ---- memory ---- */

static __always_inline u32 pages_to_kb(s64 pages)
{
	return pages < 0 ? 0 : pages << 2;
}

static __always_inline s64 rss_count(struct mm_struct *mm, const int kind)
{
	struct mm_struct___plain *plain = (void *)mm;

	if (bpf_core_field_exists(plain->rss_stat.count))
		return KREAD(plain, rss_stat.count[kind].counter);
	return KREAD(mm, rss_stat[kind].count);
}

enum {
	MM_FILEPAGES,
	MM_ANONPAGES,
	MM_SWAPENTS,
	MM_SHMEMPAGES,
};

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
