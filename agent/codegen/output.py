"""Generated files: their headers, and writing them only when they change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

COMMAND = "python -m agent.codegen"


@dataclass(frozen=True, slots=True)
class Output:
    """One generated file: its path below the repository's root, and its whole text."""

    path: str
    text: str

    def is_stale(self, root: Path) -> bool:
        """Whether the file on disk is missing or differs."""
        try:
            return (root / self.path).read_text(encoding="utf-8") != self.text
        except FileNotFoundError:
            return True

    def write(self, root: Path) -> None:
        """Write the file, creating its folder."""
        target = root / self.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(self.text, encoding="utf-8")


def notice(source: str) -> str:
    """Return the sentence that every generated file opens with."""
    return f"Generated from {source} by `{COMMAND}`. Do not edit: change the source and run the command."
