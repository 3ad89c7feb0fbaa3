/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The kernel's helper functions by number (include/uapi/linux/bpf.h), under names of our own: bcc declares some under theirs. Each says
 * since which kernel it is there; tests/bpf/instructions.py holds the same list against every program.
 */
#ifndef AGENT_HELPERS_H
#define AGENT_HELPERS_H

#define HELPER(number, result, name, ...) static result (*const helper_##name)(__VA_ARGS__) = (void *)(number)

HELPER(1, void *, map_lookup_elem, void *map, const void *key);
HELPER(2, long, map_update_elem, void *map, const void *key, const void *value, u64 flags);
HELPER(3, long, map_delete_elem, void *map, const void *key);
HELPER(4, long, probe_read, void *to, u32 size, const void *from);
HELPER(5, u64, ktime_get_ns, void);
HELPER(8, u32, get_smp_processor_id, void);
HELPER(12, long, tail_call, void *ctx, void *map, u32 index);
HELPER(14, u64, get_current_pid_tgid, void);
HELPER(25, long, perf_event_output, void *ctx, void *map, u64 flags, void *data, u64 size);
HELPER(35, u64, get_current_task, void);
HELPER(45, long, probe_read_str, void *to, u32 size, const void *from); /* 4.11 */
HELPER(112, long, probe_read_user, void *to, u32 size, const void *from); /* 5.5 */
HELPER(113, long, probe_read_kernel, void *to, u32 size, const void *from); /* 5.5 */
HELPER(114, long, probe_read_user_str, void *to, u32 size, const void *from); /* 5.5 */
HELPER(115, long, probe_read_kernel_str, void *to, u32 size, const void *from); /* 5.5 */

#endif
