"""Finding one type in the kernel's BTF (Documentation/bpf/btf.rst)."""

import struct
from pathlib import Path

KERNEL = Path("/sys/kernel/btf/vmlinux")
_MAX_BYTES = 64 * 1024 * 1024  # today's kernels have about 6 MiB
_MAGIC = 0xEB9F
_TYPEDEF = 8

# What follows the three words of each type: fixed bytes, and bytes for each of its members.
_TAILS = {
    0: (0, 0),
    1: (4, 0),  # integer
    2: (0, 0),  # pointer
    3: (12, 0),  # array
    4: (0, 12),  # structure
    5: (0, 12),  # union
    6: (0, 8),  # enumeration
    7: (0, 0),  # forward declaration
    8: (0, 0),  # typedef
    9: (0, 0),  # volatile
    10: (0, 0),  # const
    11: (0, 0),  # restrict
    12: (0, 0),  # function
    13: (0, 8),  # prototype
    14: (4, 0),  # variable
    15: (0, 12),  # section
    16: (0, 0),  # float
    17: (4, 0),  # tag of a declaration
    18: (0, 0),  # tag of a type
    19: (0, 12),  # enumeration of 64 bits
}


def typedef_id(name: str, path: Path = KERNEL) -> int | None:
    """Return the number of the typedef of that name; None when there is none, or the file is missing or unreadable."""
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_BYTES)
        return _find(data, name.encode())
    except (OSError, struct.error):
        return None


def _find(data: bytes, name: bytes) -> int | None:
    magic, _version, _flags, header, types, type_bytes, strings, string_bytes = struct.unpack_from("<HBBIIIII", data)
    if magic != _MAGIC:
        return None
    text = data[header + strings : header + strings + string_bytes]
    wanted = text.find(b"\0" + name + b"\0") + 1
    if wanted == 0:
        return None
    position, end = header + types, min(header + types + type_bytes, len(data))
    number = 0
    read = struct.Struct("<II").unpack_from
    while position + 12 <= end:
        number += 1
        name_offset, info = read(data, position)
        kind = info >> 24 & 0x1F
        if kind == _TYPEDEF and name_offset == wanted:
            return number
        tail = _TAILS.get(kind)
        if tail is None:
            # A kind of a later kernel, of unknown size.
            return None
        position += 12 + tail[0] + tail[1] * (info & 0xFFFF)
    return None
