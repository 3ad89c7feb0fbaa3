"""Loading texts as rule files, and reading what was found."""

from __future__ import annotations

from typing import Protocol

from agent.lang import LoadOptions, RuleBook


class Load(Protocol):
    """Loads texts as rule files ``r0.yaml``, ``r1.yaml``, … in this order."""

    def __call__(self, *texts: str, options: LoadOptions | None = None) -> RuleBook: ...


def messages(book: RuleBook, *, errors: bool = True) -> list[tuple[str, int | None, int | None, str]]:
    """Code, line, column and message of every error (or warning)."""
    return [
        (found.code.name_text, found.line, found.column, found.message)
        for found in book.diagnostics
        if found.is_error is errors
    ]
