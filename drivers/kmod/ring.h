/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A ring of one cpu and lane, laid out as the kernel's BPF ring buffer (kernel/bpf/ringbuf.c), so that one reader reads both: a page with
 * the consumer's position, a page with the producer's, and the data mapped twice in a row.
 *
 * Records are written by tasks alone, with preemption off: nothing on this cpu can come in between, so a reservation needs no lock and
 * no atomic operation. The consumer's page is written by user space and believed in nothing: its position only decides whether there is
 * room, and one that makes no sense means that there is none.
 */
#ifndef AGENT_RING_H
#define AGENT_RING_H

#define RING_BUSY (1U << 31)
#define RING_HEADER 8

struct ring {
	u8 *area; /* consumer page, producer page, data, data; NULL: none */
	struct page **pages;
	u64 bytes; /* of the data */
	u64 producer; /* the page that user space sees has a copy */
};

static unsigned long ring_page_count(u64 bytes)
{
	return 2 + bytes / PAGE_SIZE;
}

static void ring_free(struct ring *ring)
{
	unsigned long i;

	if (ring->area)
		vunmap(ring->area);
	for (i = 0; ring->pages && i < ring_page_count(ring->bytes) && ring->pages[i]; i++)
		__free_page(ring->pages[i]);
	kvfree(ring->pages);
	memset(ring, 0, sizeof(*ring));
}

static int ring_allocate(struct ring *ring, u64 bytes, int node)
{
	const gfp_t flags = GFP_MAPPABLE | __GFP_RETRY_MAYFAIL | __GFP_NOWARN | __GFP_ZERO;
	unsigned long count = ring_page_count(bytes), data = bytes / PAGE_SIZE, i;

	ring->bytes = bytes;
	ring->producer = 0;
	ring->pages = kvcalloc(count + data, sizeof(*ring->pages), GFP_KERNEL);
	if (!ring->pages)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		ring->pages[i] = alloc_pages_node(node, flags, 0);
		if (!ring->pages[i])
			goto failed;
		if (i >= 2)
			ring->pages[data + i] = ring->pages[i];
	}
	ring->area = vmap(ring->pages, count + data, VM_MAP | VM_USERMAP, PAGE_KERNEL);
	if (!ring->area)
		goto failed;
	return 0;
failed:
	ring_free(ring);
	return -ENOMEM;
}

/* Room for a record, or NULL. Its first eight bytes say that it is still being written. */
static __always_inline u8 *ring_reserve(struct ring *ring, u32 size)
{
	u64 need = round_up((u64)size + RING_HEADER, 8), used, at;
	u8 *header;

	used = ring->producer - smp_load_acquire((u64 *)ring->area);
	if (used > ring->bytes || need > ring->bytes - used)
		return NULL;
	at = ring->producer & (ring->bytes - 1);
	header = ring->area + 2 * PAGE_SIZE + at;
	WRITE_ONCE(*(u32 *)header, size | RING_BUSY);
	WRITE_ONCE(*(u32 *)(header + 4), 0);
	ring->producer += need;
	smp_store_release((u64 *)(ring->area + PAGE_SIZE), ring->producer);
	/* The time of the record must not be read before the reservation is seen: that is what the reader's order rests on. */
	smp_mb();
	return header + RING_HEADER;
}

static __always_inline void ring_publish(u8 *record, u32 size)
{
	smp_store_release((u32 *)(record - RING_HEADER), size);
}

#endif
