// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The shared bodies of the system calls (drivers/shared), compiled for a tracer: what a kernel driver would record of a call, this does. */
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

#include "../shared/constants.h"
#include "../shared/wire.h"
#include "../shared/scratch.h"
#include "../shared/generated/events.h"
#include "../shared/generated/flags.h"
#include "host.h"
#include "objects.h"
#include "primitives.h"
#include "registers.h"
#include "../shared/sys.h"
#include "record.h"
#include "../shared/emit.h"
#include "../shared/file_facts.h"
#include "../shared/user_strings.h"
#include "facts.h"
#include "../shared/sockets.h"
#include "../shared/iovec.h"
#include "../shared/calls/generic.h"
#include "../shared/calls/process.h"
#include "../shared/calls/process_whole.h"
#include "../shared/calls/file.h"
#include "../shared/calls/file_whole.h"
#include "../shared/calls/network.h"
#include "../shared/calls/io.h"
#include "../shared/calls/memory.h"
#include "../shared/calls/control.h"
#include "../shared/calls/poll.h"
#include "../shared/calls/messages.h"
#include "../shared/calls/messages_loop.h"
#include "../shared/generated/fillers.h"

typedef void (*record_call_t)(struct sys *c);

#define FILLER_ENTRY(name, EVENT) [PPME_##EVENT] = fill_##name,
static const record_call_t fillers[PPME_COUNT] = { FOR_EACH_FILLER(FILLER_ENTRY) };

/* Makes the call the one that everything below speaks of, until end(). */
static struct sys begin(struct work *now, const struct pdig_work *given, const struct pdig_call *call)
{
	now->given = given;
	now->call = call;
	now->current_filled = false;
	now->files_used = 0;
	now->sockets_used = 0;
	work = now;
	fill_registers(&call_registers, call);
	return (struct sys){
		.regs = &call_registers,
		.ret = call->ia32 ? (s32)call->ret : call->ret,
		.ia32 = call->ia32,
		.socketcall = call->ia32 && is_socketcall(&call_registers),
	};
}

static void end(void)
{
	work = NULL;
}

void agent_pdig_call(const struct pdig_work *given, const struct pdig_call *call)
{
	struct work now;
	struct sys sys = begin(&now, given, call);
	struct syscall_entry entry = {};

	if (sys.socketcall)
		entry = LIVE_ENTRY(socketcalls, socketcall_number(&call_registers) & (SOCKETCALL_TABLE_SIZE - 1));
	else if (call->number < SYSCALL_TABLE_SIZE)
		entry = sys.ia32 ? LIVE_ENTRY(syscalls_ia32, call->number) : LIVE_ENTRY(syscalls, call->number);
	if (entry.event < PPME_COUNT && fillers[entry.event])
		fillers[entry.event](&sys);
	else if (entry.event)
		given->state->refused_calls++;
	end();
}

void agent_pdig_exec(const struct pdig_work *given, const struct pdig_call *call, const char *filename)
{
	struct work now;
	struct sys sys = begin(&now, given, call);
	struct linux_binprm bprm = { filename };

	if (LIVE(record_exec))
		record_exec_success(&sys, current_task(), &bprm);
	end();
}

void agent_pdig_child(const struct pdig_work *given, const struct pdig_call *call, u32 child)
{
	struct task_objects objects;
	struct work now;
	struct sys sys = begin(&now, given, call);

	if (LIVE(record_fork)) {
		fill_task(&objects, given->host, child);
		/* On its way to its first stop it may have touched memory already. */
		objects.task.maj_flt = objects.task.min_flt = 0;
		record_child(&sys, NULL, &objects.task);
	}
	end();
}

void agent_pdig_exit(const struct pdig_work *given, u32 tid, s32 status, s64 reaper)
{
	const struct pdig_call call = { .tid = tid };
	struct task_struct task = { .exit_code = status, .reaper = reaper };
	struct work now;
	struct sys sys = begin(&now, given, &call);

	if (LIVE(record_exit))
		record_exit_of(&sys, &task);
	end();
}
