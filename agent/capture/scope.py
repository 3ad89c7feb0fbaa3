"""`--scope`: limit a capture, in the kernel, to a process tree, a cgroup or a container."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.errors import ScopeError

FORMS = "pid:NUMBER, cgroup:PATH or container:ID"


@dataclass(frozen=True)
class Scope:
    """What is watched. A process stands for itself and every process it starts from then on."""

    kind: Literal["pid", "cgroup", "container"]
    value: int | str

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"

    def to_native(self) -> dict[str, int | str]:
        """Return the form that `Engine.open_driver` takes."""
        return {self.kind: self.value}


def parse_scope(text: str, proc: Path = Path("/proc"), option: str | None = None) -> Scope:
    """Read `pid:N`, `cgroup:PATH` or `container:ID`; ScopeError for anything else and for a pid that does not exist.

    `option` is how errors name what was typed, when that is not `--scope TEXT`.
    """
    typed = option or f"--scope {text}"
    kind, colon, value = text.partition(":")
    if not colon or not value:
        raise ScopeError(f"{typed}: a scope is {FORMS}.")
    if kind == "pid":
        if not (value.isascii() and value.isdigit() and 0 < int(value[:12]) <= 4194304):
            raise ScopeError(f"{typed}: a pid is a whole number from 1 to 4194304.")
        if not (proc / value).is_dir():
            raise ScopeError(f"{typed}: there is no process {value}; it may have ended.")
        return Scope("pid", int(value))
    if kind == "cgroup":
        return Scope("cgroup", value)
    if kind == "container":
        if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,127}", value):
            raise ScopeError(f"{typed}: a container's id is letters and digits, as `docker ps` shows it.")
        return Scope("container", value)
    raise ScopeError(f"{typed}: {kind!r} is not a kind of scope; write {FORMS}.")
