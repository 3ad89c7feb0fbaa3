/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Kernel differences that only BPF programs meet, before and beside drivers/shared/versions.h. */
#ifndef AGENT_BPF_VERSIONS_H
#define AGENT_BPF_VERSIONS_H

#define KERNEL_SINCE(major, minor) (LINUX_VERSION_CODE >= KERNEL_VERSION(major, minor, 0))

/* What programs are attached to: raw tracepoints, which pass the kernel's own objects (raw_tracepoints.h), or plain ones, which pass the
 * numbers that are shown of them (plain_tracepoints.h). 4.17: c4f6699dfcb8 "bpf: introduce BPF_RAW_TRACEPOINT". PLAIN_TRACEPOINTS may be
 * defined for a newer kernel, too, as tests do. */
#if !KERNEL_SINCE(4, 14)
#error "the classic eBPF probe is written for Linux 4.14 and newer"
#endif
#if !KERNEL_SINCE(4, 17) && !defined(PLAIN_TRACEPOINTS)
#define PLAIN_TRACEPOINTS
#endif
#if defined(PLAIN_TRACEPOINTS) && !defined(__TARGET_ARCH_x86)
/* There a new process does not pass the system call's way out (ret_from_fork), which is where its event is made. */
#error "on arm64 the classic eBPF probe needs raw tracepoints, which Linux 4.17 and newer have"
#endif

/* 4.16: 37a8f7c38339 "x86/asm: Move 'status' from thread_struct to thread_info", which stable kernels took over with the first answer to
 * Spectre: 4.15.2 and 4.14.18. A wrong guess does not compile. */
#if defined(__TARGET_ARCH_x86) && !KERNEL_SINCE(4, 16) && !(LINUX_VERSION_CODE >= KERNEL_VERSION(4, 15, 2)) && \
	!(LINUX_VERSION_CODE >= KERNEL_VERSION(4, 14, 18) && LINUX_VERSION_CODE < KERNEL_VERSION(4, 15, 0))
#define COMPAT_STATUS thread.status
#endif

/* 4.19: 73a09dd94377 "introduce FMODE_CREATED and switch to it". Before, the file does not tell whether this call created it. */
#if !KERNEL_SINCE(4, 19)
#undef FMODE_CREATED
#define FMODE_CREATED 0
#endif

/* How much of pt_regs says what was called, and with what. */
#if defined(__TARGET_ARCH_x86)
#define REGISTERS_READ offsetofend(struct pt_regs, orig_ax)
#else
#define REGISTERS_READ offsetofend(struct pt_regs, syscallno)
#endif

#endif
