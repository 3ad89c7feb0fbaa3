"""Signals."""

from __future__ import annotations

from agent.schema import flags
from agent.schema.events.params import RES
from agent.schema.sources import RET, Arg, Const, UserNumber
from agent.schema.types import EC, EF, Event, Param
from agent.schema.types import ParamFormat as F
from agent.schema.types import ParamType as T

EVENTS: tuple[Event, ...] = (
    Event(
        127,
        "SYSCALL_SIGNALFD_X",
        "signalfd",
        EC.SIGNAL | EC.SYSCALL,
        flags=EF.CREATES_FD | EF.MODIFIES_STATE | EF.CONVERTER_MANAGED,
        params=(
            Param("res", T.FD, F.DEC, source=RET),
            Param("fd", T.FD, F.DEC, source=Arg(0)),
            Param("mask", T.UINT32, F.HEX, source=UserNumber(1, "u32")),
            # signalfd(2) has no flags: signalfd4 does, and has an event of its own.
            Param("flags", T.UINT8, F.HEX, source=Const(0)),
        ),
    ),
    Event(
        129,
        "SYSCALL_KILL_X",
        "kill",
        EC.SIGNAL | EC.SYSCALL,
        flags=EF.CONVERTER_MANAGED,
        params=(
            RES,
            Param("pid", T.PID, F.DEC, source=Arg(0)),
            Param("sig", T.SIGTYPE, F.DEC, source=Arg(1)),
        ),
    ),
    Event(
        131,
        "SYSCALL_TKILL_X",
        "tkill",
        EC.SIGNAL | EC.SYSCALL,
        flags=EF.CONVERTER_MANAGED,
        params=(
            RES,
            Param("tid", T.PID, F.DEC, source=Arg(0)),
            Param("sig", T.SIGTYPE, F.DEC, source=Arg(1)),
        ),
    ),
    Event(
        133,
        "SYSCALL_TGKILL_X",
        "tgkill",
        EC.SIGNAL | EC.SYSCALL,
        flags=EF.CONVERTER_MANAGED,
        params=(
            RES,
            Param("pid", T.PID, F.DEC, source=Arg(0)),
            Param("tid", T.PID, F.DEC, source=Arg(1)),
            Param("sig", T.SIGTYPE, F.DEC, source=Arg(2)),
        ),
    ),
    Event(
        232,
        "SIGNALDELIVER_E",
        "signaldeliver",
        EC.SIGNAL | EC.TRACEPOINT,
        params=(
            Param("spid", T.PID, F.DEC),
            Param("dpid", T.PID, F.DEC),
            Param("sig", T.SIGTYPE, F.DEC),
        ),
    ),
    Event(
        399,
        "SYSCALL_SIGNALFD4_X",
        "signalfd4",
        EC.SIGNAL | EC.SYSCALL,
        flags=EF.CREATES_FD | EF.MODIFIES_STATE | EF.CONVERTER_MANAGED,
        params=(
            Param("res", T.FD, F.DEC, source=RET),
            Param("flags", T.FLAGS16, F.HEX, flags=flags.FILE_FLAGS, source=Arg(3, convert="fd_flags")),
            Param("fd", T.FD, F.DEC, source=Arg(0)),
            Param("mask", T.UINT32, F.HEX, source=UserNumber(1, "u32")),
        ),
    ),
)
