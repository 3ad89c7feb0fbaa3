"""Choosing a driver: in the order of the platform table each is obtained and tried, and the first that works is it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers.bpf import probe
from drivers.bpf.probe import ProbeError
from loader import bpf, kernel_module, module
from loader.acquisition import NotThisWay, Outcome, Request
from loader.drivers import BY_NAME, DRIVERS
from loader.facts.gather import Facts
from loader.platform_table import PlatformTable
from loader.supply import supply
from loader.trial import Trial, try_driver
from loader.verdict import Obstacle, Verdict, verdicts

PDIG_COMMANDS = ("pdig-agent -- COMMAND [ARGUMENT...]", "pdig-agent -p PID")


@dataclass(frozen=True)
class Attempt:
    """What became of one driver. `state` is one of the words below."""

    driver: str
    state: str
    reasons: tuple[Obstacle, ...]

    @property
    def sentence(self) -> str:
        """Say it in one line."""
        said = "; ".join(reason.reason for reason in self.reasons)
        return f"{BY_NAME[self.driver].title}: {self.state}{f': {said}' if said else ''}"


@dataclass(frozen=True)
class Choice:
    """`driver` is what can be used now; None when nothing can, or nothing was tried."""

    driver: str | None
    attempts: tuple[Attempt, ...]
    commands: tuple[str, ...]
    """What to run with it; with pdig as the only way, what to run instead of the agent."""

    @property
    def pdig_is_left(self) -> bool:
        """Whether nothing works but pdig, which needs to be told what to watch."""
        return self.driver is None and any(attempt.state == NEEDS_TARGET for attempt in self.attempts)


CHOSEN, WOULD_TRY, NEEDS_TARGET = "chosen", "would be tried", "needs a target"
LEFT_OUT, IMPOSSIBLE, FAILED, IN_USE = "left out", "impossible", "failed", "in use"


@dataclass(frozen=True)
class Steps:
    """What choosing does to the machine; tests put others in their place."""

    acquire: Mapping[str, Callable[[Request], Outcome]]
    attempt: Callable[[str], Trial]
    take_out: Callable[[str], None]


def real_steps() -> Steps:
    """Return what really obtains and tries."""
    return Steps({"ebpf": bpf.acquire, "kmod": module.acquire}, try_driver, take_out)


def take_out(driver: str) -> None:
    """Take a driver that does not work out of the kernel again."""
    with contextlib.suppress(NotThisWay, ProbeError, OSError):
        if driver == "kmod":
            kernel_module.remove()
        elif driver == "ebpf":
            probe.unload()


def choose(
    facts: Facts,
    table: PlatformTable,
    request: Request,
    *,
    only: str | None = None,
    prefer: str | None = None,
    dry_run: bool = False,
    steps: Steps | None = None,
) -> Choice:
    """Find the driver to use: `only` that one, whatever the table says of it, or the first of the table's order.

    With `dry_run` nothing is obtained, loaded or tried, and what would be stays open.
    """
    steps = steps or real_steps()
    judged = verdicts(facts)
    order = table.order_for(facts, prefer)
    attempts: list[Attempt] = []
    if only is None:
        attempts += [
            Attempt(each.driver, LEFT_OUT, (Obstacle(each.rule.reason, each.evidence, _by_name(each.driver)),))
            for each in order.avoided
        ]
    chosen = None
    for driver in (only,) if only else order.drivers:
        attempt = _attempt(judged[driver], facts, request, steps, asked_for=only is not None, dry_run=dry_run)
        attempts.append(attempt)
        if attempt.state == CHOSEN:
            chosen = driver
            break
    attempts.sort(key=lambda attempt: _rank(attempt.driver, order.drivers))
    if chosen is not None:
        return Choice(chosen, tuple(attempts), PDIG_COMMANDS if chosen == "pdig" else (_agent(chosen),))
    left = any(attempt.state == NEEDS_TARGET for attempt in attempts)
    return Choice(None, tuple(attempts), PDIG_COMMANDS if left else ())


def _attempt(
    verdict: Verdict, facts: Facts, request: Request, steps: Steps, *, asked_for: bool, dry_run: bool
) -> Attempt:
    driver = verdict.driver
    if not verdict.possible:
        return Attempt(driver, IMPOSSIBLE, verdict.obstacles)
    if dry_run:
        source = supply(driver, facts, request)
        if not source.any:
            return Attempt(driver, IMPOSSIBLE, source.lacking)
        state = WOULD_TRY if driver != "pdig" or asked_for else NEEDS_TARGET
        return Attempt(driver, state, (Obstacle(_told(source.ready, source.ways), "", ""),))
    said = ""
    if driver in steps.acquire:
        outcome = steps.acquire[driver](request)
        if not outcome.ready:
            state = IN_USE if outcome.in_use else FAILED
            return Attempt(driver, state, tuple(Obstacle(reason, "", "") for reason in outcome.reasons))
        said = outcome.steps[-1].sentence
    if not facts.machine.runs:
        if driver in steps.acquire:
            return Attempt(driver, CHOSEN, (Obstacle(said, "", ""),))
        reason = f"it cannot be tried for {facts.machine.kernel.release}, which does not run here"
        return Attempt(driver, FAILED, (Obstacle(reason, "", ""),))
    request.say(f"{driver}: trying it")
    trial = steps.attempt(driver)
    if not trial.works:
        steps.take_out(driver)
        return Attempt(driver, FAILED, (Obstacle(trial.sentence, "tried in a process of its own", ""),))
    if driver == "pdig" and not asked_for:
        reason = f"it works ({trial.sentence}), and has to be told what to watch: {' or '.join(PDIG_COMMANDS)}"
        return Attempt(driver, NEEDS_TARGET, (Obstacle(reason, "", ""),))
    said = f"{said}; {trial.sentence}" if said else trial.sentence
    return Attempt(driver, CHOSEN, (Obstacle(said, "", ""),))


def _told(ready: str, ways: Mapping[str, str]) -> str:
    return ready or "; ".join(f"{way}: {what}" for way, what in ways.items())


def _by_name(driver: str) -> str:
    name = (BY_NAME[driver].aliases or (driver,))[0]
    return f"it can be asked for by name: agent-driver-loader {name}"


def _agent(driver: str) -> str:
    return f"agent {BY_NAME[driver].flag}"


def _rank(driver: str, order: tuple[str, ...]) -> tuple[int, int]:
    return (order.index(driver), 0) if driver in order else (len(order), DRIVERS.index(driver))
