/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The kernel's types, as the kernel was built: from its headers, or from a vmlinux.h that its own type information was written to
 * (AGENT_VMLINUX, for machines that have BTF and no headers). Offsets are compiled in: a probe fits one kernel.
 */
#ifndef AGENT_KERNEL_H
#define AGENT_KERNEL_H

#ifdef AGENT_VMLINUX

/* The build says what type information does not: LINUX_VERSION_CODE, and CONFIG_* as far as it shows in the types. */
#define BPF_NO_PRESERVE_ACCESS_INDEX
#include "vmlinux.h"
#include "../shared/constants.h"

#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))
#define NULL ((void *)0)
#define offsetof(type, member) __builtin_offsetof(type, member)
#define offsetofend(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))
#define __always_inline inline __attribute__((always_inline))
/* But for kernels built for debugging with KASAN; there a child's flags are what the kernel's objects say. */
#define THREAD_SIZE 16384
#ifndef TOP_OF_KERNEL_STACK_PADDING
#define TOP_OF_KERNEL_STACK_PADDING 0
#endif

#else

#include <linux/kconfig.h>
#include "prelude.h"
#include <linux/version.h>
#include <linux/types.h>
#include <linux/bpf.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/binfmts.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kernfs.h>
#include <linux/mm_types.h>
#include <linux/mount.h>
#include <linux/net.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/resource.h>
#include <linux/socket.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <linux/un.h>
#include <net/af_unix.h>
#include <net/inet_sock.h>
#include <net/sock.h>

#endif

#ifndef TOP_OF_KERNEL_STACK_PADDING
#define TOP_OF_KERNEL_STACK_PADDING 0
#endif

#endif
