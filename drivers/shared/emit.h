/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Primitives that write an event's parameters behind each other into the scratch space. */
#ifndef AGENT_EMIT_H
#define AGENT_EMIT_H

#define PATH_LIMIT 4096
#define DATA_LIMIT 65000

static __always_inline void param_length(struct event *ev, u64 length)
{
	STORE(u16, ev->scratch->record + RECORD_LENGTHS + 2 * (ev->n & 63), length);
	ev->n++;
}

#define EMIT_NUMBER(type)                                                     \
	static __always_inline void emit_##type(struct event *ev, type value) \
	{                                                                     \
		STORE(type, ev->scratch->record + BOUND(ev->off), value);     \
		ev->off += sizeof(type);                                      \
		param_length(ev, sizeof(type));                               \
	}

EMIT_NUMBER(u8)
EMIT_NUMBER(u16)
EMIT_NUMBER(u32)
EMIT_NUMBER(u64)
EMIT_NUMBER(s8)
EMIT_NUMBER(s16)
EMIT_NUMBER(s32)
EMIT_NUMBER(s64)

static __always_inline void emit_empty(struct event *ev)
{
	param_length(ev, 0);
}

static __always_inline void count_unreadable(struct event *ev)
{
	__sync_fetch_and_add(&ev->state->unreadable, 1);
}

/* Writes a NUL-terminated string of user memory at the end of the event; returns its length with the NUL, 0 when it
 * is NULL or cannot be read. */
static __always_inline u64 write_user_str(struct event *ev, u64 ptr)
{
	u64 at = BOUND(ev->off);
	long n;

	if (!ptr)
		return 0;
	n = read_user_str(ev->scratch->record + at, PATH_LIMIT, (void *)ptr);
	if (n <= 0) {
		count_unreadable(ev);
		return 0;
	}
	if (n == PATH_LIMIT)
		ev->flags |= EVENT_TRUNCATED;
	ev->off += n & 0x1fff;
	return n & 0x1fff;
}

static __always_inline u64 write_user_bytes(struct event *ev, u64 ptr, u64 length)
{
	u64 at = BOUND(ev->off);

	if (!ptr || !length)
		return 0;
	if (length > DATA_LIMIT)
		length = DATA_LIMIT;
	OPAQUE(length);
	length &= 0xffff;
	if (read_user(ev->scratch->record + at, length, (void *)ptr)) {
		count_unreadable(ev);
		return 0;
	}
	ev->off += length;
	return length;
}

static __always_inline u64 write_kernel_str(struct event *ev, const void *ptr, const u32 limit)
{
	u64 at = BOUND(ev->off);
	long n;

	if (!ptr)
		return 0;
	n = read_kernel_str(ev->scratch->record + at, limit, ptr);
	if (n <= 0)
		return 0;
	ev->off += n & 0x1fff;
	return n & 0x1fff;
}

static __always_inline void emit_user_str(struct event *ev, u64 ptr)
{
	param_length(ev, write_user_str(ev, ptr));
}

/* A path as the caller passed it. Another thread may have changed it since the kernel read it: marked so. */
static __always_inline void emit_user_path(struct event *ev, u64 ptr)
{
	ev->flags |= EVENT_USER_COPY;
	param_length(ev, write_user_str(ev, ptr));
}

/* I/O data, cut at the snap length. */
static __always_inline void emit_user_bytes(struct event *ev, u64 ptr, s64 length)
{
	u64 n = length < 0 ? 0 : length;

	if (n > LIVE(snaplen))
		n = LIVE(snaplen);
	param_length(ev, write_user_bytes(ev, ptr, n));
}

static __always_inline void emit_kernel_str(struct event *ev, const void *ptr)
{
	param_length(ev, write_kernel_str(ev, ptr, PATH_LIMIT));
}

/* Appends raw bytes of a number without making it a parameter. */
#define APPEND(type, value)                                               \
	do {                                                              \
		STORE(type, ev->scratch->record + BOUND(ev->off), value); \
		ev->off += sizeof(type);                                  \
	} while (0)

#endif
