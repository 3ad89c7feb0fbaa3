"""`agent-driver-loader doctor`: each driver, whether it is possible, why, what says so, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from loader.acquisition import Request
from loader.drivers import BY_NAME, DRIVERS
from loader.facts.gather import Facts
from loader.platform_table import Avoided, PlatformTable
from loader.supply import Supply, supply
from loader.trial import Trial
from loader.verdict import Obstacle, Verdict, verdicts

_WAYS = {
    "installed": "it is installed",
    "stored": "it is kept from an earlier time",
    "download": "it would be downloaded",
    "build": "it would be built here",
}
WORKS, POSSIBLE, NOT_POSSIBLE, FAILED = "works", "possible", "not possible", "failed"


@dataclass(frozen=True)
class Finding:
    """One driver. `left_out`: `auto` does not try it, for the last of the reasons."""

    driver: str
    state: str
    left_out: bool
    reasons: tuple[Obstacle, ...]

    @property
    def title(self) -> str:
        """The driver's name for people."""
        return BY_NAME[self.driver].title


@dataclass(frozen=True)
class Diagnosis:
    """Every driver in the order in which `auto` tries them, those that it leaves out last."""

    facts: Facts
    order: tuple[str, ...]
    findings: tuple[Finding, ...]


def diagnose(
    facts: Facts,
    table: PlatformTable,
    request: Request,
    attempt: Callable[[str], Trial] | None,
    prefer: str | None = None,
) -> Diagnosis:
    """Judge every driver, and try those that need nothing to be obtained. With `attempt` None nothing is tried."""
    judged = verdicts(facts)
    order = table.order_for(facts, prefer)
    avoided = {each.driver: each for each in order.avoided}
    names = (*order.drivers, *(name for name in DRIVERS if name not in order.drivers))
    findings = [
        _finding(judged[name], supply(name, facts, request), avoided.get(name), attempt if facts.machine.runs else None)
        for name in names
    ]
    return Diagnosis(facts, order.drivers, tuple(findings))


def _finding(
    verdict: Verdict, source: Supply, avoided: Avoided | None, attempt: Callable[[str], Trial] | None
) -> Finding:
    driver = verdict.driver
    reasons = list(verdict.obstacles)
    if not verdict.possible or not source.any:
        state = NOT_POSSIBLE
        reasons += source.lacking
    elif source.ready and attempt is not None:
        trial = attempt(driver)
        state = WORKS if trial.works else FAILED
        reasons.append(Obstacle(trial.sentence, source.ready, BY_NAME[driver].command if trial.works else ""))
    else:
        state = POSSIBLE
        name = (BY_NAME[driver].aliases or (driver,))[0]
        command = BY_NAME[driver].command if source.ready else f"agent-driver-loader {name}"
        reasons += [Obstacle(_WAYS[way], what, command) for way, what in source.ways.items()]
        if source.ready:
            reasons.append(Obstacle(source.ready, "", command))
    if driver == "pdig" and state in (WORKS, POSSIBLE):
        reasons.append(Obstacle("it watches what it is told to, not the host", "", "pdig-agent -p PID"))
    if avoided is not None:
        said = f"auto leaves it out: {avoided.rule.reason}"
        source_of = f" ({avoided.rule.source})" if avoided.rule.source else ""
        reasons.append(Obstacle(said, f"{avoided.evidence}{source_of}", "/etc/agent/platforms.yaml can say otherwise"))
    return Finding(driver, state, avoided is not None, tuple(reasons))
