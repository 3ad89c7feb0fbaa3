/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Which processes are captured. The set of tgids is kept by the fork, exit and cgroup programs, so a system call costs
 * one look-up, and a capture by cgroup works on both cgroup versions.
 */
#ifndef AGENT_SCOPE_H
#define AGENT_SCOPE_H

#define NS_PER_CLOCK_TICK 10000000ULL /* USER_HZ is 100 everywhere */

static __always_inline u64 start_time_ns(struct task_struct *leader)
{
	if (bpf_core_field_exists(leader->start_boottime))
		return KREAD(leader, start_boottime);
	return KREAD(leader, real_start_time);
}

/* In clock ticks, as /proc/PID/stat has it: user space names the first processes of a scope. */
static __always_inline u64 start_time(struct task_struct *leader)
{
	return start_time_ns(leader) / NS_PER_CLOCK_TICK;
}

static __always_inline bool tgid_in_scope(u32 tgid)
{
	u64 *start = bpf_map_lookup_elem(&scope, &tgid);

	/* The start time tells a process from an earlier one with the same id. */
	return start && *start == start_time(KREAD(current_task(), group_leader));
}

/* Whether the current process is captured. The agent itself never is. */
static __always_inline bool current_in_scope(void)
{
	u32 tgid = bpf_get_current_pid_tgid() >> 32;

	if (tgid == settings.self_tgid || !live.enabled)
		return false;
	return settings.scope_mode == SCOPE_HOST || tgid_in_scope(tgid);
}

static __always_inline bool task_in_scope(struct task_struct *task)
{
	u32 tgid = KREAD(task, tgid);
	u64 *start;

	if (settings.scope_mode == SCOPE_HOST)
		return tgid != settings.self_tgid;
	start = bpf_map_lookup_elem(&scope, &tgid);
	return start && *start == start_time(KREAD(task, group_leader));
}

static __always_inline void scope_add(u32 tgid, u64 start)
{
	u32 cpu;
	struct cpu_state *state;

	if (!bpf_map_update_elem(&scope, &tgid, &start, BPF_ANY))
		return;
	state = this_cpu_state(&cpu);
	if (state)
		__sync_fetch_and_add(&state->scope_full, 1);
}

#define CGROUP_WALK 64

enum membership {
	OUTSIDE,
	INSIDE,
	TOO_DEEP,
};

/* Whether the cgroup, or one that it lies in, is in scope. */
static __always_inline enum membership cgroup_membership(struct cgroup *cgroup)
{
	for (int i = 0; i < CGROUP_WALK; i++) {
		struct cgroup_subsys_state *up;
		u64 id;

		if (!cgroup)
			return OUTSIDE;
		id = KREAD(cgroup, kn, id);
		if (bpf_map_lookup_elem(&scope_cgroups, &id))
			return INSIDE;
		up = KREAD(cgroup, self.parent);
		if (!up)
			return OUTSIDE;
		cgroup = KREAD(up, cgroup);
	}
	return TOO_DEEP;
}

/* A child belongs to the scope of its parent, also when the root process is gone. One that is cloned into another cgroup (version 2 only)
 * belongs where it is put: no move is reported for it. */
static __always_inline bool scope_fork(struct task_struct *parent, struct task_struct *child)
{
	u32 tgid = KREAD(child, tgid);
	bool inside = task_in_scope(parent);

	if (settings.scope_mode == SCOPE_HOST || (u32)KREAD(child, pid) != tgid || tgid == settings.self_tgid)
		return inside;
	if (settings.scope_by_cgroup && settings.scope_hierarchy == 0) {
		enum membership membership = cgroup_membership(KREAD(child, cgroups, dfl_cgrp));

		if (membership != TOO_DEEP)
			inside = membership == INSIDE;
	}
	if (inside)
		scope_add(tgid, start_time(child));
	return inside;
}

/* The last that is heard of a process: only then does it leave the scope, so that no thread's exit is missed. */
SEC("tp_btf/sched_process_free")
int scope_free(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	u32 tgid = KREAD(task, tgid);
	u64 *start;

	if ((u32)KREAD(task, pid) != tgid)
		return 0;
	start = bpf_map_lookup_elem(&scope, &tgid);
	if (start && *start == start_time(task))
		bpf_map_delete_elem(&scope, &tgid);
	return 0;
}

/* A process moved between cgroups enters or leaves the scope. */
SEC("tp_btf/cgroup_attach_task")
int scope_cgroup_attach(u64 *ctx)
{
	struct cgroup *to = (struct cgroup *)ctx[0];
	struct task_struct *task = (struct task_struct *)ctx[2];
	struct task_struct *leader = KREAD(task, group_leader);
	u32 tgid = KREAD(task, tgid);

	if (!settings.scope_by_cgroup || tgid == settings.self_tgid ||
	    KREAD(to, root, hierarchy_id) != settings.scope_hierarchy)
		return 0;
	switch (cgroup_membership(to)) {
	case INSIDE:
		scope_add(tgid, start_time(leader));
		break;
	case OUTSIDE:
		bpf_map_delete_elem(&scope, &tgid);
		break;
	case TOO_DEEP: /* nesting must not be a way out */
		break;
	}
	return 0;
}

#endif
