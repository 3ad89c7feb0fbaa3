"""What the loader prints: tables for people, JSON for programs, assignments for shells."""

from __future__ import annotations

import json
import shlex
import sys
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.version import __version__
from loader.acquisition import Request
from loader.choice import Choice
from loader.doctor import Diagnosis
from loader.facts.gather import Facts
from loader.listing import Listing
from loader.names import MODULE
from loader.verdict import Obstacle

_COLOURS = {"works": "green", "possible": "green", "not possible": "red", "failed": "red"}


def show_doctor(diagnosis: Diagnosis, stream: TextIO | None = None, *, verbose: bool = False) -> None:
    """Print the table of drivers and that of the facts; `verbose` shows the facts with their evidence."""
    console = _console(stream or sys.stdout)
    machine = diagnosis.facts.machine
    where = ", ".join(platform.title for platform in diagnosis.facts.platforms)
    console.print(
        f"Linux {machine.kernel.release} on {machine.kernel.arch}: {diagnosis.facts.distribution.title}; {where}."
    )
    console.print()
    table = Table()
    for column in ("driver", "state", "why", "evidence", "remedy"):
        table.add_column(column, overflow="fold")
    for finding in diagnosis.findings:
        state = Text(finding.state + ("\nleft out" if finding.left_out else ""), style=_COLOURS[finding.state])
        for index, reason in enumerate(finding.reasons or (Obstacle("", "", ""),)):
            first = index == 0
            table.add_row(
                Text(finding.title) if first else "",
                state if first else "",
                Text(reason.reason),
                Text(reason.evidence),
                Text(reason.remedy),
                end_section=index == len(finding.reasons) - 1,
            )
    console.print(table)
    console.print(f"auto tries: {' → '.join(diagnosis.order) or 'nothing'}")
    if verbose:
        console.print()
        console.print(_facts_table(diagnosis.facts))
    else:
        console.print("-v shows every fact with its evidence.")


def _facts_table(facts: Facts) -> Table:
    table = Table()
    for column in ("fact", "value", "evidence"):
        table.add_column(column, overflow="fold")
    for name, value, evidence in facts.listing():
        table.add_row(Text(name), Text(value), Text(evidence))
    return table


def doctor_json(diagnosis: Diagnosis, request: Request) -> dict[str, Any]:
    """Return the whole picture."""
    facts = diagnosis.facts
    return {
        "kernel": _kernel(request),
        "distribution": facts.distribution.identity.value,
        "target": _target(request),
        "platforms": [vars(platform) for platform in facts.platforms],
        "order": list(diagnosis.order),
        "drivers": [
            {
                "driver": finding.driver,
                "state": finding.state,
                "left_out": finding.left_out,
                "reasons": [vars(reason) for reason in finding.reasons],
            }
            for finding in diagnosis.findings
        ],
        "facts": [{"name": name, "value": value, "evidence": said} for name, value, said in facts.listing()],
    }


def choice_json(choice: Choice, request: Request) -> dict[str, Any]:
    """Return what was chosen and what was not."""
    return {
        "driver": choice.driver,
        "commands": list(choice.commands),
        "kernel": _kernel(request),
        "target": _target(request),
        "attempts": [
            {"driver": each.driver, "state": each.state, "reasons": [vars(reason) for reason in each.reasons]}
            for each in choice.attempts
        ],
    }


def choice_lines(choice: Choice, *, dry_run: bool) -> list[str]:
    """Return what a person is told in the end."""
    lines = []
    for attempt in choice.attempts:
        lines.append(attempt.sentence)
        lines += [
            f"    do: {each.remedy}" for each in attempt.reasons if each.remedy and attempt.driver != choice.driver
        ]
    if choice.driver is not None:
        lines.append(f"Ready: {choice.driver}. Run: {' or '.join(choice.commands)}")
    elif dry_run:
        lines.append("Dry run: nothing was obtained, loaded or tried.")
    elif choice.pdig_is_left:
        lines.append("No driver that watches this host works here. Programs can be watched one by one:")
        lines += [f"  {command}" for command in choice.commands]
    else:
        lines.append("No driver works here. `agent-driver-loader doctor` says more.")
    return lines


def listing_lines(listing: Listing) -> list[str]:
    """Return one line for each driver that a repository has."""
    return [
        f"{each.prebuilt.driver}  {each.prebuilt.target.name}  {each.prebuilt.target.release}  "
        f"{each.prebuilt.target.version}  {each.repository}"
        for each in listing.drivers
    ]


def environment_lines(facts: Facts, request: Request, driver: str) -> list[str]:
    """Return what `--print-env` prints: assignments that a shell reads."""
    values = {
        "DRIVER": driver,
        "DRIVERS_REPO": ",".join(request.repositories),
        "DRIVER_VERSION": __version__,
        "DRIVER_NAME": MODULE,
        "HOST_ROOT": str(request.host_root),
        "TARGET_ID": request.target.name,
        "ARCH": request.kernel.arch,
        "KERNEL_RELEASE": request.kernel.release,
        "KERNEL_VERSION": request.kernel.version,
        "FIXED_KERNEL_RELEASE": request.target.release,
        "FIXED_KERNEL_VERSION": request.target.version,
        "PLATFORM": facts.platforms[0].name,
    }
    return [f"{name}={shlex.quote(value)}" for name, value in values.items()]


def print_json(value: object) -> None:
    """Print one JSON document."""
    print(json.dumps(value, indent=2, default=str))


def _kernel(request: Request) -> dict[str, str]:
    return {"release": request.kernel.release, "version": request.kernel.version, "arch": request.kernel.arch}


def _target(request: Request) -> dict[str, str]:
    return {"name": request.target.name, "release": request.target.release, "version": request.target.version}


def _console(stream: TextIO) -> Console:
    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    # A pipe has no width; what is wide reads better than what is folded at 80.
    return (
        console if console.is_terminal else Console(file=stream, highlight=False, markup=False, emoji=False, width=160)
    )
