/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The interface of the kernel module: one device a cpu, /dev/agent0 and so on (agent/rust/engine/src/capture/kmod.rs says the same in
 * Rust; the sizes are asserted on both sides). docs/architecture.md describes it.
 */
#ifndef AGENT_KMOD_API_H
#define AGENT_KMOD_API_H

#include "wire.h"

/* Of this header, wire.h and the ring's layout. Any change of these needs another number. */
#define KMOD_API_VERSION 1

#define KMOD_EVENT_WORDS 8

struct kmod_version {
	u32 api;
	u32 cpus; /* devices are numbered below this; a cpu that can never be there has none */
	u64 schema;
	char version[32];
	u64 events[KMOD_EVENT_WORDS]; /* a bit for each event that it records at the end of a system call */
};

_Static_assert(sizeof(struct kmod_version) == 112, "kmod_version layout");

struct kmod_configuration {
	u32 api;
	u32 reserved; /* 0 */
	u64 schema;
	/* Bytes of one ring: a power of two from KMOD_RING_MIN or a page on, up to KMOD_RING_MAX. */
	u64 critical_bytes, bulk_bytes;
	struct settings settings;
};

_Static_assert(sizeof(struct kmod_configuration) == 56, "kmod_configuration layout");

#define KMOD_RING_MIN 4096ULL
#define KMOD_RING_MAX (512ULL << 20)

struct kmod_process {
	u32 tgid; /* in the first pid namespace */
	u32 reserved; /* 0 */
	u64 start; /* clock ticks since boot, as /proc/PID/stat has it */
};

_Static_assert(sizeof(struct kmod_process) == 16, "kmod_process layout");

struct kmod_stats {
	u32 cpu; /* in: which */
	u32 reserved; /* 0 */
	struct cpu_state state; /* out */
};

_Static_assert(sizeof(struct kmod_stats) == 328, "kmod_stats layout");

#define KMOD_IOCTL 0xE7
#define KMOD_VERSION _IOR(KMOD_IOCTL, 0, struct kmod_version)
#define KMOD_CONFIGURE _IOW(KMOD_IOCTL, 1, struct kmod_configuration)
#define KMOD_SET_LIVE _IOW(KMOD_IOCTL, 2, struct live)
#define KMOD_SCOPE_ADD _IOW(KMOD_IOCTL, 3, struct kmod_process)
#define KMOD_SCOPE_CGROUP _IOW(KMOD_IOCTL, 4, u64)
#define KMOD_STATS _IOWR(KMOD_IOCTL, 5, struct kmod_stats)
#define KMOD_START _IO(KMOD_IOCTL, 6)
#define KMOD_STOP _IO(KMOD_IOCTL, 7)

/*
 * What can be mapped of a cpu's device, always shared and in one piece: at KMOD_LANE_STRIDE * lane the consumer page, for reading and
 * writing; one page behind that the producer page and the data, twice in a row, for reading. This is how the kernel maps a BPF ring
 * buffer.
 */
#define KMOD_LANE_STRIDE (1ULL << 32)

#define KMOD_SCOPE_MAX 65536
#define KMOD_CGROUPS_MAX 256

#endif
