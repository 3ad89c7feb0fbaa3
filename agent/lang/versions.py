"""Versions that rule files ask for, of the engine and of plugins."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SEMVER = re.compile(r"(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?\Z")
_NUMBER = re.compile(r"\d{1,9}\Z")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A semantic version; what follows the three numbers takes no part in comparison."""

    major: int
    minor: int
    patch: int

    def satisfies(self, required: Version) -> bool:
        """Whether this version offers what ``required`` did: same major number, not older."""
        return self.major == required.major and self >= required

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def parse_version(text: str) -> Version | None:
    """A version ``x.y.z``, None when the text is none."""
    match = _SEMVER.match(text)
    return Version(int(match[1]), int(match[2]), int(match[3])) if match else None


def parse_engine_version(text: str) -> Version | None:
    """A version ``x.y.z``, or a single number N for ``0.N.0``."""
    return Version(0, int(text), 0) if _NUMBER.match(text) else parse_version(text)


@dataclass(frozen=True, slots=True)
class PluginRequirement:
    """A plugin and the version a rule file needs of it."""

    name: str
    version: Version


@dataclass(frozen=True, slots=True)
class PluginAlternatives:
    """Plugins of which one is enough, the first named one first."""

    choices: tuple[PluginRequirement, ...]

    def __str__(self) -> str:
        return " or ".join(f"{choice.name} {choice.version}" for choice in self.choices)
