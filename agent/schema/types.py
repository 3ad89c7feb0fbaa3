"""The vocabulary of the schema: types, formats, categories, event flags, and the records built from them.

Numbers of :class:`ParamType` and of the event codes are those of the scap format, so that capture files and plugins
agree with ours. Category and event flag bits are internal to the agent and never stored.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from agent.schema.flag_types import FlagTable
from agent.schema.sources import Source


class ParamType(enum.Enum):
    """Type of an event parameter or of a field."""

    NONE = 0
    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    CHARBUF = 9
    BYTEBUF = 10
    ERRNO = 11
    SOCKADDR = 12
    SOCKTUPLE = 13
    FD = 14
    PID = 15
    FDLIST = 16
    FSPATH = 17
    SYSCALLID = 18
    SIGTYPE = 19
    RELTIME = 20
    ABSTIME = 21
    PORT = 22
    L4PROTO = 23
    SOCKFAMILY = 24
    BOOL = 25
    IPV4ADDR = 26
    DYN = 27
    FLAGS8 = 28
    FLAGS16 = 29
    FLAGS32 = 30
    UID = 31
    GID = 32
    DOUBLE = 33
    SIGSET = 34
    CHARBUFARRAY = 35
    CHARBUF_PAIR_ARRAY = 36
    IPV4NET = 37
    IPV6ADDR = 38
    IPV6NET = 39
    IPADDR = 40
    IPNET = 41
    MODE = 42
    FSRELPATH = 43
    ENUMFLAGS8 = 44
    ENUMFLAGS16 = 45
    ENUMFLAGS32 = 46
    FD32 = 47
    PID32 = 48


class ParamFormat(enum.Enum):
    """How a number is printed."""

    NA = 0
    DEC = 1
    HEX = 2
    PADDED_DEC = 3
    ID = 4
    DIR = 5
    OCT = 6


class Status(enum.Enum):
    """Whether drivers of today emit an event."""

    CURRENT = 0
    OLD = 1
    UNUSED = 2


class Loss(enum.Enum):
    """Category under which a full ring counts an event it could not take."""

    CLONE_FORK = 0
    EXECVE = 1
    CONNECT = 2
    OPEN = 3
    DIR_FILE = 4
    OTHER_INTEREST = 5
    CLOSE = 6
    PROC_EXIT = 7


class Lane(enum.Enum):
    """Ring an event travels in: state-critical events are few and must not be pushed out by the rest."""

    CRITICAL = 0
    BULK = 1


class EC:
    """Event categories: a class in the low bits, where the event comes from in the high ones."""

    UNKNOWN: Final = 0
    OTHER: Final = 1
    FILE: Final = 2
    NET: Final = 3
    IPC: Final = 4
    MEMORY: Final = 5
    PROCESS: Final = 6
    SLEEP: Final = 7
    SYSTEM: Final = 8
    SIGNAL: Final = 9
    USER: Final = 10
    TIME: Final = 11
    PROCESSING: Final = 12
    IO_READ: Final = 33
    IO_WRITE: Final = 34
    IO_OTHER: Final = 35
    WAIT: Final = 64
    SCHEDULER: Final = 128
    INTERNAL: Final = 256
    SYSCALL: Final = 1 << 31
    TRACEPOINT: Final = 1 << 30
    PLUGIN: Final = 1 << 29
    METAEVENT: Final = 1 << 28
    ITER: Final = 1 << 27


class EF:
    """Event flags: what an event does to descriptors and state, and how old it is."""

    NONE: Final = 0
    CREATES_FD: Final = 1 << 0
    DESTROYS_FD: Final = 1 << 1
    USES_FD: Final = 1 << 2
    READS_FROM_FD: Final = 1 << 3
    WRITES_TO_FD: Final = 1 << 4
    MODIFIES_STATE: Final = 1 << 5
    UNUSED: Final = 1 << 6
    WAITS: Final = 1 << 7
    SKIPPARSERESET: Final = 1 << 8
    OLD_VERSION: Final = 1 << 9
    LARGE_PAYLOAD: Final = 1 << 10
    CONVERTER_MANAGED: Final = 1 << 11


class UF:
    """System call flags: whether a dedicated event exists, and how simple-consumer captures treat the call."""

    NONE: Final = 0
    USED: Final = 1 << 0
    NEVER_DROP: Final = 1 << 1
    ALWAYS_DROP: Final = 1 << 2


@dataclass(frozen=True, slots=True)
class DynVariant:
    """One type a dynamic parameter can take; its index is the selector byte that precedes the value."""

    type: ParamType
    format: ParamFormat


@dataclass(slots=True)
class Param:
    """One parameter of an event.

    ``dirfd`` is the index of the parameter a relative path is relative to. ``source`` says how the value is obtained
    from a finished system call; None where a hand-written body does that, or where no driver of ours emits the event.
    """

    name: str
    type: ParamType
    format: ParamFormat = ParamFormat.NA
    flags: FlagTable | None = None
    dirfd: int | None = None
    dynamic: tuple[DynVariant, ...] = ()
    source: Source | None = None


@dataclass(slots=True)
class Event:
    """One event type. ``symbol`` is the field's own name for it without the ``PPME_`` prefix."""

    code: int
    symbol: str
    name: str
    category: int
    flags: int = EF.NONE
    params: tuple[Param, ...] = ()
    status: Status = Status.CURRENT
    loss: Loss = Loss.OTHER_INTEREST
    lane: Lane = Lane.BULK
    hand: bool = False

    @property
    def exit(self) -> bool:
        """Whether this is an exit event: exit codes are odd."""
        return self.code % 2 == 1

    @property
    def short(self) -> str:
        """Lower-case symbol without its family prefix: the name of the program that fills the event."""
        tail = self.symbol
        for prefix in ("SYSCALL_", "SOCKET_"):
            if tail.startswith(prefix):
                tail = tail[len(prefix) :]
                break
        return tail.lower()

    @property
    def modifies_state(self) -> bool:
        """Whether the engine's state depends on this event."""
        return bool(self.flags & EF.MODIFIES_STATE)

    @property
    def filled(self) -> bool:
        """Whether our drivers emit this event: regular and hand-written exit events, and process exit."""
        return self.status is Status.CURRENT and (self.hand or (self.exit and bool(self.category & EC.SYSCALL)))


@dataclass(slots=True)
class Syscall:
    """One system call: its number in the scap format, its event pair and its numbers on each architecture.

    ``stem`` names the event pair (``SYSCALL_READ`` for ``SYSCALL_READ_E`` and ``SYSCALL_READ_X``); None for entries
    that are not system calls. A number is None where the architecture does not have the call.
    """

    ppm_sc: int
    name: str
    stem: str | None
    flags: int
    x86_64: int | None
    aarch64: int | None
    ia32: int | None
