/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Where one CPU builds an event that is not of fixed size. */
#ifndef AGENT_SCRATCH_H
#define AGENT_SCRATCH_H

struct scratch {
	u8 record[SCRATCH_SIZE];
	u64 names[64]; /* path components, collected from leaf to root */
	u64 name_count;
	u64 left; /* bytes of scattered data still to copy */
	u64 end; /* where they go */
};

/* An event in the making. */
struct event {
	struct scratch *scratch;
	struct cpu_state *state;
	u64 off; /* end of what is written */
	u64 tid;
	u32 n; /* parameters written */
	u32 flags;
	u32 cpu;
};

#endif
