"""What loading rules depends on besides the files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.lang.versions import Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from agent.lang.reading import Keys
    from agent.lang.vocabulary import Vocabulary

ENGINE_VERSION = Version(0, 63, 0)
"""The version of the rule language that this front end understands."""


class ExtensionError(ValueError):
    """What an extension raises for an item it cannot take; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """``sources``: event sources that rules may be for. ``plugins``: plugin names and versions that are there;
    ``container`` is built in. ``vocabulary``: fields and events, by default those of the agent's schema.
    ``extensions``: readers of item kinds that are not the language's own, by the key they are known by. A reader gets
    the item's keys, returns warnings, and raises :class:`ExtensionError`.
    """

    sources: frozenset[str] = frozenset(("syscall",))
    plugins: Mapping[str, str] = field(default_factory=lambda: {"container": "0.7.1"})
    engine_version: Version = ENGINE_VERSION
    vocabulary: Vocabulary | None = None
    extensions: Mapping[str, Callable[[Keys], Iterable[str]]] = field(default_factory=dict)
