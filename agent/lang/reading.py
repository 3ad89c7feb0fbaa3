"""Typed access to the keys of an item; what stands there instead is an error that names key, item and place."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from agent.lang.diagnostics import Code, Diagnostic, LoadError, Step, diagnostic, shown
from agent.lang.item_keys import PRIORITIES
from agent.lang.source import Place
from agent.lang.yaml_nodes import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_TRUE = frozenset(("y", "yes", "true", "on"))
_FALSE = frozenset(("n", "no", "false", "off"))
_DIGITS = re.compile(r"(?:0x[0-9a-fA-F]{1,16}|[0-9]{1,20})\Z")

_PRIORITY_NUMBERS = {name.lower(): number for number, name in enumerate(PRIORITIES)} | {"info": 6}


def parse_priority(text: str) -> int | None:
    """Number of a priority name in any case; ``info`` counts as Informational. None when there is no such priority."""
    return _PRIORITY_NUMBERS.get(text.lower())


def place_of(node: Node) -> Place:
    """Where a node starts."""
    return Place(node.file, node.start)


class Context:
    """The way from the file's content to a node, for diagnostics."""

    __slots__ = ("steps",)

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self.steps = steps

    def inside(self, item_type: str, item_name: str, node: Node) -> Context:
        """The context one step further in."""
        return Context((*self.steps, Step(item_type, item_name, place_of(node))))

    def diagnostic(
        self, code: Code, message: str, exact: Place | None = None, *, deprecated_field: str | None = None
    ) -> Diagnostic:
        """A diagnostic at ``exact``, or where the innermost step starts."""
        place = exact if exact is not None else self.steps[-1].place
        return diagnostic(code, message, self.steps, place, deprecated_field=deprecated_field)

    def problem(self, code: Code, message: str, exact: Place | None = None) -> LoadError:
        """The same, to be raised."""
        return LoadError(self.diagnostic(code, message, exact))

    def invalid(self, message: str, node: Node | None = None) -> LoadError:
        """A fault of the file's structure."""
        return self.problem(Code.ERR_YAML_VALIDATE, message, place_of(node) if node is not None else None)


class Keys:
    """The keys of one mapping. The first of two equal keys counts."""

    def __init__(self, node: Mapping, context: Context, report: Callable[[Diagnostic], None]) -> None:
        self.node = node
        self.context = context
        self._values: dict[str, Node] = {}
        self._key_nodes: dict[str, Node] = {}
        for key, value in node.pairs:
            if not isinstance(key, Scalar):
                raise context.invalid("a key of an item must be a plain word, not a sequence or mapping", key)
            if key.value in self._values:
                message = f"the key '{shown(key.value)}' is given twice; only the first one counts"
                report(context.diagnostic(Code.UNKNOWN_KEY, message, place_of(key)))
                continue
            self._values[key.value] = value
            self._key_nodes[key.value] = key

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def get(self, key: str) -> Node | None:
        """The value of a key, None without it."""
        return self._values.get(key)

    def key_place(self, key: str) -> Place:
        """Where a key stands."""
        return place_of(self._key_nodes[key])

    def warn_unknown(self, known: Collection[str], what: str, report: Callable[[Diagnostic], None]) -> None:
        """Reports every key that is not among ``known``."""
        for key, node in self._key_nodes.items():
            if key in known:
                continue
            close = get_close_matches(key, known, 1, 0.75) if len(key) < 60 else []
            hint = f" — did you mean '{close[0]}'?" if close else ""
            message = f"unknown key '{shown(key)}' in {what}; it is ignored{hint}"
            report(self.context.diagnostic(Code.UNKNOWN_KEY, message, place_of(node)))

    def scalar(self, key: str, *, empty: bool = False) -> Scalar | None:
        """A text that is not empty (unless ``empty``), None without the key."""
        node = self._values.get(key)
        if node is None:
            return None
        context = self.context.inside("value for", key, node)
        return text_of(node, f"'{key}'", context, empty=empty, at=self._key_nodes[key])

    def required(self, key: str, what: str) -> Scalar:
        """A text that must be there."""
        found = self.scalar(key)
        if found is None:
            raise self.context.invalid(f"{what} needs the key '{key}'")
        return found

    def boolean(self, key: str, default: bool) -> bool:
        """A truth value: true, yes, on, y and their opposites, in any case."""
        node = self.scalar(key)
        if node is None:
            return default
        word = node.value.lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        context = self.context.inside("value for", key, node)
        raise context.invalid(f"'{key}' must be true or false, not '{shown(node.value)}'")

    def unsigned(self, key: str, default: int, limit: int) -> int:
        """A whole number from zero to ``limit``."""
        node = self.scalar(key)
        if node is None:
            return default
        if not _DIGITS.match(node.value) or int(node.value, 0 if node.value.startswith("0x") else 10) > limit:
            context = self.context.inside("value for", key, node)
            raise context.invalid(f"'{key}' must be a whole number from 0 to {limit}, not '{shown(node.value)}'")
        return int(node.value, 0 if node.value.startswith("0x") else 10)

    def sequence(self, key: str) -> list[Node] | None:
        """The items of a sequence, None without the key."""
        node = self._values.get(key)
        if node is None:
            return None
        if not isinstance(node, Sequence):
            context = self.context.inside("value for", key, _where(node, self._key_nodes[key]))
            raise context.invalid(f"'{key}' must be a sequence, such as [a, b]")
        return node.items

    def texts(self, key: str, item: str) -> list[Scalar] | None:
        """A sequence of texts, None without the key."""
        nodes = self.sequence(key)
        if nodes is None:
            return None
        texts: list[Scalar] = []
        for node in nodes:
            inside = self.context.inside("list item", "", node) if key == "items" else self.context
            texts.append(text_of(node, f"{item} of '{key}'", inside))
        return texts


def text_of(node: Node, what: str, context: Context, *, empty: bool = False, at: Node | None = None) -> Scalar:
    """``node`` as a text. Raises a problem when it is something else, null or (unless allowed) empty."""
    where = _where(node, at)
    if not isinstance(node, Scalar):
        kind = "sequence" if isinstance(node, Sequence) else "mapping"
        raise context.invalid(f"{what} must be a text, not a {kind}", where)
    if not empty and not node.value:
        raise context.invalid(f"{what} must not be empty", where)
    if node.is_null and not empty:
        raise context.invalid(f"{what} must not be null (write '{node.value}' in quotes if the word is meant)", where)
    return node


def _where(node: Node, key: Node | None) -> Node:
    """The node, or its key where the node takes no room."""
    return key if key is not None and isinstance(node, Scalar) and not node.value else node
