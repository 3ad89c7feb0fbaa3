"""Putting the configuration together: defaults < main file < files it includes < `-o` options."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.config.conversion import convert
from agent.config.diagnostics import key_warnings
from agent.config.document import MAX_BYTES, Document, KeyPath, parse_document
from agent.config.options import apply_option
from agent.config.settings import Settings
from agent.errors import ConfigError

DEFAULT_CONFIG_PATH = Path("/etc/agent/agent.yaml")

STRATEGIES = ("append", "override", "add-only")


@dataclass(frozen=True)
class LoadedConfig:
    """The checked settings, the files they came from, and what a person should be told about them."""

    settings: Settings
    files: tuple[Path, ...]
    warnings: tuple[str, ...]


def load_config(path: Path | None, options: list[str]) -> LoadedConfig:
    """Read the configuration and check it.

    `path` is the file of `-c`; None means the default path, which may be absent. Raises ConfigError with the place
    (`file:line:column` or the `-o` option) of the first thing that cannot be used.
    """
    files: list[Path] = []
    warnings: list[str] = []
    document = Document()
    main = path if path is not None else DEFAULT_CONFIG_PATH
    if path is not None or main.exists():
        document = _read(main)
        files.append(main)
        for included, strategy in _included_files(document, main):
            extra = _read(included)
            if "config_files" in extra.data:
                raise ConfigError(
                    f"{extra.origins[('config_files',)]}: an included file cannot include others; "
                    f"list them all in config_files of {main}."
                )
            _merge(document, extra, strategy)
            files.append(included)
    for option in options:
        apply_option(document, option)
    _resolve_aliases(document)
    warnings += key_warnings(document)
    return LoadedConfig(convert(Settings, document), tuple(files), tuple(warnings))


def _read(path: Path) -> Document:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"The configuration {path} cannot be read: {error.strerror}.") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: the configuration is not UTF-8 text (byte {error.start}).") from None
    return parse_document(text, str(path))


def _included_files(document: Document, main: Path) -> list[tuple[Path, str]]:
    """Resolve `config_files`: a missing path is skipped, a directory stands for its regular files in order."""
    entries = document.data.get("config_files")
    if entries is None:
        return []
    place = document.origins[("config_files",)]
    if not isinstance(entries, list):
        raise ConfigError(f"{place}: config_files takes a list of paths.")
    found: list[tuple[Path, str]] = []
    for index, entry in enumerate(entries):
        place = document.origins[("config_files", index)]
        strategy = "append"
        name = entry
        if isinstance(entry, dict):
            name, strategy = entry.get("path"), entry.get("strategy", "append")
        if not isinstance(name, str) or not name:
            raise ConfigError(f"{place}: an entry of config_files is a path, or a mapping with a path and a strategy.")
        if strategy not in STRATEGIES:
            raise ConfigError(f"{place}: the strategy is append, override or add-only, not {strategy!r}.")
        path = Path(name)
        members = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
        for member in members:
            if not member.exists():
                continue
            if os.path.samefile(member, main):
                raise ConfigError(f"{place}: {member} includes itself.")
            found.append((member, strategy))
    return found


def _merge(document: Document, extra: Document, strategy: str) -> None:
    for key, value in extra.data.items():
        _merge_value(document, extra, document.data, key, value, (key,), strategy)


def _merge_value(
    document: Document, extra: Document, target: dict[str, Any], key: str, value: Any, path: KeyPath, strategy: str
) -> None:
    present = target.get(key)
    if present is None:
        _adopt(document, extra, path, path)
        target[key] = value
    elif isinstance(present, dict) and isinstance(value, dict) and strategy != "override":
        for name, content in value.items():
            _merge_value(document, extra, present, name, content, (*path, name), strategy)
    elif strategy == "add-only":
        return
    elif isinstance(present, list) and isinstance(value, list) and strategy == "append":
        for index, item in enumerate(value):
            _adopt(document, extra, (*path, index), (*path, len(present)))
            present.append(item)
    else:
        _adopt(document, extra, path, path)
        target[key] = value


def _adopt(document: Document, extra: Document, source: KeyPath, target: KeyPath) -> None:
    """Take over where the values below `source` of the extra document were written."""
    for path, place in extra.origins.items():
        if path[: len(source)] == source:
            document.origins[target + path[len(source) :]] = place


def _resolve_aliases(document: Document) -> None:
    if "rules_file" not in document.data:
        return
    place = document.origins[("rules_file",)]
    if "rules_files" in document.data:
        raise ConfigError(f"{place}: rules_file is the old name of rules_files; give only rules_files.")
    value = document.data.pop("rules_file")
    document.data["rules_files"] = [value] if isinstance(value, str) else value
    document.origins[("rules_files",)] = place
