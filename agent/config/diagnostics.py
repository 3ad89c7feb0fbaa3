"""What to tell a person about a configuration's keys: those that do nothing, and what may have been meant."""

from collections.abc import Iterator
from typing import Any

from agent.config.conversion import known_keys
from agent.config.document import Document, KeyPath
from agent.config.settings import Settings

_RENAMED = {"rules_file", "config_files"}
"""Keys that `agent.config.loading` consumes before the settings are checked."""

NOT_YET_SUPPORTED = frozenset(
    (
        "append_output",
        "base_syscalls.custom_set",
        "base_syscalls.repair",
        "capture",
        "engine.ebpf.drop_failed_exit",
        "engine.ebpf.probe",
        "engine.kmod.drop_failed_exit",
        "engine.modern_ebpf.disable_iterators",
        "engine.modern_ebpf.drop_failed_exit",
        "engine.pdig",
        "engine.replay",
        "falco_libs.thread_table_auto_purging_interval_s",
        "falco_libs.thread_table_auto_purging_thread_timeout_s",
        "http_output",
        "libs_logger",
        "load_plugins",
        "log_syslog",
        "metrics",
        "plugins",
        "plugins_hostinfo",
        "program_output",
        "static_fields",
        "syscall_event_drops",
        "syscall_event_timeouts",
        "syslog_output",
        "watch_config_files",
        "webserver",
    )
)
"""Keys that Falco has and this version does not act on. A section's name stands for all of its keys."""


def key_warnings(document: Document) -> list[str]:
    """Return a sentence for each key that has no effect, but for sections that are switched off anyway."""
    known = set(known_keys(Settings)) | _RENAMED
    unsupported: list[str] = []
    warnings: list[str] = []
    for path, value in _leaves(document.data, known):
        dotted = ".".join(str(part) for part in path)
        section = _unsupported_section(dotted)
        if section is not None:
            if section not in unsupported and not _is_off(_at(document.data, section)):
                unsupported.append(section)
        elif dotted not in known and value is not None:
            place = document.origins.get(path, "the configuration")
            warnings.append(f"{place}: unknown key {dotted!r} has no effect{_suggestion(dotted, known)}.")
    if unsupported:
        names = ", ".join(unsupported)
        warnings.append(f"These configuration keys are not supported by this version and have no effect: {names}.")
    return warnings


def _leaves(value: dict[str, Any], known: set[str], path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Walk mappings down to keys without further known structure. Entries of lists are checked by their type."""
    for key, content in value.items():
        here = (*path, key)
        dotted = ".".join(str(part) for part in here)
        deeper = any(name.startswith(f"{dotted}.") for name in known | NOT_YET_SUPPORTED)
        if isinstance(content, dict) and content and deeper and dotted not in NOT_YET_SUPPORTED:
            yield from _leaves(content, known, here)
        else:
            yield here, content


def _unsupported_section(dotted: str) -> str | None:
    parts = dotted.split(".")
    for length in range(1, len(parts) + 1):
        name = ".".join(parts[:length])
        if name in NOT_YET_SUPPORTED:
            return name
    return None


def _at(data: Any, dotted: str) -> Any:
    for part in dotted.split("."):
        data = data.get(part) if isinstance(data, dict) else None
    return data


def _is_off(value: Any) -> bool:
    if isinstance(value, dict):
        return str(value.get("enabled", "")).lower() in ("false", "no", "off")
    return value in (None, "", [], {}) or str(value).lower() in ("false", "no", "off")


def _suggestion(dotted: str, known: set[str]) -> str:
    import difflib  # slow to import, and rarely needed

    close = difflib.get_close_matches(dotted, sorted(known), n=1, cutoff=0.75)
    return f" (did you mean {close[0]!r}?)" if close else ""
