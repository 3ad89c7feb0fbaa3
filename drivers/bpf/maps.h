/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Maps and programs, declared once for both ways to build.
 *
 * clang writes them into the object, which libbpf loads. bcc has no object: its loader (bcc_loader.py) reads the list below, creates the
 * maps, and passes their descriptors as MAP_FD_name; and since bcc wants its programs as functions of the one file that it is given, it
 * writes one for each PROGRAM, which calls ours.
 */
#ifndef AGENT_MAPS_H
#define AGENT_MAPS_H

/* Name, type, bytes of a key, bytes of a value, entries; 0 entries: as many as there are CPUs. */
#define AGENT_MAPS(MAP)                                                                                       \
	MAP(settings, ARRAY, 4, 24, 1)                                                                        \
	MAP(live, ARRAY, 4, 8344, 1)                                                                          \
	MAP(cpus, ARRAY, 4, 320, 0)                                                                           \
	MAP(scratches, ARRAY, 4, 131608, 0)                                                                   \
	MAP(chains, ARRAY, 4, 600, 0)                                                                         \
	/* The two lanes. */                                                                                  \
	MAP(critical, PERF_EVENT_ARRAY, 4, 4, 0)                                                              \
	MAP(bulk, PERF_EVENT_ARRAY, 4, 4, 0)                                                                  \
	/* Event type -> program that records it. */                                                          \
	MAP(fillers, PROG_ARRAY, 4, 4, 512)                                                                   \
	/* enum step -> program that goes on with an event. */                                                \
	MAP(steps, PROG_ARRAY, 4, 4, 16)                                                                      \
	/* Processes in scope: tgid in the first pid namespace -> start time of its leader in clock ticks. */ \
	MAP(scope, HASH, 4, 8, 65536)                                                                         \
	/* Cgroups in scope: kernfs id of the cgroup -> 1; descendants belong to it. */                       \
	MAP(scope_cgroups, HASH, 8, 4, 256)

#ifdef AGENT_BCC

#define MAP(name) ((void *)bpf_pseudo_fd(1, MAP_FD_##name))
#define PROGRAM(name, tracepoint) static __always_inline int program_##name(void *ctx)

#else

#define SEC(name) __attribute__((section(name), used))

#define DECLARE_MAP(name, type_name, key_bytes, value_bytes, entries) \
	struct {                                                      \
		int (*type)[BPF_MAP_TYPE_##type_name];                \
		int (*key_size)[key_bytes];                           \
		int (*value_size)[value_bytes];                       \
		int (*max_entries)[entries];                          \
	} map_##name SEC(".maps");

AGENT_MAPS(DECLARE_MAP)

#define MAP(name) ((void *)&map_##name)
#ifdef PLAIN_TRACEPOINTS
#define PROGRAM(name, tracepoint) SEC("tp/" tracepoint) int name(void *ctx)
#else
#define PROGRAM(name, tracepoint) SEC("raw_tp/" tracepoint) int name(void *ctx)
#endif

#endif

#endif
