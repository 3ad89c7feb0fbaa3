"""Reading an object file: just enough of ELF64 to find sections, and of an eBPF object the instructions of programs."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drivers.bpf.probe import ProbeError

EM_BPF = 247
MACHINES = {"x86_64": 62, "aarch64": 183}
"""EM_X86_64 and EM_AARCH64, by what uname -m calls them."""
SHT_SYMTAB, SHT_REL = 2, 9
STT_FUNC = 2
LARGEST = 64 * 1024 * 1024
"""Bytes of an object that is still read."""
LONGEST_NAME = 1024
"""Bytes of a name, with the zero that ends it."""


@dataclass(frozen=True)
class Instruction:
    """One instruction; `symbol` is what a relocation names in it: a map, or a function that is called."""

    code: int
    dst: int
    src: int
    offset: int
    immediate: int
    symbol: str = ""


@dataclass(frozen=True)
class Section:
    """One section: its name, kind, bytes, and the numbers that link it to others."""

    name: str
    kind: int
    data: bytes
    link: int
    info: int


@dataclass(frozen=True)
class Symbol:
    """A name for bytes of a section."""

    name: str
    kind: int
    section: int
    value: int
    size: int


class Object:
    """An object file. Every way in which it can be malformed is a ProbeError that names the file."""

    def __init__(self, path: Path, machine: int = EM_BPF, kind: str = "eBPF object") -> None:
        self._path = path
        try:
            size = path.stat().st_size
            data = path.read_bytes() if size <= LARGEST else b""
        except OSError as error:
            raise ProbeError(f"{path} cannot be read: {error.strerror}.") from error
        if size > LARGEST:
            raise ProbeError(f"{path} is {size} bytes long, which no {kind} is.")
        try:
            self.sections = list(_sections(data, machine, kind))
            self.symbols = list(self._symbols())
        except (struct.error, IndexError, OverflowError, ValueError) as error:
            raise ProbeError(f"{path} is not a whole {kind}: {error}.") from error

    def section(self, name: str) -> bytes | None:
        """Return the bytes of a section, None when there is none of that name."""
        return next((section.data for section in self.sections if section.name == name), None)

    def programs(self) -> dict[str, list[Instruction]]:
        """Return the instructions of every function, by name."""
        try:
            return {
                symbol.name: self._instructions(symbol)
                for symbol in self.symbols
                if symbol.kind == STT_FUNC and 0 < symbol.section < len(self.sections)
            }
        except (struct.error, IndexError) as error:
            raise ProbeError(f"{self._path} is not a whole eBPF object: {error}.") from error

    def _instructions(self, function: Symbol) -> list[Instruction]:
        data = self.sections[function.section].data[function.value : function.value + function.size]
        named = self._relocations(function.section)
        found = []
        for at, (code, registers, offset, immediate) in enumerate(struct.iter_unpack("<BBhi", data)):
            symbol = named.get(function.value + 8 * at, "")
            found.append(Instruction(code, registers & 15, registers >> 4, offset, immediate, symbol))
        return found

    def _relocations(self, section: int) -> dict[int, str]:
        found = {}
        for table in self.sections:
            if table.kind == SHT_REL and table.info == section:
                for offset, info in struct.iter_unpack("<QQ", table.data):
                    symbol = self.symbols[info >> 32]
                    found[offset] = symbol.name or self.sections[symbol.section].name
        return found

    def _symbols(self) -> Iterator[Symbol]:
        for table in self.sections:
            if table.kind == SHT_SYMTAB:
                names = self.sections[table.link].data
                for name, info, _other, section, value, size in struct.iter_unpack("<IBBHQQ", table.data):
                    yield Symbol(_text(names, name), info & 15, section, value, size)


def _sections(data: bytes, machine: int, what: str) -> Iterator[Section]:
    if data[:6] != b"\x7fELF\x02\x01":
        raise ValueError("it does not begin like a 64-bit little-endian ELF file")
    if (found := struct.unpack_from("<H", data, 18)[0]) != machine:
        raise ValueError(f"it is for the machine {found}, and every {what} here for {machine}")
    (start,) = struct.unpack_from("<Q", data, 40)
    width, count, names_at = struct.unpack_from("<HHH", data, 58)
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, start + width * i) for i in range(count)]
    # Sections that overlap would make a small file a large object.
    if sum(size for _, kind, _, _, _, size, *_ in headers if kind != 8) > len(data):
        raise ValueError("its sections are larger than the file")
    bodies = [b"" if kind == 8 else data[at : at + size] for _, kind, _, _, at, size, *_ in headers]
    names = bodies[names_at]
    for (name, kind, _flags, _addr, _at, _size, link, info, *_), body in zip(headers, bodies, strict=True):
        yield Section(_text(names, name), kind, body, link, info)


def _text(table: bytes, at: int) -> str:
    return table[at : table.index(b"\0", at, at + LONGEST_NAME)].decode("ascii", "replace")
