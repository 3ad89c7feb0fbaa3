/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Scattered user buffers (struct iovec), bounded: entries behind the 16th neither count nor give data. */
#ifndef AGENT_IOVEC_H
#define AGENT_IOVEC_H

#define IOV_LIMIT 16

struct user_iovec {
	u64 base, length;
};

static __always_inline bool read_iovec(bool ia32, u64 iov, u32 index, struct user_iovec *out)
{
	u32 narrow[2];

	if (!ia32)
		return !read_user(out, sizeof(*out), (void *)(iov + index * sizeof(*out)));
	if (read_user(narrow, sizeof(narrow), (void *)(iov + index * sizeof(narrow))))
		return false;
	out->base = narrow[0];
	out->length = narrow[1];
	return true;
}

/* Bytes that the buffers hold in all. */
SUBPROGRAM u64 sum_iovec(u64 iov, u64 count, u32 ia32)
{
	u64 total = 0;

	UNROLL
	for (u32 i = 0; i < IOV_LIMIT; i++) {
		struct user_iovec vec;

		if (i >= count || !read_iovec(ia32, iov, i, &vec))
			break;
		total += vec.length;
	}
	return total;
}

static __always_inline u32 iovec_size(const struct sys *c, u64 iov, u64 count)
{
	return sum_iovec(iov, count, c->ia32);
}

/* Copies scratch->left bytes to scratch->end, which moves behind them. The numbers live in the map: in registers a verifier would
 * follow each of their ranges. */
SUBPROGRAM int copy_iovec(u64 iov, u64 count, u32 ia32, u32 cpu)
{
	struct scratch *scratch = scratch_of(cpu);

	if (!scratch)
		return 0;
	UNROLL
	for (u32 i = 0; i < IOV_LIMIT; i++) {
		u64 left = *(volatile u64 *)&scratch->left, end = *(volatile u64 *)&scratch->end, at = BOUND(end);
		struct user_iovec vec;
		u64 n;

		if (!left || i >= count || !read_iovec(ia32, iov, i, &vec))
			break;
		n = vec.length < left ? vec.length : left;
		n = BOUND(n);
		if (read_user(scratch->record + at, n, (void *)vec.base))
			break;
		*(volatile u64 *)&scratch->left = left - n;
		*(volatile u64 *)&scratch->end = end + n;
	}
	return 0;
}

/* The first bytes of what was transferred, cut at the snap length. */
static __always_inline void emit_iovec_bytes(struct event *ev, const struct sys *c, u64 iov, u64 count, s64 transferred)
{
	u64 left = transferred < 0 ? 0 : transferred, start = ev->off;

	if (left > LIVE(snaplen))
		left = LIVE(snaplen);
	if (left > DATA_LIMIT)
		left = DATA_LIMIT;
	*(volatile u64 *)&ev->scratch->left = left;
	*(volatile u64 *)&ev->scratch->end = start;
	copy_iovec(iov, count, c->ia32, ev->cpu);
	ev->off = *(volatile u64 *)&ev->scratch->end;
	param_length(ev, ev->off - start);
}

#endif
