"""Diagnostics and the results of ``--validate``, as text and as JSON data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.lang.diagnostics import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.lang.diagnostics import Diagnostic
    from agent.lang.rulebook import FileResult


def snippet(found: Diagnostic) -> str:
    """The line of the exact place, cut around it, with a caret below; empty where there is no line."""
    if found.column is None:
        return ""
    head = "…" if found.caret < found.column - 1 else ""
    line = "".join(char if char.isprintable() else " " for char in found.snippet)
    return f"{head}{line}\n{' ' * (len(head) + found.caret)}^"


def render_diagnostic(found: Diagnostic) -> str:
    """``path:line:column: error: message [CODE]`` with the line of text and a caret below."""
    lines = snippet(found)
    if not lines:
        return str(found)
    return str(found) + "\n" + "\n".join(f"  {line}" for line in lines.split("\n"))


def results_text(results: Iterable[FileResult], *, verbose: bool = True) -> str:
    """One block a file: ``name: Ok``, ``Ok, with warnings`` or ``Invalid``, and what was found.

    Without ``verbose`` warnings are only counted.
    """
    blocks: list[str] = []
    for result in results:
        errors, warnings = result.errors, result.warnings
        verdict = "Invalid" if errors else "Ok, with warnings" if warnings else "Ok"
        lines = [f"{result.name}: {verdict}"]
        if errors:
            lines.append(_counted(len(errors), "Error"))
            lines += [render_diagnostic(found) for found in errors]
        if warnings:
            lines.append(_counted(len(warnings), "Warning"))
            if verbose:
                lines += [render_diagnostic(found) for found in warnings]
        blocks.append("\n".join(lines))
    return "\n".join(blocks)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number > 1 else ''}:"


def results_json(results: Iterable[FileResult]) -> dict[str, Any]:
    """The results as data for JSON, in the form rule tooling of the field reads, under ``agent_load_results``."""
    return {
        "agent_load_results": [
            {
                "name": result.name,
                "successful": result.ok,
                **_schema_verdict(result),
                "errors": [_entry(found) for found in result.errors],
                "warnings": [_entry(found) for found in result.warnings],
            }
            for result in results
        ]
    }


def _schema_verdict(result: FileResult) -> dict[str, Any]:
    """What the JSON schema says; nothing where the file is no YAML."""
    from agent.lang.schema_check import schema_remarks

    if result.documents is None:
        return {}
    remarks = schema_remarks(result.documents)
    return {"schema_valid": not remarks, "schema_warnings": remarks}


def _entry(found: Diagnostic) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "code": found.code.name_text,
        "codedesc": found.code.short,
        "message": found.message,
        "context": {
            "locations": [
                {
                    "item_type": location.item_type,
                    "item_name": shown(location.item_name, 400),
                    "position": {
                        "name": location.file,
                        "line": location.line,
                        "column": location.column,
                        "offset": location.offset,
                    },
                }
                for location in found.locations
            ],
            "snippet": snippet(found),
        },
    }
    if found.deprecated_field is not None:
        entry["deprecated_field"] = found.deprecated_field
    return entry
