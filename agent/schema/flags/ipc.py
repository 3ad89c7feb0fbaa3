"""Flags of futexes and semaphores. Order is the order in which names are printed."""

from __future__ import annotations

from agent.schema.flag_types import Conversion, Flag, FlagTable

FUTEX_OPERATIONS = FlagTable(
    "futex_operations",
    (
        Flag("FUTEX_CLOCK_REALTIME", 0x100),
        Flag("FUTEX_PRIVATE_FLAG", 128),
        Flag("FUTEX_CMP_REQUEUE_PI", 12),
        Flag("FUTEX_WAIT_REQUEUE_PI", 11),
        Flag("FUTEX_WAKE_BITSET", 10),
        Flag("FUTEX_WAIT_BITSET", 9),
        Flag("FUTEX_TRYLOCK_PI", 8),
        Flag("FUTEX_UNLOCK_PI", 7),
        Flag("FUTEX_LOCK_PI", 6),
        Flag("FUTEX_WAKE_OP", 5),
        Flag("FUTEX_CMP_REQUEUE", 4),
        Flag("FUTEX_REQUEUE", 3),
        Flag("FUTEX_FD", 2),
        Flag("FUTEX_WAKE", 1),
        Flag("FUTEX_WAIT", 0),
    ),
    mask=0x1FF,
)

SEMOP_FLAGS = FlagTable(
    "semop_flags",
    (
        Flag("IPC_NOWAIT", 0x1, 0x800),
        Flag("SEM_UNDO", 0x2, 0x1000),
    ),
    Conversion.BITS,
)

SEMGET_FLAGS = FlagTable(
    "semget_flags",
    (
        Flag("IPC_EXCL", 0x4000, 0x400),
        Flag("IPC_CREAT", 0x2000, 0x200),
    ),
    Conversion.BITS,
)

SEMCTL_COMMANDS = FlagTable(
    "semctl_commands",
    (
        Flag("IPC_STAT", 1, 2),
        Flag("IPC_SET", 2, 1),
        Flag("IPC_RMID", 4, 0),
        Flag("IPC_INFO", 8, 3),
        Flag("SEM_INFO", 16, 19),
        Flag("SEM_STAT", 32, 18),
        Flag("GETALL", 64, 13),
        Flag("GETNCNT", 128, 14),
        Flag("GETPID", 0x100, 11),
        Flag("GETVAL", 0x200, 12),
        Flag("GETZCNT", 0x400, 15),
        Flag("SETALL", 0x800, 17),
        Flag("SETVAL", 0x1000, 16),
    ),
    Conversion.ENUM,
    mask=0xFF,
    c_prefix="SEMCTL_",
)
