"""What is asked of the loader, and what came of it: the ways to a driver are tried in turn, each leaves its reason."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from agent.version import __version__
from loader.kernel import Kernel, Target

STORE = Path("/var/lib/agent/drivers")
"""Drivers that were downloaded or built, below VERSION/ARCH/."""


def _silent(_sentence: str) -> None:
    pass


@dataclass(frozen=True)
class Http:
    """How repositories are asked. Proxies are those of the environment (HTTPS_PROXY, NO_PROXY …)."""

    headers: tuple[tuple[str, str], ...] = ()
    """Sent to the repository itself, never to where it redirects."""
    insecure: bool = False
    """Whether certificates are not checked and a redirection may leave https."""
    timeout: float = 60.0
    """Seconds that one attempt may take; the next one goes on where it ended."""
    connect_timeout: float = 5.0
    attempts: int = 4
    pause: float = 1.0
    """Seconds before the second attempt; each further pause is twice as long."""


@dataclass(frozen=True)
class Request:
    """One driver for one kernel."""

    kernel: Kernel
    target: Target
    repositories: tuple[str, ...] = ()
    """URLs (http, https, file) below which VERSION/ARCH/FILE lie; asked in this order."""
    download: bool = True
    compile: bool = True
    install_headers: bool = False
    """Whether the system's package manager may be asked for the kernel's headers."""
    public_key: Path | None = None
    """Ed25519 keys as PEM: what is downloaded has to be signed by one of them."""
    http: Http = field(default_factory=Http)
    host_root: Path = Path("/")
    """Where the host's files are seen; its kernel's modules and headers are looked for there."""
    store: Path = STORE
    say: Callable[[str], None] = _silent
    """Gets each sentence of progress."""
    version: str = __version__

    @property
    def loads(self) -> bool:
        """Whether the driver is for the running kernel; for another one, it is only obtained."""
        return self.kernel.release == os.uname().release

    def on_host(self, path: str) -> Path:
        """Return where an absolute path of the host is seen."""
        return self.host_root / path.lstrip("/")


class NotThisWay(Exception):  # noqa: N818  it is no error: the next way is taken
    """A way did not lead to a driver. The message is a sentence: what, why, and what would help."""


class NoWay(Exception):  # noqa: N818
    """No way can: what stands against it would against every other, too. The message is a sentence."""


class InUse(NoWay):
    """Somebody captures with a driver just now. The message says who, and with which."""


@dataclass(frozen=True)
class Step:
    """One way that was tried: `running`, `installed`, `stored`, `downloaded` or `built`."""

    way: str
    succeeded: bool
    sentence: str
    """What was done, or why it was not possible."""
    in_use: bool = False
    """Whether it was not possible because somebody captures."""


@dataclass(frozen=True)
class Outcome:
    """How a driver was obtained, or why it was not."""

    driver: str
    """`kmod` or `ebpf`."""
    steps: tuple[Step, ...]

    @property
    def in_use(self) -> bool:
        """Whether somebody captures with this driver or another one, so that it was left as it is."""
        return any(step.in_use for step in self.steps)

    @property
    def ready(self) -> bool:
        """Whether the last step brought the driver."""
        return bool(self.steps) and self.steps[-1].succeeded

    @property
    def way(self) -> str | None:
        """The way that succeeded."""
        return self.steps[-1].way if self.ready else None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why each other way was not taken."""
        return tuple(f"{step.way}: {step.sentence}" for step in self.steps if not step.succeeded)


Way = tuple[str, Callable[[], str]]
"""A name, and what returns the sentence of its success or raises NotThisWay."""


def in_turn(driver: str, ways: Iterable[Way], say: Callable[[str], None]) -> Outcome:
    """Try ways until one succeeds, or one says that none can."""
    steps: list[Step] = []
    for name, way in ways:
        try:
            steps.append(Step(name, True, way()))
        except (NotThisWay, NoWay) as reason:
            steps.append(Step(name, False, str(reason), isinstance(reason, InUse)))
            say(f"{driver}, {name}: {reason}")
            if isinstance(reason, NoWay):
                break
            continue
        say(f"{driver}, {name}: {steps[-1].sentence}")
        break
    return Outcome(driver, tuple(steps))
