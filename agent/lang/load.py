"""Loads rule files."""

from __future__ import annotations

import gc
import os
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.lang.collect import Collector
from agent.lang.compile import RuleCompiler
from agent.lang.diagnostics import Code, LoadError, at_offset, file_diagnostic, shown
from agent.lang.options import LoadOptions
from agent.lang.rulebook import FileResult, RuleBook
from agent.lang.source import SourceFile
from agent.lang.versions import parse_version
from agent.lang.vocabulary import MAX_SUGGESTIONS, schema_vocabulary
from agent.lang.yaml_nodes import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from agent.lang.diagnostics import Diagnostic
    from agent.lang.versions import PluginAlternatives

MAX_FILE_BYTES = 16 * 1024 * 1024
"""Size of a rule file."""

MAX_DIAGNOSTICS = 1000
"""Errors, and warnings, of one file that are reported one by one."""

_SUFFIXES = (".yaml", ".yml")


def load_rules(paths: Sequence[Path], *, options: LoadOptions | None = None) -> RuleBook:
    """Loads rule files in the given order; a folder stands for its ``*.yaml`` and ``*.yml`` files, sorted by name.

    Faults of the files never raise: they are in the result, each with its place.
    """
    with _without_collections():
        return _load(paths, options or LoadOptions())


@contextmanager
def _without_collections() -> Iterator[None]:
    """Pauses the collector of cyclic garbage: loading makes many objects that stay; visiting them costs a fifth."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _load(paths: Sequence[Path], options: LoadOptions) -> RuleBook:
    vocabulary = options.vocabulary or schema_vocabulary()
    vocabulary.suggestions_left = MAX_SUGGESTIONS
    collector = Collector(options)
    compiler = RuleCompiler(vocabulary)
    results: list[FileResult] = []
    for path in paths:
        for name, entry in _entries(path):
            result = FileResult(name)
            results.append(result)
            try:
                documents = parse_yaml(_read(entry, name))
            except LoadError as problem:
                result.diagnostics.append(problem.diagnostic)
                continue
            result.documents = documents
            collector.collect(documents)
            found = [*collector.diagnostics, *compiler.update(collector)]
            collector.diagnostics.clear()
            result.diagnostics += found
    late = list(_missing_plugins(collector, options))
    if all(result.ok for result in results):  # an error may hide what uses a macro or a list
        late += _unused(collector, compiler)
    by_name = {result.name: result for result in reversed(results)}
    for diagnostic in late:
        by_name[diagnostic.file].diagnostics.append(diagnostic)
    for result in results:
        result.diagnostics = sorted(_bounded(result.diagnostics), key=_position)
    return RuleBook(
        compiler.rules,
        collector.rules,
        collector.macros,
        collector.lists,
        results,
        collector.required_engine,
        [alternatives for alternatives, _ in collector.required_plugins],
        compiler,
    )


def _bounded(found: list[Diagnostic]) -> list[Diagnostic]:
    """At most so many errors and warnings, and a word on the rest."""
    kept: list[Diagnostic] = []
    for kind in (True, False):
        alike = [diagnostic for diagnostic in found if diagnostic.is_error is kind]
        kept += alike[:MAX_DIAGNOSTICS]
        if len(alike) > MAX_DIAGNOSTICS:
            what = "errors" if kind else "warnings"
            message = f"{len(alike) - MAX_DIAGNOSTICS} more {what} of this file are not shown"
            kept.append(replace(alike[MAX_DIAGNOSTICS], message=message))
    return kept


def _position(found: Diagnostic) -> tuple[str, int, int]:
    return (found.file, found.line or 0, found.column or 0)


def _entries(path: Path) -> list[tuple[str, Path]]:
    """The files a path stands for, and the names they are shown by."""
    entries = [path]
    try:
        if path.is_dir():
            entries = sorted(entry for entry in path.iterdir() if entry.suffix in _SUFFIXES and not entry.is_dir())
    except (OSError, ValueError):
        pass  # reading it says why
    return [(shown(os.fspath(entry), 4096), entry) for entry in entries]


def _read(path: Path, name: str) -> SourceFile:
    """The text of a file. Raises :class:`LoadError`."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise LoadError(_unreadable(name, error)) from None
    if len(data) > MAX_FILE_BYTES:
        size = MAX_FILE_BYTES // (1024 * 1024)
        raise LoadError(file_diagnostic(Code.ERR_FILE_READ, f"the file is larger than {size} MiB; split it", name))
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return SourceFile(name, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        before = SourceFile(name, data[: error.start].decode("utf-8"))
        message = f"not valid YAML: the byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise LoadError(at_offset(Code.ERR_YAML_PARSE, message, before, len(before.text))) from None


def _unreadable(name: str, error: Exception) -> Diagnostic:
    if isinstance(error, FileNotFoundError):
        message = "there is no such file or folder"
    elif isinstance(error, PermissionError):
        message = "no permission to read it"
    else:
        message = f"it cannot be read: {getattr(error, 'strerror', None) or error}"
    return file_diagnostic(Code.ERR_FILE_READ, message, name)


def _missing_plugins(collector: Collector, options: LoadOptions) -> Iterator[Diagnostic]:
    """Required plugins that are missing or too old."""
    there = ", ".join(f"{name} {version}" for name, version in sorted(options.plugins.items())) or "none"
    for alternatives, context in collector.required_plugins:
        if not _satisfied(alternatives, options):
            message = f"the rules need the plugin {alternatives}; there is: {there}"
            yield context.diagnostic(Code.ERR_VALIDATE, shown(message, 400))


def _satisfied(alternatives: PluginAlternatives, options: LoadOptions) -> bool:
    for choice in alternatives.choices:
        version = parse_version(options.plugins.get(choice.name, ""))
        if version is not None and version.satisfies(choice.version):
            return True
    return False


def _unused(collector: Collector, compiler: RuleCompiler) -> Iterator[Diagnostic]:
    """Macros and lists that nothing uses."""
    for kind, code, items, used in (
        ("macro", Code.UNUSED_MACRO, collector.macros, compiler.used_macros),
        ("list", Code.UNUSED_LIST, collector.lists, compiler.used_lists),
    ):
        for name, item in items.items():
            if name not in used:
                message = f"the {kind} '{shown(name)}' is not used by any rule or macro"
                yield item.context.diagnostic(code, message)
