"""The module's devices, spoken to byte by byte: kmod_api.h in Python, so that wrong requests can be made too."""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import re
import struct
from pathlib import Path
from types import TracebackType

SHARED = Path(__file__).resolve().parents[2] / "drivers/shared"
API = 1
PAGE = mmap.PAGESIZE
LANE_STRIDE = 1 << 32
HOST, SET = 0, 1

_READ, _WRITE = 2, 1


def _request(direction: int, number: int, size: int) -> int:
    return direction << 30 | size << 16 | 0xE7 << 8 | number


LIVE_SIZE = 24 + 8 * 1024 + 4 * 32
VERSION = _request(_READ, 0, 112)
CONFIGURE = _request(_WRITE, 1, 56)
SET_LIVE = _request(_WRITE, 2, LIVE_SIZE)
SCOPE_ADD = _request(_WRITE, 3, 16)
SCOPE_CGROUP = _request(_WRITE, 4, 8)
STATS = _request(_READ | _WRITE, 5, 328)
START = _request(0, 6, 0)
STOP = _request(0, 7, 0)

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]


def schema_hash() -> int:
    """Return the hash that the sources state."""
    found = re.search(r"AGENT_SCHEMA_HASH 0x([0-9a-f]{16})ULL", (SHARED / "generated/schema.h").read_text())
    assert found is not None
    return int(found[1], 16)


def configuration(
    *,
    api: int = API,
    schema: int | None = None,
    critical: int = 1 << 16,
    bulk: int = 1 << 18,
    scope: int = SET,
    reserved: int = 0,
) -> bytes:
    """Return `struct kmod_configuration`; the settings drop no process and limit to no cgroup."""
    schema = schema_hash() if schema is None else schema
    return struct.pack("=IIQQQIIIiII", api, reserved, schema, critical, bulk, 0, scope, 0, 0, 1, 0)


def live(calls: dict[int, tuple[int, int]]) -> bytes:
    """Return `struct live`, enabled, for system call number -> (event, code of the call)."""
    table = [(0, 0)] * 1024
    for number, entry in calls.items():
        table[number] = entry
    words = b"".join(struct.pack("=HH", *entry) for entry in table)
    return struct.pack("=IIIIII", 1, 80, 0, 0, 0, 0) + words + bytes(4 * 1024 + 4 * 32)


class Mapping:
    """Mapped memory of a device, at an address. Raises OSError with the errno of mmap."""

    def __init__(self, device: Device, length: int, offset: int, protection: int, flags: int = mmap.MAP_SHARED) -> None:
        address = libc.mmap(None, length, protection, flags, device.fd, offset)
        if address == ctypes.c_void_p(-1).value:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
        self.address, self.length = address, length

    def protect(self, protection: int) -> None:
        """Change the protection. Raises OSError."""
        if libc.mprotect(self.address, self.length, protection):
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes of it."""
        assert offset + size <= self.length
        return ctypes.string_at(self.address + offset, size)

    def position(self) -> int:
        """Return the number in its first eight bytes."""
        return int.from_bytes(self.read(0, 8), "little")

    def set_position(self, value: int) -> None:
        """Store a number there."""
        ctypes.memmove(self.address, value.to_bytes(8, "little"), 8)

    def close(self) -> None:
        """Take the memory away."""
        libc.munmap(self.address, self.length)


class Device:
    """One device, opened. Raises OSError."""

    def __init__(self, cpu: int = 0) -> None:
        self.fd = os.open(f"/dev/agent{cpu}", os.O_RDWR | os.O_CLOEXEC)

    def __enter__(self) -> Device:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self.fd)

    def ask(self, request: int, argument: bytes = b"") -> bytes:
        """Make a request with a copy of `argument`; return what it became. Raises OSError."""
        if not argument:
            fcntl.ioctl(self.fd, request)
            return b""
        buffer = bytearray(argument)
        fcntl.ioctl(self.fd, request, buffer, True)
        return bytes(buffer)

    def consumer(self, lane: int) -> Mapping:
        """Map the page that the reader writes."""
        return Mapping(self, PAGE, lane * LANE_STRIDE, mmap.PROT_READ | mmap.PROT_WRITE)

    def data(self, lane: int, size: int) -> Mapping:
        """Map the producer's page and the data, twice."""
        return Mapping(self, PAGE + 2 * size, lane * LANE_STRIDE + PAGE, mmap.PROT_READ)


def cpus() -> list[int]:
    """Return the CPUs that have a device."""
    return sorted(int(path.name.removeprefix("agent")) for path in Path("/dev").glob("agent[0-9]*"))
