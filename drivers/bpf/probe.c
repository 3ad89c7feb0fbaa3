/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The classic eBPF driver: programs for kernels from 4.14 on, compiled for one kernel, by bcc on the machine that it runs on, or by clang
 * into an object that is loaded without a compiler. drivers/shared has what the events are made of.
 */

#include "kernel.h"
#include "helpers.h"
#include "../shared/wire.h"
#include "../shared/scratch.h"
#include "versions.h"
#include "maps.h"
#include "primitives.h"
#include "../shared/generated/events.h"
#include "../shared/generated/flags.h"
#include "../shared/sys.h"
#include "../shared/versions.h"
#include "context.h"
#include "record.h"
#include "../shared/emit.h"
#include "../shared/scope.h"
#include "../shared/file_facts.h"
#include "../shared/kernel_objects.h"
#include "../shared/kernel_sockets.h"
#include "../shared/user_strings.h"
#include "../shared/task_facts.h"
#include "../shared/sockets.h"
#include "../shared/iovec.h"

#include "chain.h"
#include "dispatch.h"
#include "process.h"
#ifdef PLAIN_TRACEPOINTS
#include "plain_tracepoints.h"
#else
#include "raw_tracepoints.h"
#endif
#include "../shared/calls/file.h"
#include "file.h"
#include "../shared/calls/network.h"
#include "../shared/calls/io.h"
#include "../shared/calls/memory.h"
#include "../shared/calls/control.h"
#include "../shared/calls/poll.h"
#include "messages.h"
#include "../shared/generated/fillers.h"

/* Sizes in the list of maps. */
_Static_assert(sizeof(struct settings) == 24, "map settings");
_Static_assert(sizeof(struct live) == 8344, "map live");
_Static_assert(sizeof(struct cpu_state) == 320, "map cpus");
_Static_assert(sizeof(struct scratch) == 131608, "map scratches");
_Static_assert(sizeof(struct chain) == 600, "map chains");

#ifndef AGENT_BCC
char LICENSE[] SEC("license") = "Dual MIT/GPL";
char IDENTITY[] SEC("agent_probe") = AGENT_PROBE_IDENTITY;
/* Offsets in structures are those of one kernel's headers, and no kernel would notice that they are another's. */
char KERNEL[] SEC("agent_kernel") = AGENT_PROBE_KERNEL;
#endif
