"""Flags of memory mappings. Order is the order in which names are printed."""

from __future__ import annotations

from agent.schema.flag_types import Conversion, Flag, FlagTable, Native

PROT_FLAGS = FlagTable(
    "prot_flags",
    (
        Flag("PROT_READ", 0x1, 0x1),
        Flag("PROT_WRITE", 0x2, 0x2),
        Flag("PROT_EXEC", 0x4, 0x4),
        Flag("PROT_SEM", 0x8, 0x8),
        Flag("PROT_GROWSDOWN", 0x10, 0x1000000),
        Flag("PROT_GROWSUP", 0x20, 0x2000000),
        Flag("PROT_SAO", 0x40),
        Flag("PROT_NONE", 0x0),
    ),
    Conversion.BITS,
)

MMAP_FLAGS = FlagTable(
    "mmap_flags",
    (
        Flag("MAP_SHARED", 0x1, 0x1),
        Flag("MAP_PRIVATE", 0x2, 0x2),
        Flag("MAP_FIXED", 0x4, 0x10),
        Flag("MAP_ANONYMOUS", 0x8, 0x20),
        Flag("MAP_32BIT", 0x10, Native(0x40, None)),
        Flag("MAP_RENAME", 0x20),
        Flag("MAP_NORESERVE", 0x40, 0x4000),
        Flag("MAP_POPULATE", 0x80, 0x8000),
        Flag("MAP_NONBLOCK", 0x100, 0x10000),
        Flag("MAP_GROWSDOWN", 0x200, 0x100),
        Flag("MAP_DENYWRITE", 0x400, 0x800),
        Flag("MAP_EXECUTABLE", 0x800, 0x1000),
        Flag("MAP_INHERIT", 0x1000),
        Flag("MAP_FILE", 0x2000),
        Flag("MAP_LOCKED", 0x4000, 0x2000),
    ),
    Conversion.BITS,
)

MLOCK2_FLAGS = FlagTable(
    "mlock2_flags",
    (Flag("MLOCK_ONFAULT", 0x1, 0x1),),
    Conversion.BITS,
)

MLOCKALL_FLAGS = FlagTable(
    "mlockall_flags",
    (
        Flag("MCL_CURRENT", 0x1, 0x1),
        Flag("MCL_FUTURE", 0x2, 0x2),
        Flag("MCL_ONFAULT", 0x4, 0x4),
    ),
    Conversion.BITS,
)

MEMFD_CREATE_FLAGS = FlagTable(
    "memfd_create_flags",
    (
        Flag("MFD_CLOEXEC", 0x1, 0x1),
        Flag("MFD_ALLOW_SEALING", 0x2, 0x2),
        Flag("MFD_HUGETLB", 0x4, 0x4),
    ),
    Conversion.BITS,
)

PF_FLAGS = FlagTable(
    "pf_flags",
    (
        Flag("PROTECTION_VIOLATION", 0x1),
        Flag("PAGE_NOT_PRESENT", 0x2),
        Flag("WRITE_ACCESS", 0x4),
        Flag("READ_ACCESS", 0x8),
        Flag("USER_FAULT", 0x10),
        Flag("SUPERVISOR_FAULT", 0x20),
        Flag("RESERVED_PAGE", 0x40),
        Flag("INSTRUCTION_FETCH", 0x80),
    ),
    Conversion.NONE,
)
