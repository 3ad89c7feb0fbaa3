/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Which processes are captured. The set of tgids is kept by the fork, exit and cgroup programs, so a system call costs
 * one look-up, and a capture by cgroup works on both cgroup versions.
 */
#ifndef AGENT_SCOPE_H
#define AGENT_SCOPE_H

/* Whether an entry is of the process that began at this time. A driver that cannot know it when it adds a process has its own. */
#ifndef SCOPE_ENTRY_IS
#define SCOPE_ENTRY_IS(entry, start) (*(entry) == (start))
#endif

#define NS_PER_CLOCK_TICK 10000000ULL /* USER_HZ is 100 everywhere */

/* In clock ticks, as /proc/PID/stat has it: user space names the first processes of a scope. */
static __always_inline u64 start_time(struct task_struct *leader)
{
	return start_time_ns(leader) / NS_PER_CLOCK_TICK;
}

static __always_inline bool tgid_in_scope(u32 tgid)
{
	u64 *start = scope_find(tgid);

	/* The start time tells a process from an earlier one with the same id. */
	return start && SCOPE_ENTRY_IS(start, start_time(KREAD(current_task(), group_leader)));
}

/* A sign of life for the agent, which makes calls for nothing else than to find them counted. */
static __always_inline void count_own_call(void)
{
	u32 cpu;
	struct cpu_state *state = this_cpu_state(&cpu);

	if (state)
		__sync_fetch_and_add(&state->own_calls, 1);
}

/* Whether the current process is captured. The agent itself never is. */
static __always_inline bool current_in_scope(void)
{
	u32 tgid = current_tgid();

	if (!LIVE(enabled))
		return false;
	if (tgid == SETTING(self_tgid)) {
		count_own_call();
		return false;
	}
	return SETTING(scope_mode) == SCOPE_HOST || tgid_in_scope(tgid);
}

static __always_inline bool task_in_scope(struct task_struct *task)
{
	u32 tgid = KREAD(task, tgid);
	u64 *start;

	if (SETTING(scope_mode) == SCOPE_HOST)
		return tgid != SETTING(self_tgid);
	start = scope_find(tgid);
	return start && *start == start_time(KREAD(task, group_leader));
}

static __always_inline void scope_add(u32 tgid, u64 start)
{
	u32 cpu;
	struct cpu_state *state;

	if (!scope_put(tgid, start))
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
	UNROLL
	for (int i = 0; i < CGROUP_WALK; i++) {
		struct cgroup_subsys_state *up;
		u64 id;

		if (!cgroup)
			return OUTSIDE;
		id = kernfs_id(KREAD(cgroup, kn));
		if (scope_has_cgroup(id))
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

	if (SETTING(scope_mode) == SCOPE_HOST || (u32)KREAD(child, pid) != tgid || tgid == SETTING(self_tgid))
		return inside;
	if (SETTING(scope_by_cgroup) && SETTING(scope_hierarchy) == 0) {
		enum membership membership = cgroup_membership(KREAD(child, cgroups, dfl_cgrp));

		if (membership != TOO_DEEP)
			inside = membership == INSIDE;
	}
	if (inside)
		scope_add(tgid, start_time(child));
	return inside;
}

/* The last that is heard of a process: only then does it leave the scope, so that no thread's exit is missed. */
static __always_inline void scope_forget(struct task_struct *task)
{
	u32 tgid = KREAD(task, tgid);
	u64 *start;

	/* Before 5.8 (6b03d1304a32 "proc: Ensure we see the exit of each process tid exactly once") the old leader keeps the number when
	 * another thread executes a program, and another leader; the process lives on. */
	if ((u32)KREAD(task, pid) != tgid || KREAD(task, group_leader) != task)
		return;
	start = scope_find(tgid);
	if (start && *start == start_time(task))
		scope_remove(tgid);
}

/* A process moved between cgroups enters or leaves the scope. */
static __always_inline void scope_move(struct cgroup *to, struct task_struct *task)
{
	struct task_struct *leader = KREAD(task, group_leader);
	u32 tgid = KREAD(task, tgid);

	if (!SETTING(scope_by_cgroup) || tgid == SETTING(self_tgid) ||
	    KREAD(to, root, hierarchy_id) != SETTING(scope_hierarchy))
		return;
	switch (cgroup_membership(to)) {
	case INSIDE:
		scope_add(tgid, start_time(leader));
		break;
	case OUTSIDE:
		scope_remove(tgid);
		break;
	case TOO_DEEP: /* nesting must not be a way out */
		break;
	}
}

#endif
