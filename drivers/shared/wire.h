/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The boundary between the programs and the capture source (agent/rust/engine/src/capture/wire.rs says the same in
 * Rust; the sizes are asserted on both sides).
 */
#ifndef AGENT_WIRE_H
#define AGENT_WIRE_H

/* A ring record: u32 sequence, u32 lost, u16 cpu, u32 flags, then the event (u64 ts, u64 tid, u32 len, u16 type,
 * u32 nparams, u16 lengths[nparams], payloads). Packed, so offsets rather than a structure. */
#define RECORD_SEQUENCE 0
#define RECORD_LOST 4
#define RECORD_CPU 8
#define RECORD_FLAGS 10
#define RECORD_EVENT 14
#define RECORD_TS (RECORD_EVENT + 0)
#define RECORD_TID (RECORD_EVENT + 8)
#define RECORD_LEN (RECORD_EVENT + 16)
#define RECORD_TYPE (RECORD_EVENT + 20)
#define RECORD_NPARAMS (RECORD_EVENT + 22)
#define RECORD_LENGTHS (RECORD_EVENT + 26)

/* Event flags of our own (bits below 16 belong to the file format). */
#define EVENT_USER_COPY (1U << 16)
#define EVENT_TRUNCATED (1U << 18)

#define RECORD_MAX 65536 /* the largest record; a larger event is counted as lost */
#define SCRATCH_SIZE (2 * RECORD_MAX)

#define LANE_CRITICAL 0
#define LANE_BULK 1
#define LANES 2

/* Why a record was lost. */
enum loss_cause {
	LOSS_RING_FULL,
	LOSS_SCRATCH_BUSY, /* a preempted program on the same CPU holds the scratch space */
	LOSS_TOO_LARGE,
	LOSS_BOUNDED, /* more messages in one call than are followed */
	LOSS_CAUSES,
};

/* Losses are counted by category (loss_category of the schema) and cause. */
#define LOSS_CATEGORIES 8

/* Per-CPU state, mapped read-only by the source. */
struct cpu_state {
	u32 scratch_busy;
	u32 sequence[LANES];
	u32 lost[LANES];
	u32 own_calls; /* selected calls of the source's own process: what it makes on purpose to see that the programs run */
	u64 losses[LOSS_CATEGORIES][LOSS_CAUSES];
	u64 unreadable; /* user memory that could not be read; the parameter is empty */
	u64 scope_full; /* children that did not fit the scope map */
	u64 refused_calls; /* calls whose program is not loaded, or of an unknown kind */
	/* Drivers that stamp before they hand a record over: 0 while none is on its way, 1 between saying so and stamping, then the stamp. */
	u64 writing;
	u64 claim; /* scratch_busy, as wide as drivers without 32-bit instructions need it */
};

_Static_assert(sizeof(struct cpu_state) == 320, "cpu_state layout");

/* What the dispatcher knows of a system call number; 0 in event means not selected. */
struct syscall_entry {
	u16 event;
	u16 ppm_sc;
};

#define SYSCALL_TABLE_SIZE 1024
#define SOCKETCALL_TABLE_SIZE 32

/* Capture limited to a set of processes. */
#define SCOPE_HOST 0
#define SCOPE_SET 1

/* Fixed before the programs are loaded: the verifier drops the branches that they rule out. */
struct settings {
	u32 self_tgid;
	u32 scope_mode;
	u32 scope_by_cgroup;
	/* The hierarchy that the cgroups in scope belong to: ids are unique within one only. */
	s32 scope_hierarchy;
	u32 cpus_per_ring;
	u32 reserved;
};

_Static_assert(sizeof(struct settings) == 24, "settings layout");

/* Changed while capturing. */
struct live {
	u32 enabled;
	u32 snaplen;
	/* sched_process_exec, _fork and _exit record events only when selected; keeping the scope does not depend on it. */
	u32 record_exec, record_fork, record_exit;
	u32 reserved;
	struct syscall_entry syscalls[SYSCALL_TABLE_SIZE];
	struct syscall_entry syscalls_ia32[SYSCALL_TABLE_SIZE];
	struct syscall_entry socketcalls[SOCKETCALL_TABLE_SIZE];
};

_Static_assert(sizeof(struct live) == 24 + 8 * SYSCALL_TABLE_SIZE + 4 * SOCKETCALL_TABLE_SIZE, "live layout");

#endif
