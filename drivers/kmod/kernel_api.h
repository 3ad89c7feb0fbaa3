/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Every difference between kernels in what only a module calls, each with the commit that made it. What kernel objects look like is in
 * drivers/shared/versions.h, which the classic eBPF driver shares.
 */
#ifndef AGENT_KERNEL_API_H
#define AGENT_KERNEL_API_H

#define KERNEL_SINCE(major, minor) (LINUX_VERSION_CODE >= KERNEL_VERSION(major, minor, 0))

/* 5.8: fe557319aa06 "maccess: rename probe_kernel_{read,write} to copy_{from,to}_kernel_nofault". */
static __always_inline long kernel_read_nofault(void *to, const void *from, size_t size)
{
#if KERNEL_SINCE(5, 8)
	return copy_from_kernel_nofault(to, from, size);
#else
	/* Unlike its successor it does not refuse what is no kernel address, which faults in a way that is not caught. */
	return (unsigned long)from >= PAGE_OFFSET ? probe_kernel_read(to, from, size) : -ERANGE;
#endif
}

/* 5.8: c0ee37e85e0e "maccess: rename probe_user_{read,write} to copy_{from,to}_user_nofault";
 * 5.0: 96d4f267e40f "Remove 'type' argument from access_ok() function". */
static __always_inline long user_read_nofault(void *to, const void *from, size_t size)
{
#if KERNEL_SINCE(5, 8)
	return copy_from_user_nofault(to, (const void __user *)from, size);
#else
#if KERNEL_SINCE(5, 0)
	if (!access_ok((const void __user *)from, size))
#else
	if (!access_ok(VERIFY_READ, (const void __user *)from, size))
#endif
		return -EFAULT;
	return __copy_from_user_inatomic(to, (const void __user *)from, size) ? -EFAULT : 0;
#endif
}

/* 5.11: 18b2db3b0385 "mm: Convert page kmemcg type to a page memcg flag". Before, a page that is charged to a cgroup is of a type of its own,
 * and such a page is refused by what maps pages to user space. In the root cgroup nothing is charged, so there it does not show. */
#if KERNEL_SINCE(5, 11)
#define GFP_MAPPABLE GFP_KERNEL_ACCOUNT
#else
#define GFP_MAPPABLE GFP_KERNEL
#endif

/* 6.3: bc292ab00f6c "mm: introduce vma->vm_flags wrapper functions". */
static void change_vma_flags(struct vm_area_struct *vma, unsigned long set, unsigned long clear)
{
#if KERNEL_SINCE(6, 3)
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

/* 6.4: 1aaba11da9aa "driver core: class: remove module * from class_create()". */
static struct class *create_class(const char *name)
{
#if KERNEL_SINCE(6, 4)
	return class_create(name);
#else
	return class_create(THIS_MODULE, name);
#endif
}

#endif
