/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The processes and cgroups in scope.
 *
 * Members are allocated when the capture is configured, since fork and the freeing of tasks are no places to allocate in (with PREEMPT_RT
 * not even atomically). Look-ups take no lock: a member that is taken out and put in elsewhere meanwhile leads a reader into another
 * chain, whose end tells it to start again (Documentation/RCU/rculist_nulls.rst).
 */
#ifndef AGENT_SCOPE_TABLE_H
#define AGENT_SCOPE_TABLE_H

#define SCOPE_BITS 14

struct member {
	struct hlist_nulls_node node;
	u32 tgid;
	u32 next_free; /* one more than its index; the node must not be touched while readers may stand on it */
	u64 start;
};

static struct {
	struct hlist_nulls_head *buckets;
	struct member *members;
	u32 first_free;
	u32 cgroup_count;
	u64 cgroups[KMOD_CGROUPS_MAX];
} scope;

/* Taken with interrupts off: tasks are freed in softirqs. */
static DEFINE_RAW_SPINLOCK(scope_lock);

static void scope_free(void)
{
	kvfree(scope.members);
	kvfree(scope.buckets);
	memset(&scope, 0, sizeof(scope));
}

static int scope_allocate(void)
{
	u32 i;

	scope.buckets = kvcalloc(1 << SCOPE_BITS, sizeof(*scope.buckets), GFP_KERNEL);
	scope.members = kvcalloc(KMOD_SCOPE_MAX, sizeof(*scope.members), GFP_KERNEL);
	if (!scope.buckets || !scope.members) {
		scope_free();
		return -ENOMEM;
	}
	for (i = 0; i < 1 << SCOPE_BITS; i++)
		INIT_HLIST_NULLS_HEAD(&scope.buckets[i], i);
	for (i = 0; i < KMOD_SCOPE_MAX; i++)
		scope.members[i].next_free = i + 1 < KMOD_SCOPE_MAX ? i + 2 : 0;
	scope.first_free = 1;
	return 0;
}

/* Under RCU, as every probe is. */
static struct member *scope_member(u32 tgid)
{
	u32 slot = hash_32(tgid, SCOPE_BITS);
	struct hlist_nulls_node *node;
	struct member *member;

	if (!scope.buckets)
		return NULL;
again:
	hlist_nulls_for_each_entry_rcu(member, node, &scope.buckets[slot],
				       node) if (READ_ONCE(member->tgid) == tgid) return member;
	if (get_nulls_value(node) != slot)
		goto again;
	return NULL;
}

static u64 *scope_find(u32 tgid)
{
	struct member *member = scope_member(tgid);

	smp_rmb(); /* the start is that of the tgid that was seen, or of a later one */
	return member ? &member->start : NULL;
}

/* Whether the process could not be added. */
static bool scope_put(u32 tgid, u64 start)
{
	struct member *member;
	unsigned long flags;
	bool full = false;

	raw_spin_lock_irqsave(&scope_lock, flags);
	member = scope_member(tgid);
	if (member) {
		WRITE_ONCE(member->start, start);
	} else if (scope.first_free) {
		member = &scope.members[scope.first_free - 1];
		scope.first_free = member->next_free;
		WRITE_ONCE(member->start, start);
		smp_wmb(); /* pairs with scope_find() */
		WRITE_ONCE(member->tgid, tgid);
		hlist_nulls_add_head_rcu(&member->node, &scope.buckets[hash_32(tgid, SCOPE_BITS)]);
	} else {
		full = true;
	}
	raw_spin_unlock_irqrestore(&scope_lock, flags);
	return full;
}

static void scope_remove(u32 tgid)
{
	struct member *member;
	unsigned long flags;

	raw_spin_lock_irqsave(&scope_lock, flags);
	member = scope_member(tgid);
	if (member) {
		hlist_nulls_del_rcu(&member->node);
		member->next_free = scope.first_free;
		scope.first_free = member - scope.members + 1;
	}
	raw_spin_unlock_irqrestore(&scope_lock, flags);
}

static bool scope_has_cgroup(u64 id)
{
	u32 count = smp_load_acquire(&scope.cgroup_count), i;

	for (i = 0; i < count; i++)
		if (scope.cgroups[i] == id)
			return true;
	return false;
}

static int scope_put_cgroup(u64 id)
{
	if (scope.cgroup_count == KMOD_CGROUPS_MAX)
		return -ENOSPC;
	scope.cgroups[scope.cgroup_count] = id;
	smp_store_release(&scope.cgroup_count, scope.cgroup_count + 1);
	return 0;
}

#endif
