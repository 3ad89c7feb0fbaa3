"""What the kernel answers when asked directly. Nothing here captures anything, and nothing of it stays behind.

An answer of the kernel outweighs every version number: whether a kind of program or map works is found out by making
one.
"""

import contextlib
import ctypes
import errno
import os
import platform
import signal
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from loader import btf

# Numbers of include/uapi/linux/bpf.h, perf_event.h and mount.h.
_MAP_CREATE, _MAP_UPDATE_ELEM, _PROG_LOAD = 0, 2, 5
_MAP_TYPE_PERF_EVENT_ARRAY, _MAP_TYPE_RINGBUF = 4, 27
_PROG_TYPE_TRACEPOINT, _PROG_TYPE_RAW_TRACEPOINT, _PROG_TYPE_TRACING = 5, 17, 26
_TRACE_RAW_TP = 23
_PERF_TYPE_SOFTWARE, _PERF_COUNT_SW_BPF_OUTPUT, _PERF_SAMPLE_RAW = 1, 10, 1 << 10
_FSCONFIG_CMD_CREATE = 6
_PTRACE_TRACEME = 0

# System call numbers of x86-64 and of arm64; the calls of 5.2 and later have one number everywhere.
_NUMBERS = {
    "x86_64": {"bpf": 321, "perf_event_open": 298, "finit_module": 313},
    "aarch64": {"bpf": 280, "perf_event_open": 241, "finit_module": 273},
}
_FSOPEN, _FSCONFIG, _FSMOUNT = 430, 431, 432


@dataclass(frozen=True)
class Answer:
    """`error` is 0 when the kernel did what it was asked, None when it could not be asked, otherwise its errno."""

    call: str
    error: int | None

    @property
    def works(self) -> bool:
        """Whether the kernel did what it was asked."""
        return self.error == 0

    @property
    def sentence(self) -> str:
        """Say what was asked and what came back."""
        if self.error is None:
            return f"{self.call} could not be asked"
        if self.error == 0:
            return f"{self.call} succeeded"
        return f"{self.call} failed: {errno.errorcode.get(self.error, self.error)} ({os.strerror(self.error)})"


class KernelCalls(Protocol):
    """The questions; tests answer them from a table."""

    def ring_buffer(self) -> Answer:
        """Create a BPF ring buffer (Linux 5.8)."""

    def tracing_program(self) -> Answer:
        """Load an empty program of type tp_btf for sys_exit (Linux 5.5, with BTF)."""

    def raw_tracepoint_program(self) -> Answer:
        """Load an empty raw tracepoint program (Linux 4.17)."""

    def tracepoint_program(self) -> Answer:
        """Load an empty tracepoint program (Linux 4.7)."""

    def perf_buffer(self) -> Answer:
        """Create a perf event array and put a buffer of one CPU into it (Linux 4.4)."""

    def module_loading(self) -> Answer:
        """Ask for a module without naming a file: EBADF means that one would be looked at."""

    def trace_child(self) -> Answer:
        """Let a child of this process be traced by it (ptrace)."""

    def lockdown(self) -> str | None:
        """Return the content of securityfs' file `lockdown`, also where securityfs is not mounted; None without it."""


class RealKernelCalls:
    """Asks the kernel that runs."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._numbers = _NUMBERS.get(platform.machine(), {})

    def ring_buffer(self) -> Answer:
        """See KernelCalls."""
        attributes = struct.pack("<IIII", _MAP_TYPE_RINGBUF, 0, 0, os.sysconf("SC_PAGESIZE"))
        return self._made("bpf(BPF_MAP_CREATE, BPF_MAP_TYPE_RINGBUF)", self._bpf(_MAP_CREATE, attributes))

    def tracing_program(self) -> Answer:
        """See KernelCalls."""
        call = "bpf(BPF_PROG_LOAD, BPF_PROG_TYPE_TRACING for tp_btf/sys_exit)"
        identifier = btf.typedef_id("btf_trace_sys_exit")
        if identifier is None:
            return Answer(f"{call}, with the tracepoint's type from {btf.KERNEL}", errno.ENOENT)
        return self._load(call, _PROG_TYPE_TRACING, _TRACE_RAW_TP, identifier)

    def raw_tracepoint_program(self) -> Answer:
        """See KernelCalls."""
        return self._load("bpf(BPF_PROG_LOAD, BPF_PROG_TYPE_RAW_TRACEPOINT)", _PROG_TYPE_RAW_TRACEPOINT)

    def tracepoint_program(self) -> Answer:
        """See KernelCalls."""
        return self._load("bpf(BPF_PROG_LOAD, BPF_PROG_TYPE_TRACEPOINT)", _PROG_TYPE_TRACEPOINT)

    def perf_buffer(self) -> Answer:
        """See KernelCalls."""
        call = "bpf(BPF_MAP_CREATE, BPF_MAP_TYPE_PERF_EVENT_ARRAY)"
        array = self._bpf(_MAP_CREATE, struct.pack("<IIII", _MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 1))
        if array < 0:
            return Answer(call, -array)
        call = "perf_event_open(PERF_COUNT_SW_BPF_OUTPUT)"
        # type, size, config, sample_period, sample_type, read_format, flags, wakeup_events
        attributes = struct.pack(
            "<IIQQQQQI", _PERF_TYPE_SOFTWARE, 112, _PERF_COUNT_SW_BPF_OUTPUT, 1, _PERF_SAMPLE_RAW, 0, 0, 1
        ).ljust(112, b"\0")
        buffer = self._syscall("perf_event_open", attributes, -1, min(os.sched_getaffinity(0)), -1, 8)
        try:
            if buffer < 0:
                return Answer(call, -buffer)
            try:
                key, value = ctypes.c_uint32(0), ctypes.c_uint32(buffer)
                update = struct.pack("<IIQQQ", array, 0, ctypes.addressof(key), ctypes.addressof(value), 0)
                return Answer(f"{call} and putting it into the map", -self._bpf(_MAP_UPDATE_ELEM, update))
            finally:
                os.close(buffer)
        finally:
            os.close(array)

    def module_loading(self) -> Answer:
        """See KernelCalls."""
        # No descriptor is -1, so nothing can be loaded; everything that forbids loading is checked before.
        return Answer("finit_module(-1)", -self._syscall("finit_module", -1, b"", 0))

    def trace_child(self) -> Answer:
        """See KernelCalls."""
        call = "ptrace(PTRACE_TRACEME)"
        child = os.fork()
        if child == 0:
            # Nothing but the call: the exit code is its errno.
            ended = self._libc.ptrace(_PTRACE_TRACEME, 0, None, None)
            os._exit(ctypes.get_errno() & 0xFF if ended else 0)
        _pid, status = os.waitpid(child, 0)
        if os.WIFSTOPPED(status):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return Answer(call, 0)
        return Answer(call, os.WEXITSTATUS(status) if os.WIFEXITED(status) else None)

    def lockdown(self) -> str | None:
        """See KernelCalls."""
        # A mount that is nowhere: seen by nobody else, gone with its descriptor.
        with _closing(self._call(_FSOPEN, b"securityfs", 1)) as context:
            if context is None or self._call(_FSCONFIG, context, _FSCONFIG_CMD_CREATE, None, None, 0) < 0:
                return None
            with _closing(self._call(_FSMOUNT, context, 1, 0)) as mount:
                if mount is None:
                    return None
                with contextlib.suppress(OSError), _closing(os.open("lockdown", os.O_RDONLY, dir_fd=mount)) as file:
                    return os.read(file, 256).decode("ascii", "replace").strip() if file is not None else None
        return None

    def _load(self, call: str, kind: int, attach: int = 0, identifier: int = 0) -> Answer:
        instructions = struct.pack("<BBhiBBhi", 0xB7, 0, 0, 0, 0x95, 0, 0, 0)  # r0 = 0; exit
        code, licence = ctypes.create_string_buffer(instructions), ctypes.create_string_buffer(b"GPL")
        attributes = struct.pack(
            "<IIQQIIQII", kind, 2, ctypes.addressof(code), ctypes.addressof(licence), 0, 0, 0, 0, 0
        )
        if attach:
            # name and interface index lie between; then the kind of attachment, BTF information (none), its type
            attributes = attributes.ljust(68, b"\0") + struct.pack("<I", attach)
            attributes = attributes.ljust(108, b"\0") + struct.pack("<I", identifier)
        return self._made(call, self._bpf(_PROG_LOAD, attributes))

    def _bpf(self, command: int, attributes: bytes) -> int:
        buffer = ctypes.create_string_buffer(attributes, 128)
        return self._syscall("bpf", command, ctypes.byref(buffer), 128 if len(attributes) > 72 else 72)

    def _syscall(self, name: str, *arguments: object) -> int:
        number = self._numbers.get(name)
        return -errno.ENOSYS if number is None else self._call(number, *arguments)

    def _call(self, number: int, *arguments: object) -> int:
        """Return the result, or the negative errno."""
        words = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
        result: int = self._libc.syscall(ctypes.c_long(number), *words)
        return -ctypes.get_errno() if result < 0 else result

    @staticmethod
    def _made(call: str, descriptor: int) -> Answer:
        if descriptor < 0:
            return Answer(call, -descriptor)
        os.close(descriptor)
        return Answer(call, 0)


@contextlib.contextmanager
def _closing(descriptor: int) -> Iterator[int | None]:
    """Yield the descriptor, None for a negative errno, and close it in the end."""
    if descriptor < 0:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)
