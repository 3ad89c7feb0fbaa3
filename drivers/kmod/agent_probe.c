// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The kernel module: the shared bodies of the system calls (drivers/shared) behind tracepoints, writing into rings of each cpu that user
 * space maps. One unit, so that nothing of it is visible to other modules.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/binfmts.h>
#include <linux/capability.h>
#include <linux/cdev.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/device.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/hash.h>
#include <linux/kernfs.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/nospec.h>
#include <linux/nsproxy.h>
#include <linux/percpu.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/rculist_nulls.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/tracepoint.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/vmalloc.h>
#include <net/af_unix.h>
#include <net/inet_sock.h>
#include <net/sock.h>

#include "../shared/kmod_api.h"
#include "../shared/scratch.h"
#include "../shared/generated/events.h"
#include "../shared/generated/flags.h"
#include "../shared/generated/schema.h"
#include "kernel_api.h"
#include "ring.h"

/* What belongs to one cpu. */
struct cpu_capture {
	struct cpu_state state;
	struct ring rings[LANES];
	struct scratch *scratch;
	bool open; /* its device */
};

static DEFINE_PER_CPU(struct cpu_capture, capture);
static struct settings settings; /* set before the first probe is attached */
static struct live live;

#include "scope_table.h"
#include "primitives.h"
#include "../shared/sys.h"
#include "../shared/versions.h"
#include "record.h"
#include "../shared/emit.h"
#include "../shared/scope.h"
#include "../shared/file_facts.h"
#include "../shared/kernel_objects.h"
#include "../shared/kernel_sockets.h"
#include "../shared/user_strings.h"
#include "../shared/task_facts.h"
#include "../shared/sockets.h"
#include "../shared/iovec.h"
#include "../shared/calls/generic.h"
#include "../shared/calls/process.h"
#include "../shared/calls/process_whole.h"
#include "../shared/calls/file.h"
#include "../shared/calls/file_whole.h"
#include "../shared/calls/network.h"
#include "../shared/calls/io.h"
#include "../shared/calls/memory.h"
#include "../shared/calls/control.h"
#include "../shared/calls/poll.h"
#include "../shared/calls/messages.h"
#include "../shared/calls/messages_loop.h"
#include "../shared/generated/fillers.h"
#include "probes.h"
#include "device.h"

static int __init agent_probe_init(void)
{
	int error = find_tracepoints();

	return error ? error : create_devices();
}

static void __exit agent_probe_exit(void)
{
	remove_devices();
}

module_init(agent_probe_init);
module_exit(agent_probe_exit);

MODULE_LICENSE("Dual MIT/GPL");
MODULE_AUTHOR("The agent authors");
MODULE_DESCRIPTION("Records system calls for the agent");
MODULE_VERSION(AGENT_VERSION);
