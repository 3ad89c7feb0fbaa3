"""Whether this machine lets the live tests run at all, and why not."""

import ctypes
import os
import struct
from pathlib import Path

SYS_BPF = {"x86_64": 321, "aarch64": 280}
BPF_PROG_LOAD = 5
BPF_PROG_TYPE_RAW_TRACEPOINT = 17


def reason_not_to_run() -> str | None:
    """Return None when an eBPF driver can be loaded here, otherwise a sentence that says what is missing."""
    if os.geteuid() != 0:
        return "live tests load eBPF programs: run them as root"
    if not Path("/sys/kernel/btf/vmlinux").exists():
        return "live tests need the kernel's BTF (/sys/kernel/btf/vmlinux), which this kernel does not offer"
    error = _load_empty_program()
    if error:
        return f"the kernel refuses to load an eBPF program here ({os.strerror(error)})"
    return None


def _load_empty_program() -> int:
    number = SYS_BPF.get(os.uname().machine)
    if number is None:
        return 0
    instructions = struct.pack("<BBhiBBhi", 0xB7, 0, 0, 0, 0x95, 0, 0, 0)  # r0 = 0; exit
    code, licence = ctypes.create_string_buffer(instructions), ctypes.create_string_buffer(b"GPL")
    attributes = struct.pack(
        "<IIQQIIQ", BPF_PROG_TYPE_RAW_TRACEPOINT, 2, ctypes.addressof(code), ctypes.addressof(licence), 0, 0, 0
    ).ljust(128, b"\0")
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.syscall(number, BPF_PROG_LOAD, attributes, len(attributes))
    if descriptor < 0:
        return ctypes.get_errno()
    os.close(descriptor)
    return 0
