"""A driver that nobody named: the first that opens, in the order of the loader's platform table."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.capture.reports import OpenReport
from agent.capture.source import Source
from agent.errors import AgentError, DriverUnavailableError

if TYPE_CHECKING:
    from agent._core import Engine
    from loader.candidates import Candidate

AUTO = "auto"


class Automatic:
    """Opens one driver after the other until one is taken; which were not, and why, is in its report.

    `make` turns a driver's name into its source. Without `fallback` the first candidate is the only one.
    """

    def __init__(
        self, order: Callable[[], Iterable["Candidate"]], make: Callable[[str], Source], *, fallback: bool = True
    ) -> None:
        self._order = order
        self._make = make
        self._fallback = fallback
        self._opened: Source | None = None

    @property
    def kind(self) -> str:
        """The driver's name once it is open, before that `auto`."""
        return AUTO if self._opened is None else self._opened.kind

    def check(self) -> None:
        """Nothing is plain before a driver was opened."""

    def open(self, engine: "Engine") -> OpenReport:
        """Open the first driver that works. Raises DriverUnavailableError, with every driver's reason, without one."""
        from agent._core import CaptureError

        skipped: list[tuple[str, str]] = []
        for candidate in self._order():
            if candidate.left_out:
                skipped.append((candidate.driver, candidate.left_out))
                continue
            source = self._make(candidate.driver)
            try:
                source.check()
                report = source.open(engine)
            except (AgentError, CaptureError) as error:
                skipped.append((candidate.driver, str(error)))
            else:
                self._opened = source
                return replace(report, skipped=tuple(skipped))
            if not self._fallback:
                break
        raise DriverUnavailableError(_none(skipped, fallback=self._fallback))

    def close(self) -> None:
        """Give back what the driver holds besides the engine."""
        if self._opened is not None:
            self._opened.close()


def in_short(reason: str) -> str:
    """Return the first sentence of a reason, without its stop."""
    return re.split(r"[.:]\s", f"{reason.strip()} ", maxsplit=1)[0].rstrip(" .") or "no reason given"


def _none(skipped: list[tuple[str, str]], *, fallback: bool) -> str:
    from loader.choice import PDIG_COMMANDS

    lines = [f"  {driver}: {reason.splitlines()[0] if reason else 'no reason given'}" for driver, reason in skipped]
    if not fallback and skipped:
        return f"{skipped[0][1]}\nNo other driver was tried: engine.fallback is false."
    return "\n".join(
        [
            "No driver can capture here:",
            *lines,
            "`agent-driver-loader doctor` says what stands in the way of each and what can be done about it, and "
            "`agent-driver-loader` makes the one ready that works. Without any, pdig watches what it is told to: "
            f"{' or '.join(PDIG_COMMANDS)}.",
        ]
    )
