"""Pipes, event descriptors, futexes, semaphores, inotify."""

from __future__ import annotations

from agent.schema import flags
from agent.schema.events.params import RES
from agent.schema.sources import RET, Arg, ArgWhen, Const, UserNumber
from agent.schema.types import EC, EF, Event, Param
from agent.schema.types import ParamFormat as F
from agent.schema.types import ParamType as T

EVENTS: tuple[Event, ...] = (
    Event(
        61,
        "SYSCALL_PIPE_X",
        "pipe",
        EC.IPC | EC.SYSCALL,
        flags=EF.CREATES_FD | EF.MODIFIES_STATE,
        params=(
            RES,
            Param("fd1", T.FD, F.DEC),
            Param("fd2", T.FD, F.DEC),
            Param("ino", T.UINT64, F.DEC),
        ),
        hand=True,
    ),
    Event(
        63,
        "SYSCALL_EVENTFD_X",
        "eventfd",
        EC.IPC | EC.SYSCALL,
        flags=EF.CREATES_FD | EF.MODIFIES_STATE | EF.CONVERTER_MANAGED,
        params=(
            Param("res", T.FD, F.DEC, source=RET),
            Param("initval", T.UINT64, F.DEC, source=Arg(0, "u32")),
            # eventfd(2) has no flags: eventfd2 does, and has an event of its own.
            Param("flags", T.UINT32, F.HEX, source=Const(0)),
        ),
    ),
    Event(
        65,
        "SYSCALL_FUTEX_X",
        "futex",
        EC.IPC | EC.SYSCALL,
        flags=EF.CONVERTER_MANAGED,
        params=(
            RES,
            Param("addr", T.UINT64, F.HEX, source=Arg(0)),
            Param("op", T.FLAGS16, F.HEX, flags=flags.FUTEX_OPERATIONS, source=Arg(1)),
            Param("val", T.UINT64, F.DEC, source=Arg(2, "u32")),
        ),
    ),
    Event(
        139,
        "SYSCALL_INOTIFY_INIT_X",
        "inotify_init",
        EC.IPC | EC.SYSCALL,
        flags=EF.CREATES_FD | EF.MODIFIES_STATE | EF.CONVERTER_MANAGED,
        params=(
            Param("res", T.FD, F.DEC, source=RET),
            # inotify_init(2) has no flags: inotify_init1 does, and has an event of its own.
            Param("flags", T.UINT8, F.HEX, source=Const(0)),
        ),
    ),
    Event(
        251,
        "SYSCALL_SEMOP_X",
        "semop",
        EC.PROCESS | EC.SYSCALL,
        flags=EF.CONVERTER_MANAGED,
        params=(
            RES,
            Param("nsops", T.UINT32, F.DEC, source=Arg(2)),
            Param("sem_num_0", T.UINT16, F.DEC, source=UserNumber(1, "u16", at_least=(2, 1))),
            Param("sem_op_0", T.INT16, F.DEC, source=UserNumber(1, "s16", 2, at_least=(2, 1))),
            Param(
                "sem_flg_0", T.FLAGS16, F.HEX, flags=flags.SEMOP_FLAGS, source=UserNumber(1, "u16", 4, at_least=(2, 1))
            ),
            Param("sem_num_1", T.UINT16, F.DEC, source=UserNumber(1, "u16", 6, at_least=(2, 2))),
            Param("sem_op_1", T.INT16, F.DEC, source=UserNumber(1, "s16", 8, at_least=(2, 2))),
            Param(
                "sem_flg_1", T.FLAGS16, F.HEX, flags=flags.SEMOP_FLAGS, source=UserNumber(1, "u16", 10, at_least=(2, 2))
            ),
            Param("semid", T.INT32, F.DEC, source=Arg(0)),
        ),
    ),
    Event(
        253,
        "SYSCALL_SEMCTL_X",
        "semctl",
        EC.PROCESS | EC.SYSCALL,
        flags=EF.CONVERTER_MANAGED,
        params=(
            RES,
            Param("semid", T.INT32, F.DEC, source=Arg(0)),
            Param("semnum", T.INT32, F.DEC, source=Arg(1)),
            Param("cmd", T.FLAGS16, F.HEX, flags=flags.SEMCTL_COMMANDS, source=Arg(2)),
            Param("val", T.INT32, F.DEC, source=ArgWhen(3, test=2, mask=0xFF, equals=16)),
        ),
    ),
    Event(
        263,
        "SYSCALL_SEMGET_X",
        "semget",
        EC.PROCESS | EC.SYSCALL,
        flags=EF.CONVERTER_MANAGED,
        params=(
            RES,
            Param("key", T.INT32, F.HEX, source=Arg(0)),
            Param("nsems", T.INT32, F.DEC, source=Arg(1)),
            Param("semflg", T.FLAGS32, F.HEX, flags=flags.SEMGET_FLAGS, source=Arg(2)),
        ),
    ),
    Event(
        393,
        "SYSCALL_PIPE2_X",
        "pipe2",
        EC.IPC | EC.SYSCALL,
        flags=EF.CREATES_FD | EF.MODIFIES_STATE,
        params=(
            RES,
            Param("fd1", T.FD, F.DEC),
            Param("fd2", T.FD, F.DEC),
            Param("ino", T.UINT64, F.DEC),
            Param("flags", T.FLAGS32, F.HEX, flags=flags.FILE_FLAGS),
        ),
        hand=True,
    ),
    Event(
        395,
        "SYSCALL_INOTIFY_INIT1_X",
        "inotify_init1",
        EC.IPC | EC.SYSCALL,
        flags=EF.CREATES_FD | EF.MODIFIES_STATE,
        params=(
            Param("res", T.FD, F.DEC, source=RET),
            Param("flags", T.FLAGS16, F.HEX, flags=flags.FILE_FLAGS, source=Arg(0, convert="fd_flags")),
        ),
    ),
    Event(
        397,
        "SYSCALL_EVENTFD2_X",
        "eventfd2",
        EC.IPC | EC.SYSCALL,
        flags=EF.CREATES_FD | EF.MODIFIES_STATE | EF.CONVERTER_MANAGED,
        params=(
            Param("res", T.FD, F.DEC, source=RET),
            Param("flags", T.FLAGS16, F.HEX, flags=flags.FILE_FLAGS, source=Arg(1, convert="fd_flags")),
            Param("initval", T.UINT64, F.DEC, source=Arg(0, "u32")),
        ),
    ),
)
