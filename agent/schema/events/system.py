"""Kernel modules, BPF, and calls without an event of their own."""

from __future__ import annotations

from agent.schema import flags
from agent.schema.events.params import RES
from agent.schema.sources import RET, Arg, ArgLength, UserBytes, UserString
from agent.schema.types import EC, EF, Event, Param
from agent.schema.types import ParamFormat as F
from agent.schema.types import ParamType as T

EVENTS: tuple[Event, ...] = (
    Event(
        1,
        "GENERIC_X",
        "syscall",
        EC.OTHER | EC.SYSCALL,
        flags=EF.CONVERTER_MANAGED,
        params=(
            Param("ID", T.SYSCALLID, F.DEC),
            Param("nativeID", T.UINT16, F.DEC),
        ),
        hand=True,
    ),
    Event(
        369,
        "SYSCALL_BPF_2_X",
        "bpf",
        EC.OTHER | EC.SYSCALL,
        flags=EF.CREATES_FD,
        params=(
            Param("fd", T.FD, F.DEC, source=RET),
            Param("cmd", T.ENUMFLAGS32, F.DEC, flags=flags.BPF_COMMANDS, source=Arg(0)),
        ),
    ),
    Event(
        411,
        "SYSCALL_INIT_MODULE_X",
        "init_module",
        EC.OTHER | EC.SYSCALL,
        params=(
            RES,
            Param("img", T.BYTEBUF, source=UserBytes(0, ArgLength(1))),
            Param("length", T.UINT64, F.DEC, source=Arg(1)),
            Param("uargs", T.CHARBUF, source=UserString(2)),
        ),
    ),
    Event(
        413,
        "SYSCALL_FINIT_MODULE_X",
        "finit_module",
        EC.OTHER | EC.SYSCALL,
        flags=EF.USES_FD | EF.READS_FROM_FD,
        params=(
            RES,
            Param("fd", T.FD, F.DEC, source=Arg(0)),
            Param("uargs", T.CHARBUF, source=UserString(1)),
            Param("flags", T.FLAGS32, F.HEX, flags=flags.FINIT_MODULE_FLAGS, source=Arg(2)),
        ),
    ),
    Event(
        425,
        "SYSCALL_DELETE_MODULE_X",
        "delete_module",
        EC.OTHER | EC.SYSCALL,
        params=(
            RES,
            Param("name", T.CHARBUF, source=UserString(0)),
            Param("flags", T.FLAGS32, F.HEX, flags=flags.DELETE_MODULE_FLAGS, source=Arg(1)),
        ),
    ),
)
