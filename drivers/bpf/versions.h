/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Kernel differences that only BPF programs meet, before and beside drivers/shared/versions.h. */
#ifndef AGENT_BPF_VERSIONS_H
#define AGENT_BPF_VERSIONS_H

#define KERNEL_SINCE(major, minor) (LINUX_VERSION_CODE >= KERNEL_VERSION(major, minor, 0))

/* 4.17: c4f6699dfcb8 "bpf: introduce BPF_RAW_TRACEPOINT". A plain tracepoint does not pass the child that a fork makes.
 * 4.19: 2c4704756cab "pids: Move the pgrp and session pid pointers from task_struct to signal_struct". */
#if !KERNEL_SINCE(4, 19)
#error "the classic eBPF probe is written for Linux 4.19 and newer"
#endif

/* How much of pt_regs says what was called, and with what. */
#if defined(__TARGET_ARCH_x86)
#define REGISTERS_READ offsetofend(struct pt_regs, orig_ax)
#else
#define REGISTERS_READ offsetofend(struct pt_regs, syscallno)
#endif

#endif
