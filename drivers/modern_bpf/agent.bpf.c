/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The modern eBPF driver: one object, its programs by family in the files included here. */

#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

#include "wire.h"
#include "maps.h"
#include "../shared/generated/events.h"
#include "../shared/generated/flags.h"
#include "emit.h"
#include "scope.h"
#include "kernel_objects.h"
#include "task_facts.h"
#include "sockets.h"
#include "iovec.h"

#include "dispatch.bpf.c"
#include "process.bpf.c"
#include "file.bpf.c"
#include "network.bpf.c"
#include "io.bpf.c"
#include "memory.bpf.c"
#include "control.bpf.c"
#include "poll.bpf.c"
#include "messages.bpf.c"
#include "generated/fillers.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";
