"""Converters from the kernel's numbers to those of events, by name.

Every flag table with a conversion has one of its own name. Some calls take a part of a table only.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent.schema.flag_types import Conversion, Flag, FlagTable
from agent.schema.flags import FILE_FLAGS, TABLES


@dataclass(frozen=True, slots=True)
class Converter:
    """A named conversion: of a whole table, or of the flags named in ``only``."""

    name: str
    table: FlagTable
    conversion: Conversion
    only: tuple[str, ...] | None = None

    @property
    def flags(self) -> tuple[Flag, ...]:
        """The flags that have a kernel value and take part."""
        return tuple(
            flag
            for flag in self.table.entries
            if flag.native is not None and (self.only is None or flag.name in self.only)
        )


CONVERTERS: dict[str, Converter] = {
    table.name: Converter(table.name, table, table.conversion)
    for table in TABLES.values()
    if table.conversion is not Conversion.NONE
}
"""Every converter by name."""

# Calls that create a descriptor without opening a file have no access mode: O_RDONLY must not appear.
CONVERTERS["fd_flags"] = Converter(
    "fd_flags", FILE_FLAGS, Conversion.BITS, only=("O_CLOEXEC", "O_NONBLOCK", "O_DIRECT")
)
