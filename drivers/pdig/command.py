# SPDX-License-Identifier: MIT
"""The program that is started under the tracer: where it lies, and what it begins with."""

import os
import re
import shutil
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from agent.errors import AgentError
from drivers.pdig import environment
from drivers.pdig.process import read_status

CAP_SYS_PTRACE = 19
CAP_SYS_ADMIN = 21


class CommandError(AgentError):
    """A command that cannot be started. `status`: what a shell would end with (sh(1): 126 or 127)."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Command:
    """A command as the shell would start it."""

    path: str
    arguments: tuple[str, ...]
    environment: tuple[bytes, ...]
    """Its entries, NAME=VALUE as a rule."""

    @classmethod
    def find(cls, words: Sequence[str]) -> "Command":
        """Search the program in PATH. Raises CommandError when there is none that can be executed."""
        name = words[0]
        if not name:
            raise CommandError("The COMMAND behind -- is an empty word.", 127)
        path = name if "/" in name else shutil.which(name)
        if path is None or not os.path.exists(path):
            hint = f" To set a variable: pdig-agent -- env {name} COMMAND" if re.match(r"[A-Za-z_]\w*=", name) else ""
            raise CommandError(f"{name}: there is no such program{'' if '/' in name else ' in PATH'}.{hint}", 127)
        if os.path.isdir(path):
            raise CommandError(f"{name} is a folder, not a program.", 126)
        if not os.access(path, os.X_OK):
            raise CommandError(f"{path} may not be executed: chmod +x {path}", 126)
        return cls(path, tuple(words), environment.of_caller())


def interpreter_of(path: str) -> str:
    """Return what a program that is there needs to be executed, as far as its first line says."""
    with suppress(OSError), open(path, "rb") as stream:
        line = stream.read(256).split(b"\n", 1)[0]
        if line.startswith(b"#!"):
            return line[2:].strip().decode(errors="replace")
    return "its dynamic loader, or that of a library for another system"


@dataclass(frozen=True)
class SignalState:
    """What this process began with: its child is to begin with the same."""

    blocked: tuple[int, ...]
    ignored: tuple[int, ...]

    @classmethod
    def of_this_process(cls) -> "SignalState":
        """Read it from the kernel, before any handler is installed; but what Python itself ignores is not our state."""
        with open("/proc/self/status", encoding="ascii", errors="replace") as lines:
            masks = {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}

        def numbers(mask: str) -> tuple[int, ...]:
            bits = int(masks.get(mask, "0"), 16)
            return tuple(number for number in range(1, 65) if bits >> (number - 1) & 1)

        own = {signal.SIGPIPE, signal.SIGXFSZ}
        return cls(numbers("SigBlk"), tuple(number for number in numbers("SigIgn") if number not in own))

    @property
    def default(self) -> tuple[int, ...]:
        """Signals whose action is the default one at the program's start."""
        never = {signal.SIGKILL, signal.SIGSTOP, *range(32, signal.SIGRTMIN)}
        return tuple(n for n in range(1, signal.SIGRTMAX + 1) if n not in self.ignored and n not in never)


def has_capability(number: int) -> bool:
    """Return whether this process has a capability."""
    return bool(int((read_status(os.getpid()) or {}).get("CapEff", "0"), 16) >> number & 1)


def has_no_new_privileges() -> bool:
    """Return whether this process has given up gaining privileges already."""
    return (read_status(os.getpid()) or {}).get("NoNewPrivs") == "1"
