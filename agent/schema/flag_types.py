"""Records for flag tables."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Conversion(enum.Enum):
    """How the kernel's number becomes the number stored in an event."""

    NONE = "none"
    """Never taken from a system call's argument."""
    IDENTITY = "identity"
    """The same numbers; unknown bits or values are kept."""
    BITS = "bits"
    """Each known bit pattern is mapped, the rest is dropped."""
    ENUM = "enum"
    """One value is mapped to one value; unknown ones become ``default``."""
    ACCESS_MODE = "access_mode"
    """BITS, but the two lowest bits are an access mode stored as that mode plus one."""


@dataclass(frozen=True, slots=True)
class Native:
    """A kernel value that differs between architectures."""

    x86: int | None
    arm: int | None


@dataclass(slots=True)
class Flag:
    """One named value: as stored in events, and as the kernel's interface has it (None: no such kernel value)."""

    name: str
    value: int
    native: int | Native | None = None


@dataclass(slots=True)
class FlagTable:
    """A named list of values. Order matters: a name is printed in the order of the table."""

    name: str
    entries: tuple[Flag, ...]
    conversion: Conversion = Conversion.IDENTITY
    default: int = 0
    mask: int | None = None
    """Applied to the kernel's number before anything else."""
    magic: tuple[int, int] | None = None
    """(mask, value): when the masked number equals the value, the masked bits carry no flags and are cleared."""
    c_prefix: str = ""
    """Put before a flag's name in C where the bare name is ambiguous."""
