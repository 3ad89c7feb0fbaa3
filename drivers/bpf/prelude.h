/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a compiler for BPF lacks when it reads the kernel's headers: constructs of the kernel's own compilers, and types that an older
 * bpf.h, such as the one inside bcc, does not declare. Included after the kernel's configuration and before any other header.
 */
#ifndef AGENT_PRELUDE_H
#define AGENT_PRELUDE_H

/* asm goto and asm inline: bodies that are never called, but have to be parsed. */
#ifdef asm_volatile_goto
#undef asm_volatile_goto
#endif
#define asm_volatile_goto(x...) asm volatile("invalid use of asm goto")
#ifdef CONFIG_CC_HAS_ASM_INLINE
#undef CONFIG_CC_HAS_ASM_INLINE
#endif
#ifdef asm_inline
#undef asm_inline
#endif
#define asm_inline asm

/* Structures and constants of BPF that the kernel's headers name, and that the uapi/linux/bpf.h inside an older bcc does not declare, such
 * as bpf_wq and BPF_F_CPU. The loader finds out which ones are missing (bcc_loader.py). They stand in functions that no program of ours
 * calls, so neither sizes nor values matter. */
#ifdef AGENT_MISSING
AGENT_MISSING
#endif

/* What Kbuild passes to every file, and some headers use. */
#ifndef KBUILD_MODNAME
#define KBUILD_MODNAME "agent"
#endif
#ifndef CC_USING_FENTRY
#define CC_USING_FENTRY
#endif

#endif
