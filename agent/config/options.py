"""`-o key=value`: one value of the configuration, set from the command line.

The key is a dotted path; `[i]` selects an entry of a list and `[]` appends one; a backslash takes `.`, `[`, `]`, `=`
and itself literally. A value in braces is a YAML mapping, any other is text.
"""

import itertools
from typing import Any

from agent.config.document import MAX_DEPTH, Document, KeyPath, expand_variables, parse_document
from agent.config.settings import default_rules_files
from agent.errors import ConfigError

APPEND = -1
"""The index that a key path holds for `[]`."""


def split_option(option: str) -> tuple[KeyPath, str]:
    """Split `key=value` into the path and the value's text.

    >>> split_option("rules_files[]=/etc/agent/rules.d")
    (('rules_files', -1), '/etc/agent/rules.d')
    """
    path: list[str | int] = []
    name = ""
    expect_name = True
    position = 0
    while position < len(option):
        char = option[position]
        if char == "=":
            break
        if char == "\\" and position + 1 < len(option):
            name += option[position + 1]
            position += 2
            continue
        if char == ".":
            if not name and expect_name:
                raise ConfigError(f"-o {option}: the key has an empty part before character {position + 1}.")
            if name:
                path.append(name)
            name, expect_name = "", True
        elif char == "[":
            if name:
                path.append(name)
            elif not path or expect_name:
                raise ConfigError(f"-o {option}: a [ must follow a name.")
            close = option.find("]", position)
            digits = option[position + 1 : close] if close > 0 else "?"
            if digits and not (digits.isascii() and digits.isdigit() and len(digits) < 7):
                raise ConfigError(f"-o {option}: write [number] to change a list's entry, or [] to add one.")
            path.append(int(digits) if digits else APPEND)
            name, expect_name = "", False
            position = close
        elif not expect_name and not name:
            raise ConfigError(f"-o {option}: after ] comes a dot, another [ or the =.")
        else:
            name += char
        position += 1
    else:
        raise ConfigError(f"-o {option}: an option is written key=value, for example -o json_output=true.")
    if name:
        path.append(name)
    elif expect_name:
        raise ConfigError(f"-o {option}: there is no key before the =.")
    if len(path) > MAX_DEPTH:
        raise ConfigError(f"-o {option}: the key has more than {MAX_DEPTH} parts.")
    return tuple(path), option[position + 1 :]


def apply_option(document: Document, option: str) -> None:
    """Set one `-o` option in a document, in place, replacing what a file said.

    Raises ConfigError when the option is not `key=value`, or when its path does not fit what is there.
    """
    path, text = split_option(option)
    place = f"-o {option}"
    stripped = text.strip()
    value: Any
    if stripped.startswith("{") and stripped.endswith("}"):
        value = parse_document(stripped, place).data
    else:
        value = expand_variables(text)

    container: Any = document.data
    reached: list[str | int] = []
    for unresolved, following in itertools.pairwise(path):
        step = _resolve(container, unresolved, reached, place)
        child = container[step] if _has(container, step) else None
        if isinstance(following, int) and not isinstance(child, list):
            if child is not None:
                raise ConfigError(f"{place}: {_dotted((*reached, step))} is not a list.")
            # One more entry than the default has, not one instead of it.
            child = default_rules_files() if (*reached, step) == ("rules_files",) and following == APPEND else []
        elif isinstance(following, str) and not isinstance(child, dict):
            if child is not None:
                raise ConfigError(f"{place}: {_dotted((*reached, step))} is not a mapping.")
            child = {}
        _store(container, step, child)
        container = child
        reached.append(step)
    last = _resolve(container, path[-1], reached, place)
    _store(container, last, value)
    full = (*reached, last)
    for stale in [known for known in document.origins if known[: len(full)] == full]:
        del document.origins[stale]
    document.origins[full] = place


def _resolve(container: Any, step: str | int, reached: list[str | int], place: str) -> str | int:
    if isinstance(step, str):
        return step
    if step == APPEND:
        return len(container)
    if step > len(container):
        raise ConfigError(
            f"{place}: {_dotted(reached)} has {len(container)} entries, so [{step}] does not exist; [] adds one."
        )
    return step


def _has(container: Any, step: str | int) -> bool:
    return step in container if isinstance(container, dict) else isinstance(step, int) and step < len(container)


def _store(container: Any, step: str | int, value: Any) -> None:
    if isinstance(container, list) and isinstance(step, int) and step == len(container):
        container.append(value)
    else:
        container[step] = value


def _dotted(path: KeyPath | list[str | int]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
