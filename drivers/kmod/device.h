/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The devices: who may capture, and how settings, counters and rings reach that process. One process captures at a time: the first to
 * open /dev/agent0 claims the module, and what it opens until it has closed everything belongs to this capture. What is mapped holds its
 * device open, so rings are freed, and the module can be unloaded, only when nothing is mapped.
 */
#ifndef AGENT_DEVICE_H
#define AGENT_DEVICE_H

enum phase {
	FREE, /* nobody has a device open */
	CLAIMED,
	CONFIGURED, /* there are rings */
	STARTED,
	STOPPED,
};

/* Guards what follows and the order of phases. User memory is never touched with it held: a fault there takes locks that mmap holds.
 * mmap alone looks at the phase without it. */
static DEFINE_MUTEX(control);
static enum phase phase;
static struct pid *owner;
static u32 open_count;

static void free_capture(void)
{
	int cpu, lane;

	for_each_possible_cpu(cpu)
	{
		struct cpu_capture *own = &per_cpu(capture, cpu);

		for (lane = 0; lane < LANES; lane++)
			ring_free(&own->rings[lane]);
		vfree(own->scratch);
		own->scratch = NULL;
		memset(&own->state, 0, sizeof(own->state));
	}
	scope_free();
	memset(&settings, 0, sizeof(settings));
	memset(&live, 0, sizeof(live));
}

static int allocate_capture(const struct kmod_configuration *wanted)
{
	int cpu, error = wanted->settings.scope_mode == SCOPE_SET ? scope_allocate() : 0;

	for_each_possible_cpu(cpu)
	{
		struct cpu_capture *own = &per_cpu(capture, cpu);

		if (!error) {
			own->scratch = vzalloc_node(sizeof(*own->scratch), cpu_to_node(cpu));
			error = own->scratch ? 0 : -ENOMEM;
		}
		if (!error)
			error = ring_allocate(&own->rings[LANE_CRITICAL], wanted->critical_bytes, cpu_to_node(cpu));
		if (!error)
			error = ring_allocate(&own->rings[LANE_BULK], wanted->bulk_bytes, cpu_to_node(cpu));
	}
	return error;
}

static bool is_ring_size(u64 bytes)
{
	return is_power_of_2(bytes) && bytes >= KMOD_RING_MIN && bytes >= PAGE_SIZE && bytes <= KMOD_RING_MAX;
}

static int configure(const struct kmod_configuration *wanted)
{
	int error;

	if (wanted->api != KMOD_API_VERSION || wanted->schema != AGENT_SCHEMA_HASH)
		return -EPROTO;
	if (wanted->reserved || wanted->settings.reserved || wanted->settings.scope_mode > SCOPE_SET ||
	    !is_ring_size(wanted->critical_bytes) || !is_ring_size(wanted->bulk_bytes))
		return -EINVAL;
	if (phase != CLAIMED)
		return -EBUSY;
	error = allocate_capture(wanted);
	if (error) {
		free_capture();
		return error;
	}
	settings = wanted->settings;
	smp_store_release(&phase, CONFIGURED);
	return 0;
}

static int start(void)
{
	int error;

	if (phase != CONFIGURED)
		return phase == CLAIMED ? -EINVAL : -EBUSY;
	error = attach();
	if (!error)
		phase = STARTED;
	return error;
}

static int stop(void)
{
	if (phase < CONFIGURED)
		return -EINVAL;
	if (phase == STARTED)
		detach();
	phase = STOPPED;
	return 0;
}

/* ---- system calls on a device ---- */

static int device_open(struct inode *inode, struct file *file)
{
	unsigned int cpu = iminor(inode);
	int error = 0;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (cpu >= nr_cpu_ids || !cpu_possible(cpu))
		return -ENXIO;
	mutex_lock(&control);
	if (phase == FREE && cpu != 0)
		error = -ENXIO; /* /dev/agent0 is what claims the module */
	else if (phase != FREE && (owner != task_tgid(current) || per_cpu(capture, cpu).open))
		error = -EBUSY;
	if (!error) {
		if (phase == FREE) {
			phase = CLAIMED;
			owner = get_pid(task_tgid(current));
		}
		per_cpu(capture, cpu).open = true;
		open_count++;
		file->private_data = &per_cpu(capture, cpu);
	}
	mutex_unlock(&control);
	return error;
}

/* After the last descriptor and mapping of the device, also when the process was killed. */
static int device_release(struct inode *inode, struct file *file)
{
	struct cpu_capture *own = file->private_data;

	mutex_lock(&control);
	own->open = false;
	if (--open_count == 0) {
		if (phase == STARTED)
			detach();
		free_capture();
		put_pid(owner);
		owner = NULL;
		phase = FREE;
	}
	mutex_unlock(&control);
	return 0;
}

static long give_version(void __user *to)
{
	struct kmod_version version = {
		.api = KMOD_API_VERSION,
		.cpus = nr_cpu_ids,
		.schema = AGENT_SCHEMA_HASH,
		.version = AGENT_VERSION,
	};
	unsigned int event;

	BUILD_BUG_ON(PPME_COUNT > 64 * KMOD_EVENT_WORDS);
	for (event = 0; event < PPME_COUNT; event++)
		if (fillers[event])
			version.events[event / 64] |= 1ULL << event % 64;
	return copy_to_user(to, &version, sizeof(version)) ? -EFAULT : 0;
}

static long take_configuration(const void __user *from)
{
	struct kmod_configuration wanted;
	int error;

	if (copy_from_user(&wanted, from, sizeof(wanted)))
		return -EFAULT;
	mutex_lock(&control);
	error = configure(&wanted);
	mutex_unlock(&control);
	return error;
}

/* Word by word: a probe sees each entry as it was or as it is. */
static long take_live(const void __user *from)
{
	struct live *wanted = memdup_user(from, sizeof(*wanted));
	unsigned int i;

	if (IS_ERR(wanted))
		return PTR_ERR(wanted);
	mutex_lock(&control);
	for (i = 0; i < sizeof(live) / sizeof(u32); i++)
		WRITE_ONCE(((u32 *)&live)[i], ((u32 *)wanted)[i]);
	mutex_unlock(&control);
	kfree(wanted);
	return 0;
}

static long add_process(const void __user *from)
{
	struct kmod_process process;
	long error = 0;

	if (copy_from_user(&process, from, sizeof(process)))
		return -EFAULT;
	if (process.reserved || !process.tgid)
		return -EINVAL;
	mutex_lock(&control);
	if (phase < CONFIGURED || settings.scope_mode != SCOPE_SET)
		error = -EINVAL;
	else if (scope_put(process.tgid, process.start))
		error = -ENOSPC;
	mutex_unlock(&control);
	return error;
}

static long add_cgroup(const void __user *from)
{
	long error;
	u64 id;

	if (copy_from_user(&id, from, sizeof(id)))
		return -EFAULT;
	mutex_lock(&control);
	error = phase < CONFIGURED || !settings.scope_by_cgroup ? -EINVAL : scope_put_cgroup(id);
	mutex_unlock(&control);
	return error;
}

static long give_stats(struct kmod_stats __user *user)
{
	struct kmod_stats stats = {};
	unsigned int i;
	u32 *from;

	if (copy_from_user(&stats.cpu, &user->cpu, sizeof(stats.cpu)))
		return -EFAULT;
	if (stats.cpu >= nr_cpu_ids || !cpu_possible(stats.cpu))
		return -EINVAL;
	from = (u32 *)&per_cpu(capture, stats.cpu).state;
	for (i = 0; i < sizeof(stats.state) / sizeof(u32); i++)
		((u32 *)&stats.state)[i] = READ_ONCE(from[i]);
	return copy_to_user(user, &stats, sizeof(stats)) ? -EFAULT : 0;
}

static long change_phase(int (*change)(void))
{
	long error;

	mutex_lock(&control);
	error = change();
	mutex_unlock(&control);
	return error;
}

static long device_ioctl(struct file *file, unsigned int request, unsigned long argument)
{
	void __user *user = (void __user *)argument;

	switch (request) {
	case KMOD_VERSION:
		return give_version(user);
	case KMOD_CONFIGURE:
		return take_configuration(user);
	case KMOD_SET_LIVE:
		return take_live(user);
	case KMOD_SCOPE_ADD:
		return add_process(user);
	case KMOD_SCOPE_CGROUP:
		return add_cgroup(user);
	case KMOD_STATS:
		return give_stats(user);
	case KMOD_START:
		return change_phase(start);
	case KMOD_STOP:
		return change_phase(stop);
	default:
		return -ENOTTY;
	}
}

/* Needs no lock: from CONFIGURED on all rings are there, until the device that this mapping will hold is released. */
static int device_mmap(struct file *file, struct vm_area_struct *vma)
{
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT, size = vma->vm_end - vma->vm_start;
	u64 lane = offset / KMOD_LANE_STRIDE, within = offset % KMOD_LANE_STRIDE;
	struct cpu_capture *own = file->private_data;

	if (lane >= LANES || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (smp_load_acquire(&phase) < CONFIGURED)
		return -ENXIO;
	if (within == 0) {
		if (size != PAGE_SIZE)
			return -EINVAL;
	} else if (within == PAGE_SIZE) {
		if (size != PAGE_SIZE + 2 * own->rings[lane].bytes)
			return -EINVAL;
		if (vma->vm_flags & VM_WRITE)
			return -EPERM;
		change_vma_flags(vma, 0, VM_MAYWRITE);
	} else {
		return -EINVAL;
	}
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	change_vma_flags(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_DONTCOPY, VM_MAYEXEC);
	return remap_vmalloc_range(vma, own->rings[lane].area, within >> PAGE_SHIFT);
}

static const struct file_operations device_operations = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.unlocked_ioctl = device_ioctl,
	.mmap = device_mmap,
};

/* ---- creation; devtmpfs gives a device that does not ask for another mode 0600, root ---- */

static dev_t first_device;
static struct cdev character_device;
static struct class *device_class;

static void remove_devices(void)
{
	int cpu;

	for_each_possible_cpu(cpu) device_destroy(device_class, first_device + cpu);
	class_destroy(device_class);
	cdev_del(&character_device);
	unregister_chrdev_region(first_device, nr_cpu_ids);
}

static int create_devices(void)
{
	int cpu, error = alloc_chrdev_region(&first_device, 0, nr_cpu_ids, "agent");

	if (error)
		return error;
	device_class = create_class("agent");
	if (IS_ERR(device_class)) {
		unregister_chrdev_region(first_device, nr_cpu_ids);
		return PTR_ERR(device_class);
	}
	cdev_init(&character_device, &device_operations);
	character_device.owner = THIS_MODULE;
	error = cdev_add(&character_device, first_device, nr_cpu_ids);
	for_each_possible_cpu(cpu)
	{
		struct device *device;

		if (error)
			break;
		device = device_create(device_class, NULL, first_device + cpu, NULL, "agent%d", cpu);
		error = PTR_ERR_OR_ZERO(device);
	}
	if (error)
		remove_devices();
	return error;
}

#endif
