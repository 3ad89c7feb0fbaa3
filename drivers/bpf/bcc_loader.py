"""Compiling the probe with bcc where it is to run, loading and pinning it. Then this process ends, and LLVM with it.

bcc wants programs and maps its own way: as functions of the one text that it is given, with map accesses that it
rewrites there, and maps that only exist once it has compiled. The probe gives it little to do: the maps are created
before, and their descriptors are passed as numbers; the text includes the probe and has one function a program, which
calls the probe's.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from drivers.bpf.build import definitions
from drivers.bpf.headers import Headers, find_headers, needs_plain
from drivers.bpf.probe import BCC_COMMAND, SOURCE, ProbeError

if TYPE_CHECKING:
    from drivers.bpf.load import Outcome

# include/uapi/linux/bpf.h; the names as in maps.h.
MAP_TYPES = {"HASH": 1, "ARRAY": 2, "PROG_ARRAY": 3, "PERF_EVENT_ARRAY": 4}
BPF_OBJ_PIN = 6
SYS_BPF = {"x86_64": 321, "aarch64": 280}


class Map(NamedTuple):
    """One map, as maps.h lists it; 0 entries: one a CPU."""

    name: str
    kind: str
    key_bytes: int
    value_bytes: int
    entries: int


def load(pins: Path, folder: Path | None, *, plain: bool = False) -> Outcome:
    """Compile, load and pin in an empty folder; `plain`: for plain tracepoints though the kernel has raw ones.

    Raises ProbeError when bcc or headers lack, or nothing is taken.
    """
    bcc = _bcc()
    headers = find_headers(os.uname().release, folder)
    maps = list(read_maps())
    descriptors = {each.name: _create(bcc, each) for each in maps}
    for kind in ("maps", "programs"):
        (pins / kind).mkdir(mode=0o700)
    for name, descriptor in descriptors.items():
        _pin(descriptor, pins / "maps" / name)
    return _load_programs(bcc, descriptors, headers, pins / "programs", plain or needs_plain(os.uname().release))


def read_maps() -> Iterator[Map]:
    """Yield the maps of the list in maps.h."""
    for found in re.finditer(r"\bMAP\((\w+), ([A-Z_]+), (\d+), (\d+), (\d+)\)", (SOURCE / "maps.h").read_text()):
        name, kind, *numbers = found.groups()
        yield Map(name, kind, *map(int, numbers))


def read_programs(*, plain: bool = False) -> list[str]:
    """Return the names of the programs in probe.c and what it includes for one kind of tracepoints."""
    names: list[str] = []
    left_out = SOURCE / ("raw_tracepoints.h" if plain else "plain_tracepoints.h")
    for path in _included(SOURCE / "probe.c", {left_out}):
        text = path.read_text()
        names += (f"fill_{name}" for name in re.findall(r"^FILLER\((\w+), \w+\)$", text, re.MULTILINE))
        names += re.findall(r"^PROGRAM\((\w+), \"\w+\"\)$", text, re.MULTILINE)
    return names


def _included(path: Path, seen: set[Path]) -> Iterator[Path]:
    path = path.resolve()
    if path in seen or not path.exists():
        return
    seen.add(path)
    yield path
    for name in re.findall(r'^#include "(.+)"$', path.read_text(), re.MULTILINE):
        yield from _included(path.parent / name, seen)


def _bcc() -> Any:
    try:
        import bcc
    except ImportError as error:
        raise ProbeError(
            f"{sys.executable} has no bcc ({error}). It belongs to the distribution's interpreter: install it "
            f"(apt-get install python3-bpfcc), then run {BCC_COMMAND}."
        ) from error
    return bcc


def _create(bcc: Any, each: Map) -> int:
    entries = each.entries or _possible_cpus()
    descriptor = bcc.libbcc.lib.bcc_create_map(
        MAP_TYPES[each.kind], each.name.encode()[:15], each.key_bytes, each.value_bytes, entries, 0
    )
    if descriptor < 0:
        raise ProbeError(f"The map {each.name} could not be created: {os.strerror(ctypes.get_errno() or -descriptor)}.")
    return int(descriptor)


def _possible_cpus() -> int:
    ranges = Path("/sys/devices/system/cpu/possible").read_text().strip()
    return int(re.split("[-,]", ranges)[-1]) + 1


def _load_programs(bcc: Any, descriptors: dict[str, int], headers: Headers, pins: Path, plain: bool) -> Outcome:
    names = read_programs(plain=plain)
    kind = bcc.BPF.TRACEPOINT if plain else bcc.BPF.RAW_TRACEPOINT
    text = f'#include "{SOURCE / "probe.c"}"\n'
    text += "".join(f"int {name}(void *ctx) {{ return program_{name}(ctx); }}\n" for name in names)
    # Without what debuggers want, which nobody reads here, bcc is done in four fifths of the time.
    flags = ["-DAGENT_BCC", "-fms-extensions", "-w", "-g0", "-ferror-limit=0", *definitions(plain=plain)]
    flags += [f"-DMAP_FD_{name}={descriptor}" for name, descriptor in descriptors.items()]
    # bcc looks for headers in one folder; distributions split them in two.
    os.environ["BCC_KERNEL_SOURCE"] = str(headers.source)
    flags += [f"-I{path}" for path in headers.folders()]
    module = _compile(bcc, text, flags)
    refused = []
    for name in names:
        with _said() as said:
            try:
                function = module.load_func(name, kind)
            except Exception as error:
                refused.append((name, _verdict(said()) or str(error)))
                continue
        _pin(function.fd, pins / name)
    if len(refused) == len(names):
        raise ProbeError(
            f"The kernel refused every program of the classic eBPF probe, the first one with: {refused[0][1]}"
        )
    return len(names) - len(refused), refused


def _compile(bcc: Any, text: str, flags: list[str]) -> Any:
    """Compile, and once more with what the headers turn out to want of BPF and this bcc does not know (prelude.h)."""
    missing: set[str] = set()
    while True:
        more = [f"-DAGENT_MISSING={_declared(missing)}"] if missing else []
        with _said() as said:
            try:
                return bcc.BPF(text=text, cflags=[*flags, *more])
            except Exception as error:
                found = _missing(said())
                if found <= missing:
                    raise ProbeError(f"bcc could not compile the classic eBPF probe: {error}\n{said()}") from error
        missing |= found


def _missing(errors: str) -> set[str]:
    """Return the structures and constants of BPF that headers of the kernel, not files of ours, were found to lack."""
    found: set[str] = set()
    for line in errors.splitlines():
        if not line.startswith(str(SOURCE.parent)):
            found.update(re.findall(r"error: .*incomplete type 'struct (bpf_\w+)'", line))
            found.update(re.findall(r"error: use of undeclared identifier '(BPF_\w+)'", line))
    return found


def _declared(names: set[str]) -> str:
    structures = "".join(f"struct {name} {{ char opaque[8]; }}; " for name in sorted(names) if name.islower())
    constants = [name for name in sorted(names) if not name.islower()]
    values = ", ".join(f"{name} = {1 << 20 | number}" for number, name in enumerate(constants))
    return structures + (f"enum {{ {values} }};" if values else "")


def _verdict(log: str) -> str:
    """Return the telling end of what the verifier said."""
    lines = [line.strip() for line in log.splitlines()]
    telling = [line for line in lines if line and not line.startswith(("processed ", "HINT", "bpf: "))]
    return telling[-1] if telling else ""


@contextlib.contextmanager
def _said() -> Iterator[Any]:
    """Catch what libraries write to the standard error stream; yields a function that returns it."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as file:
        kept = os.dup(2)
        os.dup2(file.fileno(), 2)

        def text() -> str:
            # A verifier's words may be long, and the last ones tell.
            file.seek(max(0, file.seek(0, os.SEEK_END) - (1 << 20)))
            return file.read().decode(errors="replace")

        try:
            yield text
        finally:
            os.dup2(kept, 2)
            os.close(kept)


class _ObjectAttributes(ctypes.Structure):
    _fields_ = [("pathname", ctypes.c_uint64), ("bpf_fd", ctypes.c_uint32), ("file_flags", ctypes.c_uint32)]


def _pin(descriptor: int, path: Path) -> None:
    """Pin by the bare system call, bpf(2): bcc does not pass libbpf's own function on."""
    name = ctypes.create_string_buffer(os.fsencode(path))
    attributes = _ObjectAttributes(ctypes.addressof(name), descriptor, 0)
    libc = ctypes.CDLL(None, use_errno=True)
    call = SYS_BPF[platform.machine()]
    if libc.syscall(call, BPF_OBJ_PIN, ctypes.byref(attributes), ctypes.sizeof(attributes)) < 0:
        raise ProbeError(f"{path} could not be pinned: {os.strerror(ctypes.get_errno())}.")
