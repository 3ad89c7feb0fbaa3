"""BPF objects of one process, and whether the kernel still has them."""

import contextlib
import ctypes
import errno
import os
import struct
from pathlib import Path

from tests.live.privileges import SYS_BPF

# Commands of bpf(2) that turn an id into a descriptor.
GET_FD_BY_ID = {"prog_id": 13, "map_id": 14, "link_id": 30}
# Commands on the entries of a map.
LOOK_UP, UPDATE = 1, 2
# Commands that find the next id.
GET_NEXT_ID = {"prog_id": 11, "map_id": 12, "link_id": 31}


def held_by(pid: int) -> set[tuple[str, int]]:
    """Return kind and id of every program, map and link that a process holds open."""
    found = set()
    for entry in Path(f"/proc/{pid}/fdinfo").iterdir():
        with contextlib.suppress(OSError):
            for line in entry.read_text().splitlines():
                name, _, value = line.partition(":")
                if name in GET_FD_BY_ID:
                    found.add((name, int(value)))
    return found


def of_the_whole_system() -> set[tuple[str, int]]:
    """Return kind and id of everything that the kernel has; for a virtual machine, where all of it is ours."""
    libc = ctypes.CDLL(None, use_errno=True)
    found = set()
    for kind, command in GET_NEXT_ID.items():
        identifier = 0
        while True:
            attributes = ctypes.create_string_buffer(struct.pack("<I", identifier), 64)
            if libc.syscall(SYS_BPF[os.uname().machine], command, attributes, len(attributes)) < 0:
                break
            (identifier,) = struct.unpack_from("<I", attributes, 4)  # the answer follows the id that was asked with
            found.add((kind, identifier))
        error = ctypes.get_errno()
        assert error == errno.ENOENT, os.strerror(error)
    return found


def exists(kind: str, identifier: int) -> bool:
    """Ask the kernel for an object by its id."""
    libc = ctypes.CDLL(None, use_errno=True)
    attributes = struct.pack("<III", identifier, 0, 0).ljust(64, b"\0")
    descriptor = libc.syscall(SYS_BPF[os.uname().machine], GET_FD_BY_ID[kind], attributes, len(attributes))
    if descriptor >= 0:
        os.close(descriptor)
        return True
    error = ctypes.get_errno()
    assert error == errno.ENOENT, os.strerror(error)
    return False


def pins() -> set[Path]:
    """Return what is pinned in the BPF file system."""
    return set(Path("/sys/fs/bpf").rglob("*"))


def set_first_word(pid: int, value_bytes: int, word: int) -> int:
    """Set the first 32 bits of the value at key 0 in each map of a process with values so long; return how many."""
    libc = ctypes.CDLL(None, use_errno=True)
    number = SYS_BPF[os.uname().machine]

    def call(command: int, attributes: bytes) -> int:
        return int(libc.syscall(number, command, attributes.ljust(64, b"\0"), 64))

    changed = 0
    for kind, identifier in held_by(pid):
        if kind != "map_id":
            continue
        descriptor = call(GET_FD_BY_ID[kind], struct.pack("<III", identifier, 0, 0))
        assert descriptor >= 0, os.strerror(ctypes.get_errno())
        try:
            said = Path(f"/proc/self/fdinfo/{descriptor}").read_text()
            if f"value_size:\t{value_bytes}\n" not in said:
                continue
            key, value = ctypes.create_string_buffer(4), ctypes.create_string_buffer(value_bytes)
            where = struct.pack("<IIQQQ", descriptor, 0, ctypes.addressof(key), ctypes.addressof(value), 0)
            assert call(LOOK_UP, where) == 0, os.strerror(ctypes.get_errno())
            struct.pack_into("<I", value, 0, word)
            assert call(UPDATE, where) == 0, os.strerror(ctypes.get_errno())
            changed += 1
        finally:
            os.close(descriptor)
    return changed
