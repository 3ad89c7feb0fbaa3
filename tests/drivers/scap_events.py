"""The events of a capture file, each parameter as the bytes that lie in the file: nothing is decoded on the way."""

import gzip
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.schema.events import EVENTS
from agent.schema.types import Event

# `scap_format.md` §2 and §9: type of the block, and whether its body has flags and wide lengths.
_BLOCKS = {0x216: (False, False), 0x217: (True, False), 0x221: (False, True), 0x222: (True, True)}
_GZIP = b"\x1f\x8b"
_HEADER = struct.Struct("<QqIHI")


@dataclass(frozen=True)
class ScapEvent:
    """One event. `type` is its code in the schema, `time` nanoseconds since the epoch."""

    time: int
    tid: int
    type: int
    flags: int
    cpu: int
    params: tuple[bytes, ...]

    @property
    def schema(self) -> Event:
        """What the schema says of its type."""
        return EVENTS[self.type]

    def param(self, name: str) -> bytes:
        """Return a parameter by its name. Raises KeyError for one that the event does not have."""
        for param, value in zip(self.schema.params, self.params, strict=False):
            if param.name == name:
                return value
        raise KeyError(f"{self.schema.symbol} has no {name}")


def read_events(path: Path) -> Iterator[ScapEvent]:
    """Yield the events of a capture file in their order. Raises ValueError where it is not whole."""
    data = path.read_bytes()
    if data.startswith(_GZIP):
        data = gzip.decompress(data)
    position = 0
    while position < len(data):
        if len(data) - position < 12:
            raise ValueError(f"{path}: {len(data) - position} bytes at {position} are no block")
        kind, length = struct.unpack_from("<II", data, position)
        if length < 12 or length % 4 or position + length > len(data):
            raise ValueError(f"{path}: the block at {position} says that it is {length} bytes long")
        if kind in _BLOCKS:
            yield _event(data[position + 8 : position + length - 4], *_BLOCKS[kind])
        position += length


def _event(body: bytes, has_flags: bool, large: bool) -> ScapEvent:
    (cpu,) = struct.unpack_from("<H", body)
    flags = struct.unpack_from("<I", body, 2)[0] if has_flags else 0
    at = 6 if has_flags else 2
    time, tid, length, kind, count = _HEADER.unpack_from(body, at)
    lengths = struct.unpack_from(f"<{count}{'I' if large else 'H'}", body, at + _HEADER.size)
    start = at + _HEADER.size + count * (4 if large else 2)
    if start + sum(lengths) != at + length:
        raise ValueError(f"an event of type {kind} has parameters of {sum(lengths)} bytes and a length of {length}")
    params = []
    for size in lengths:
        params.append(body[start : start + size])
        start += size
    return ScapEvent(time, tid, kind, flags, cpu, tuple(params))
