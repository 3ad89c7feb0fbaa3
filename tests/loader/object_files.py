"""The smallest files that are a kernel module or a classic probe, as far as anybody asks before loading."""

import os
import struct

from agent.version import __version__
from drivers.bpf.probe import identity

X86_64, BPF = 62, 247


def elf(machine: int, sections: dict[str, bytes]) -> bytes:
    """Return a relocatable ELF64 file with these sections."""
    names, offsets = b"\0", []
    for name in (*sections, ".names"):
        offsets.append(len(names))
        names += name.encode() + b"\0"
    bodies = [*sections.values(), names]
    at, content = 64, b""
    headers = bytes(64)
    for offset, body in zip(offsets, bodies, strict=True):
        headers += struct.pack("<IIQQQQIIQQ", offset, 1, 0, 0, at, len(body), 0, 0, 1, 0)
        content += body
        at += len(body)
    head = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    head += struct.pack("<HHIQQQIHHHHHH", 1, machine, 1, 0, 0, at, 0, 64, 0, 0, 64, len(bodies) + 1, len(bodies))
    return head + content + headers


def module(
    release: str | None = None, *, version: str = __version__, name: str = "agent_probe", padding: int = 300_000
) -> bytes:
    """Return a module for a kernel; `padding`: bytes that make it long enough to be cut."""
    said = [f"name={name}", f"version={version}", f"vermagic={release or os.uname().release} SMP preempt mod_unload "]
    return elf(X86_64, {".modinfo": "\0".join(said).encode() + b"\0", ".text": os.urandom(padding)})


def probe(release: str | None = None, *, named: str | None = None, padding: int = 1000) -> bytes:
    """Return a classic probe for a kernel."""
    sections = {
        "agent_probe": (named or identity()).encode() + b"\0",
        "agent_kernel": (release or os.uname().release).encode() + b"\0",
        "raw_tp": os.urandom(padding),
    }
    return elf(BPF, sections)
