/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Events that one program of an old kernel cannot hold: several record one of them, each calling the next. A tail call keeps nothing but
 * the context, so what is to be known later lies in this CPU's struct chain. It belongs to whoever has claimed the scratch space.
 */
#ifndef AGENT_CHAIN_H
#define AGENT_CHAIN_H

/* Programs that go on with an event; agent/rust/engine/src/capture/classic.rs has the same list by name. */
enum step {
	STEP_CGROUPS,
	STEP_CLONE_IDS,
	STEP_EXEC_CREDENTIALS,
	STEP_EXEC_PATH,
	STEP_EXEC_END,
	STEP_OPENED_PATH,
	STEP_SENT_MESSAGE,
	STEP_RECEIVED_MESSAGE,
};

/* Who the event is about, and from which side. */
enum kind {
	KIND_CHILD, /* a new process, seen as it is made */
	KIND_PARENT, /* the call that made one */
	KIND_EXEC, /* a successful exec */
	KIND_FAILED_EXEC,
	KIND_FAILED_EXECAT,
};

struct chain {
	u64 off, tid;
	u32 n, flags;
	u32 type, lane, category, nparams;
	u32 kind;
	u32 native; /* flags of a clone */
	u64 task; /* whose cgroups and ids are told */
	u64 start; /* where a parameter begins that several programs write */
	u32 controller; /* the next one to be told */
	u32 next; /* the step behind the controllers */
	u32 names; /* of a path, collected in the scratch space */
	/* Messages are events of their own, so this is not guarded by the claim: it counts for the thread that is named. */
	u32 message;
	u64 thread;
	u8 registers[512]; /* of the call that a child is made in */
};

_Static_assert(sizeof(struct pt_regs) <= 512, "registers");

static __always_inline struct chain *chain_of(u32 cpu)
{
	return helper_map_lookup_elem(MAP(chains), &cpu);
}

static __always_inline void chain_park(struct chain *chain, const struct event *ev)
{
	chain->off = ev->off;
	chain->tid = ev->tid;
	chain->n = ev->n;
	chain->flags = ev->flags;
}

/* The event that the program before this one left. */
static __always_inline struct chain *chain_resume(struct event *ev)
{
	struct chain *chain;

	ev->state = this_cpu_state(&ev->cpu);
	if (!ev->state)
		return NULL;
	chain = chain_of(ev->cpu);
	ev->scratch = scratch_of(ev->cpu);
	if (!chain || !ev->scratch)
		return NULL;
	ev->off = chain->off;
	ev->tid = chain->tid;
	ev->n = chain->n;
	ev->flags = chain->flags;
	return chain;
}

/* Leaves the event to the next program. It comes back only when there is none: not loaded, or refused by this kernel. */
static __always_inline void chain_go_on(void *ctx, struct chain *chain, const struct event *ev, u32 step)
{
	struct cpu_state *state = ev->state;

	chain_park(chain, ev);
	helper_tail_call(ctx, MAP(steps), step);
	__sync_fetch_and_add(&state->refused_calls, 1);
	release_scratch(state);
}

static __always_inline void chain_commit(void *ctx, const struct chain *chain, struct event *ev)
{
	event_commit(ctx, ev, chain->lane, chain->category, chain->type, chain->nparams);
}

/* Begins an event of several programs. */
static __always_inline struct chain *chain_begin(struct event *ev, enum kind kind, u32 lane, u32 category, u32 type,
						 u32 nparams)
{
	struct chain *chain;

	if (!event_begin(ev, lane, category, nparams))
		return NULL;
	chain = chain_of(ev->cpu);
	if (!chain) {
		release_scratch(ev->state);
		return NULL;
	}
	chain->kind = kind;
	chain->lane = lane;
	chain->category = category;
	chain->type = type;
	chain->nparams = nparams;
	return chain;
}

#define CHAIN_BEGIN(ev, kind, EVENT, n) chain_begin(ev, kind, LANE_##EVENT, LOSS_##EVENT, PPME_##EVENT, n)

/* The controllers, one a program, then the step `next`. */
static __always_inline void chain_cgroups(void *ctx, struct chain *chain, const struct event *ev,
					  struct task_struct *task, u32 next)
{
	chain->task = (u64)task;
	chain->start = ev->off;
	chain->controller = 0;
	chain->next = next;
	chain_go_on(ctx, chain, ev, STEP_CGROUPS);
}

PROGRAM(step_cgroups, "sys_exit")
{
	struct cgroup_subsys_state *state = NULL;
	struct event event, *ev = &event;
	struct chain *chain = chain_resume(ev);
	struct css_set *sets;
	u32 controller;

	if (!chain)
		return 0;
	sets = KREAD((struct task_struct *)chain->task, cgroups);
	controller = chain->controller;
#define CONTROLLER(index, name)                    \
	if (controller == (index)) {               \
		state = CSS_OF(sets, name);        \
		if (state)                         \
			WRITE_TEXT(ev, #name "="); \
	}
	FOR_CONTROLLERS(CONTROLLER)
#undef CONTROLLER
	if (state)
		write_cgroup_path(ev, KREAD(state, cgroup));
	chain->controller = controller + 1;
	if (controller + 1 < CONTROLLERS) {
		chain_go_on(ctx, chain, ev, STEP_CGROUPS);
		return 0;
	}
	param_length(ev, ev->off - chain->start);
	chain_go_on(ctx, chain, ev, chain->next);
	return 0;
}

#endif
