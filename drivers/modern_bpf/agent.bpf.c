/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The modern eBPF driver: one object, its programs by family in the files included here and shared with the other kernel drivers. */

#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

#include "../shared/wire.h"
#include "../shared/scratch.h"
#include "maps.h"
#include "primitives.h"
#include "../shared/generated/events.h"
#include "../shared/generated/flags.h"
#include "../shared/sys.h"
#include "versions.h"
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

#include "dispatch.bpf.c"
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
#include "tracepoints.bpf.c"

char LICENSE[] SEC("license") = "Dual MIT/GPL";
