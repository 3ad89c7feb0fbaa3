"""Which near-misses of a rule are worth showing: those that the same clauses caused say little after the first few."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from agent.report import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

SHOWN_ALIKE = 3
"""Near-misses shown of those that have the same clauses in the way."""

_MAX_KINDS = 10_000
"""Sets of clauses told apart; what comes after them counts as of one kind."""

_LISTED = 20
"""Kinds of which the rest is told at the end."""

_Kind = tuple[str, ...]


class NearMisses:
    """Counts near-misses by the clauses that were in the way."""

    def __init__(self) -> None:
        self._seen: Counter[_Kind] = Counter()

    def wanted(self, explained: Mapping[str, Any]) -> bool:
        """Count the near-miss of an explanation (`_core.pyi`) and say whether it is one to show."""
        kind = tuple(sorted(set(_decisive(explained["tree"]))))
        if kind not in self._seen and len(self._seen) >= _MAX_KINDS:
            kind = ()
        self._seen[kind] += 1
        return self._seen[kind] <= SHOWN_ALIKE

    def left_out(self) -> list[str]:
        """Say how many were not shown of each kind, the most frequent first; empty when all were."""
        rest = [(kind, number - SHOWN_ALIKE) for kind, number in self._seen.most_common() if number > SHOWN_ALIKE]
        if not rest:
            return []
        total = sum(number for _, number in rest)
        verb = "was" if total == 1 else "were"
        lines = [f"{counted(total, 'event')} that nearly fired {verb} not shown (--all shows them), with in the way:"]
        lines += [f"  {number:>11,}  {' and '.join(kind) or 'other clauses'}" for kind, number in rest[:_LISTED]]
        if others := rest[_LISTED:]:
            lines.append(
                f"  {sum(number for _, number in others):>11,}  {counted(len(others), 'other set')} of clauses"
            )
        return lines


def _decisive(part: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    parts = [part]
    while parts:
        part = parts.pop()
        if part.get("decisive"):
            found.append(part["text"])
        parts += part.get("parts", ())
    return found
