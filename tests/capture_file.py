"""Capture files made from the schema: what tests need that must run where no recorded capture is.

file = CaptureFile()
file.process(10, comm="sh", uid=0)
file.event("openat", 10, fd=3, name="/etc/shadow", flags=1)
file.write(path)
"""

import gzip
import struct
from pathlib import Path
from typing import Any

from agent.schema.events import EVENTS
from agent.schema.types import Event, ParamType, Status

_WIDTHS = {
    1: {"INT8", "UINT8", "FLAGS8", "ENUMFLAGS8", "SIGTYPE", "L4PROTO", "SOCKFAMILY"},
    2: {"INT16", "UINT16", "FLAGS16", "ENUMFLAGS16", "SYSCALLID", "PORT"},
    4: {
        "INT32",
        "UINT32",
        "FLAGS32",
        "ENUMFLAGS32",
        "MODE",
        "UID",
        "GID",
        "SIGSET",
        "BOOL",
        "IPV4ADDR",
        "FD32",
        "PID32",
    },
    8: {"INT64", "UINT64", "ERRNO", "FD", "PID", "RELTIME", "ABSTIME"},
}
WIDTH = {ParamType[name]: width for width, names in _WIDTHS.items() for name in names}
"""Bytes of the types that are numbers (`scap_format.md` §10)."""

START_NS = 1_700_000_000_000_000_000
"""Time of the first event; each next one is a microsecond later."""


def _newest(name: str) -> Event:
    events = [event for event in EVENTS if event.name == name and event.status is Status.CURRENT]
    exits = [event for event in events if event.symbol.endswith("_X")]
    return (exits or events)[-1]


def block(kind: int, body: bytes) -> bytes:
    """A block of the file: type, length, body padded to four bytes, length."""
    body += b"\0" * (-len(body) % 4)
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _text(value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("<H", len(raw)) + raw


class CaptureFile:
    """A capture file in the newest version of the format, put together piece by piece."""

    def __init__(self) -> None:
        self._processes = b""
        self._descriptors: list[bytes] = []
        self._users = b""
        self._events: list[bytes] = []

    def user(self, uid: int, name: str) -> None:
        """A user, with a group of the same number."""
        body = struct.pack("<BII", 0, uid, uid) + _text(name) + _text(f"/home/{name}") + _text("/bin/sh")
        self._users += struct.pack("<I", len(body) + 4) + body

    def process(self, tid: int, *, comm: str, ptid: int = 1, args: str = "", uid: int = 0, cwd: str = "/") -> None:
        """A process that ran when the capture began."""
        body = struct.pack("<QQQQQ", tid, tid, ptid, tid, tid)
        body += _text(comm) + _text(comm) + _text(f"/usr/bin/{comm}") + _text(args.replace(" ", "\0"))
        body += _text(cwd) + struct.pack("<QIIIIIIQQ", 1024, 0, uid, uid, 0, 0, 0, 0, 0)
        body += _text("") + struct.pack("<qq", tid, tid) + _text("cpu=/\0") + _text("/")
        body += struct.pack("<QIIBQQQBQQQBBq", 0, 0, 0xFFFFFFFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, tid)
        self._processes += struct.pack("<I", len(body) + 4) + body

    def file_descriptor(self, tid: int, number: int, name: str) -> None:
        """A file that a process had open when the capture began."""
        body = struct.pack("<qQBI", number, 1, 16, 1) + _text(name) + struct.pack("<I", 0)
        entry = struct.pack("<I", len(body) + 4) + body
        self._descriptors.append(struct.pack("<Q", tid) + entry)

    def event(self, event_name: str, thread: int, /, *, marks: int = 0, **params: Any) -> None:
        """An event of the newest version of a thread; parameters that are not given are zero, or empty."""
        event = _newest(event_name)
        unknown = params.keys() - {param.name for param in event.params}
        assert not unknown, f"{event_name} has no parameter {unknown}"
        values = []
        for param in event.params:
            value = params.get(param.name)
            width = WIDTH.get(param.type)
            if isinstance(value, bytes):
                values.append(value)
            elif width is not None:
                values.append((value or 0).to_bytes(width, "little", signed=(value or 0) < 0))
            else:
                values.append(b"" if value is None else str(value).encode() + b"\0")
        self.raw_event(event.code, values, tid=thread, flags=marks)

    def raw_event(self, code: int, values: list[bytes], *, tid: int, cpu: int = 0, flags: int = 0) -> None:
        """An event of any type with any parameters."""
        lengths = b"".join(struct.pack("<H", len(value)) for value in values)
        payload = b"".join(values)
        time = START_NS + 1000 * len(self._events)
        head = struct.pack("<QqIHI", time, tid, 26 + len(lengths) + len(payload), code, len(values))
        body = struct.pack("<H", cpu) + (struct.pack("<I", flags) if flags else b"") + head + lengths + payload
        self._events.append(block(0x217 if flags else 0x216, body))

    def content(self) -> bytes:
        """The bytes of the file."""
        section = block(0x0A0D0D0A, struct.pack("<IHHQ", 0x1A2B3C4D, 1, 2, 2**64 - 1))
        machine = struct.pack("<IQQ128sQQQQ", 2, 1 << 30, 4_194_304, b"recorder", START_NS - 10**12, 0, 0, 0)
        lists = block(0x201, machine) + block(0x220, self._users) + block(0x215, self._processes)
        descriptors = b"".join(block(0x218, body) for body in self._descriptors)
        return section + lists + descriptors + b"".join(self._events)

    def write(self, path: Path, *, compress: bool = False) -> Path:
        """Write the file and return its path."""
        content = self.content()
        path.write_bytes(gzip.compress(content) if compress else content)
        return path


def shell_session() -> CaptureFile:
    """A shell that starts `cat /etc/shadow`; something to filter, to print and to alert about."""
    file = CaptureFile()
    file.user(0, "root")
    file.user(1000, "ann")
    file.process(1, comm="init", ptid=0)
    file.process(10, comm="sh", uid=1000)
    file.process(11, comm="sh", ptid=10)
    file.file_descriptor(10, 0, "/dev/pts/0")
    file.event("read", 10, fd=0, res=4, size=16, data=b"cat\n")
    file.event(
        "execve",
        11,
        exe="cat",
        tid=11,
        args=b"/etc/shadow\0",
        pid=11,
        ptid=10,
        cwd="",
        comm="cat",
        cgroups=b"cpu=/\0",
        env=b"PATH=/bin\0",
        trusted_exepath="/usr/bin/cat",
        filename="/usr/bin/cat",
    )
    file.event("openat", 11, fd=3, dirfd=-100, name="/etc/shadow", flags=1, dev=1, ino=7)
    file.event("read", 11, fd=3, res=5, size=4096, data=b"root:")
    file.event("openat", 11, fd=-2, dirfd=-100, name="/etc/missing", flags=1)
    file.event("close", 11, fd=3, res=0)
    file.event("procexit", 11, status=0)
    return file
