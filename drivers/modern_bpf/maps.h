/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Maps and settings. */
#ifndef AGENT_MAPS_H
#define AGENT_MAPS_H

/* One ring a CPU group and lane: index = group * LANES + lane. The source creates the rings. */
struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(u32));
	__array(values, struct ring);
} rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cpu_state);
} cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* Event type -> program that records it. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 512);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(u32));
} fillers SEC(".maps");

/* The registers of the call that makes a child, where the kernel does not hand them out (before 5.15). */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct pt_regs);
} call_registers SEC(".maps");

/* Processes in scope: tgid in the first pid namespace -> start time of its leader in clock ticks. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, u32);
	__type(value, u64);
} scope SEC(".maps");

/* Cgroups in scope: kernfs id of the cgroup -> 1; descendants belong to it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, u64);
	__type(value, u32);
} scope_cgroups SEC(".maps");

/* In sections of their own, so that user space finds them at offset 0 of one map each. */
const volatile struct settings settings SEC(".rodata.settings") = {};
struct live live SEC(".data.live") = {};

#endif
