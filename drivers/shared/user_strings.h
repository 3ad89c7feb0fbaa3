/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Strings of a process's own memory that the clone and exec families share: arguments and environment. */
#ifndef AGENT_USER_STRINGS_H
#define AGENT_USER_STRINGS_H

#define ARGS_LIMIT 4096

/* exe (argv[0]) and args (argv[1..]): two parameters. They lie in user memory, which the process may have rewritten. */
static __always_inline void emit_exe_and_args(struct event *ev, struct mm_struct *mm)
{
	u64 start = KREAD(mm, arg_start), end = KREAD(mm, arg_end);
	u64 total = end - start, n, at;
	long exe;

	if (!mm || end <= start) {
		emit_empty(ev);
		emit_empty(ev);
		return;
	}
	if (total > ARGS_LIMIT) {
		total = ARGS_LIMIT;
		ev->flags |= EVENT_TRUNCATED;
	}
	at = BOUND(ev->off);
	/* Not beyond the arguments, should the process have overwritten the NUL that ends the first. */
	n = total & 0x1fff;
	exe = read_user_str(ev->scratch->record + at, n, (void *)start);
	if (exe <= 0) {
		count_unreadable(ev);
		emit_empty(ev);
		emit_empty(ev);
		return;
	}
	exe &= 0x1fff;
	ev->off += exe;
	param_length(ev, exe);
	if (total <= (u64)exe) {
		emit_empty(ev);
		return;
	}
	n = write_user_bytes(ev, start + exe, (total - exe) & 0x1fff);
	if (n)
		ev->scratch->record[BOUND(ev->off - 1)] = 0;
	param_length(ev, n);
}

#define STRINGS_LIMIT 32

/* Writes the strings that an array of user pointers names at scratch->end, from the one with number `first` on, until
 * ARGS_LIMIT bytes are there: at most twice as many are written, which keeps them behind `end`. */
SUBPROGRAM int copy_strings(u64 array, u32 first, u32 ia32, u32 cpu)
{
	struct scratch *scratch = scratch_of(cpu);
	u64 width = ia32 ? sizeof(u32) : sizeof(u64), start;

	if (!scratch)
		return 0;
	start = *(volatile u64 *)&scratch->end;
	UNROLL
	for (u32 i = 0; i < STRINGS_LIMIT; i++) {
		u64 end = *(volatile u64 *)&scratch->end, at = BOUND(end), string = 0;
		long n;

		if (end - start >= ARGS_LIMIT)
			break;
		if (read_user(&string, ia32 ? sizeof(u32) : sizeof(u64), (void *)(array + (first + i) * width)))
			break;
		if (!string)
			break;
		n = read_user_str(scratch->record + at, ARGS_LIMIT, (void *)string);
		if (n <= 0)
			break;
		*(volatile u64 *)&scratch->end = end + (n & 0x1fff);
	}
	return 0;
}

/* One parameter of strings behind each other, cut at the limit. */
static __always_inline void emit_strings(struct event *ev, u64 array, u32 first, bool ia32)
{
	u64 start = ev->off, length;

	*(volatile u64 *)&ev->scratch->end = start;
	if (array)
		copy_strings(array, first, ia32, ev->cpu);
	length = *(volatile u64 *)&ev->scratch->end - start;
	if (length > ARGS_LIMIT) {
		length = ARGS_LIMIT;
		ev->flags |= EVENT_TRUNCATED;
		ev->scratch->record[BOUND(start + ARGS_LIMIT - 1)] = 0;
	}
	ev->off = start + length;
	param_length(ev, length);
}

static __always_inline void emit_env(struct event *ev, struct mm_struct *mm)
{
	u64 start = KREAD(mm, env_start), end = KREAD(mm, env_end), n;

	if (!mm || end <= start) {
		emit_empty(ev);
		return;
	}
	n = end - start;
	if (n > ARGS_LIMIT) {
		n = ARGS_LIMIT;
		ev->flags |= EVENT_TRUNCATED;
	}
	n = write_user_bytes(ev, start, n);
	if (n)
		ev->scratch->record[BOUND(ev->off - 1)] = 0;
	param_length(ev, n);
}

#endif
