/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* poll and ppoll: lists of descriptors, bounded. */

#define POLL_LIMIT 16

struct user_pollfd {
	s32 fd;
	u16 events;
	u16 revents;
};

/* Writes "count, then fd and flags of each" at scratch->end. With `returned`, only descriptors that something happened on. */
SUBPROGRAM int copy_pollfds(u64 fds, u32 count, u32 returned, u32 cpu)
{
	struct scratch *scratch = scratch_of(cpu);
	u64 start, at;
	u32 kept = 0;

	if (!scratch)
		return 0;
	start = *(volatile u64 *)&scratch->end;
	*(volatile u64 *)&scratch->end = start + 2;
	*(volatile u64 *)&scratch->name_count = 0;
	UNROLL
	for (u32 i = 0; i < POLL_LIMIT; i++) {
		struct user_pollfd entry;
		u64 end = *(volatile u64 *)&scratch->end;
		u16 flags;

		if (i >= count || read_user(&entry, sizeof(entry), (void *)(fds + i * sizeof(entry))))
			break;
		flags = returned ? entry.revents : entry.events;
		if (returned && !flags)
			continue;
		at = BOUND(end);
		STORE(s64, scratch->record + at, entry.fd);
		STORE(u16, scratch->record + at + 8, scap_poll_flags(flags));
		*(volatile u64 *)&scratch->end = end + 10;
		*(volatile u64 *)&scratch->name_count = *(volatile u64 *)&scratch->name_count + 1;
	}
	kept = *(volatile u64 *)&scratch->name_count;
	at = BOUND(start);
	STORE(u16, scratch->record + at, kept);
	return 0;
}

static __always_inline void emit_pollfds(struct event *ev, const struct sys *c)
{
	u64 start = ev->off;

	*(volatile u64 *)&ev->scratch->end = start;
	copy_pollfds(sys_arg(c, 0), sys_arg(c, 1), c->ret >= 0, ev->cpu);
	ev->off = *(volatile u64 *)&ev->scratch->end;
	param_length(ev, ev->off - start);
}

/* Nanoseconds of a struct timespec in user memory; all ones when there is none. */
static __always_inline u64 read_timespec(const struct sys *c, u64 ptr)
{
	u64 wide[2];
	u32 narrow[2];

	if (!ptr)
		return (u64)-1;
	if (!c->ia32)
		return read_user(wide, sizeof(wide), (void *)ptr) ? (u64)-1 : wide[0] * 1000000000ULL + wide[1];
	return read_user(narrow, sizeof(narrow), (void *)ptr) ? (u64)-1 : narrow[0] * 1000000000ULL + narrow[1];
}

FILLER(poll_x, SYSCALL_POLL_X)
{
	EVENT_BEGIN(c, SYSCALL_POLL_X, 3);
	emit_s64(&ev, c->ret);
	emit_pollfds(&ev, c);
	emit_s64(&ev, (s32)sys_arg(c, 2));
	EVENT_END(c);
}

FILLER(ppoll_x, SYSCALL_PPOLL_X)
{
	u32 mask = 0;

	if (sys_arg(c, 3))
		read_user(&mask, sizeof(mask), (void *)sys_arg(c, 3));
	EVENT_BEGIN(c, SYSCALL_PPOLL_X, 4);
	emit_s64(&ev, c->ret);
	emit_pollfds(&ev, c);
	emit_u64(&ev, read_timespec(c, sys_arg(c, 2)));
	emit_u32(&ev, mask);
	EVENT_END(c);
}
