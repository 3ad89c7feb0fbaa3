"""Collects the items of rule files, one file after another: definitions, redefinitions, appends and overrides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agent.lang.collect_rules import collect_rule
from agent.lang.diagnostics import Code, Diagnostic, LoadError, Step, shown
from agent.lang.item_keys import ALTERNATIVE, ITEMS, LIST, MACRO, PLUGIN, Key, appendable, names, replaceable
from agent.lang.items import ListItem, MacroItem, RuleItem
from agent.lang.options import ExtensionError
from agent.lang.overrides import read_overrides
from agent.lang.reading import Context, Keys, place_of
from agent.lang.versions import (
    PluginAlternatives,
    PluginRequirement,
    Version,
    parse_engine_version,
    parse_version,
)
from agent.lang.yaml_nodes import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from agent.lang.options import LoadOptions

MAX_FAULTS = 10_000
"""Errors and warnings after which the rest of a file is left unread."""

_KINDS = tuple(ITEMS)
_LIST_NAME = re.compile(r"[^()\"' \t\r\n\f\v=,]+\Z")
_MACRO_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*\Z")


class Collector:
    """Everything defined so far.

    ``changed`` holds the names of lists and macros that the current file defined or changed; ``broken`` those, with
    their kind, that have an error, so that what uses them need not be reported again.
    """

    def __init__(self, options: LoadOptions) -> None:
        self.options = options
        self.lists: dict[str, ListItem] = {}
        self.macros: dict[str, MacroItem] = {}
        self.rules: dict[str, RuleItem] = {}
        self.required_engine: Version | None = None
        self.required_plugins: list[tuple[PluginAlternatives, Context]] = []
        self.diagnostics: list[Diagnostic] = []
        self.changed: set[str] = set()
        self.changed_rules: set[str] = set()
        self.broken: set[tuple[str, str]] = set()
        self._count = 0

    def report(self, found: Diagnostic) -> None:
        """Keeps a diagnostic."""
        self.diagnostics.append(found)

    def next_index(self) -> int:
        """The place of the next item among all items."""
        self._count += 1
        return self._count

    def collect(self, documents: list[Node]) -> None:
        """Takes in the documents of one file. Errors are kept, and the items that have them left out."""
        self.changed.clear()
        self.changed_rules.clear()
        for document in documents:
            if isinstance(document, Scalar) and document.is_null:
                continue
            context = Context((Step("rules content", "", place_of(document)),))
            if not isinstance(document, Sequence):
                message = "a rule file is a sequence of items: start each one with '- rule:', '- macro:' or '- list:'"
                self.report(context.invalid(message).diagnostic)
                continue
            for item in document.items:
                if not (isinstance(item, Scalar) and item.is_null):
                    self._collect_item(item, context)
                if len(self.diagnostics) >= MAX_FAULTS:
                    message = (
                        f"there are more than {MAX_FAULTS:,} errors and warnings; the rest of the file is not read"
                    )
                    self.report(context.inside("rules content item", "", item).invalid(message).diagnostic)
                    return

    def _collect_item(self, node: Node, outer: Context) -> None:
        context = outer.inside("rules content item", "", node)
        if not isinstance(node, Mapping):
            message = "an item must be a mapping, such as 'rule: name' with its other keys below"
            self.report(context.invalid(message).diagnostic)
            return
        kind = name = ""
        try:
            keys = Keys(node, context, self.report)
            kind = next((word for word in _KINDS if word in keys), "")
            if not kind and self._extension(keys, outer, node):
                return
            if not kind:
                message = "unknown item; it is ignored (an item starts with one of: " + ", ".join(_KINDS) + ")"
                self.report(context.diagnostic(Code.UNKNOWN_ITEM, message))
                return
            if kind in ("list", "macro", "rule"):
                name = keys.required(kind, f"a {kind}").value
                keys.context = outer.inside(kind, name, node)
                {"list": self._list, "macro": self._macro, "rule": self._rule}[kind](name, keys)
            elif kind == "required_engine_version":
                self._engine_version(keys)
            else:
                self._plugin_versions(keys)
        except LoadError as problem:
            self.report(problem.diagnostic)
            if name:
                self.broken.add((kind, name))

    def _extension(self, keys: Keys, outer: Context, node: Node) -> bool:
        """Hands an item to the extension that knows its kind, if there is one."""
        kind = next((word for word in self.options.extensions if word in keys), None)
        if kind is None:
            return False
        keys.context = outer.inside("extension item", kind, node)
        try:
            for warning in self.options.extensions[kind](keys):
                self.report(keys.context.diagnostic(Code.WARNING_EXTENSION, warning))
        except ExtensionError as problem:
            raise keys.context.problem(Code.ERR_EXTENSION, str(problem)) from None
        return True

    def _rule(self, name: str, keys: Keys) -> None:
        collect_rule(self, name, keys)

    def _list(self, name: str, keys: Keys) -> None:
        keys.warn_unknown(names(LIST), "a list", self.report)
        if not _LIST_NAME.match(name):
            message = (
                f"the list name '{shown(name)}' has characters a condition cannot refer to (blanks, quotes, ( ) = ,)"
            )
            self.report(keys.context.diagnostic(Code.INVALID_LIST_NAME, message))
        overrides = read_overrides(keys, appendable=appendable(LIST), replaceable=replaceable(LIST), report=self.report)
        items = keys.texts("items", "each item")
        if items is None:
            raise keys.context.invalid("a list needs the key 'items'")
        known = self.lists.get(name)
        if overrides:
            if known is None:
                raise self._missing("list", name, keys)
            known.items = known.items + items if overrides["items"] == "append" else items
            known.context = keys.context
            known.visibility = self.next_index()
        else:
            index = self.next_index()
            self.lists[name] = ListItem(name, keys.context, known.index if known else index, index, items)
            self.broken.discard(("list", name))
        self.changed.add(name)

    def _macro(self, name: str, keys: Keys) -> None:
        keys.warn_unknown(names(MACRO), "a macro", self.report)
        if not _MACRO_NAME.match(name):
            message = (
                f"the macro name '{shown(name)}' cannot be used in a condition: a name starts with a letter and has "
                "letters, digits and '_' only"
            )
            self.report(keys.context.diagnostic(Code.INVALID_MACRO_NAME, message))
        overrides = read_overrides(
            keys, appendable=appendable(MACRO), replaceable=replaceable(MACRO), report=self.report
        )
        condition = keys.required("condition", "a macro")
        known = self.macros.get(name)
        if overrides:
            if known is None:
                raise self._missing("macro", name, keys)
            known.condition = [*known.condition, condition] if overrides["condition"] == "append" else [condition]
            known.context = keys.context
            known.visibility = self.next_index()
        else:
            index = self.next_index()
            self.macros[name] = MacroItem(name, keys.context, known.index if known else index, index, [condition])
            self.broken.discard(("macro", name))
        self.changed.add(name)

    def _missing(self, kind: str, name: str, keys: Keys) -> LoadError:
        message = f"there is no {kind} '{shown(name)}' before this item that it could append to or override"
        return keys.context.problem(Code.ERR_VALIDATE, message)

    def _engine_version(self, keys: Keys) -> None:
        keys.context = keys.context.inside("required_engine_version", "", keys.node)
        text = keys.required("required_engine_version", "the item")
        version = parse_engine_version(text.value)
        if version is None:
            message = f"'{shown(text.value)}' is not an engine version: give a number or x.y.z"
            raise keys.context.problem(Code.ERR_YAML_VALIDATE, message, place_of(text))
        if not self.options.engine_version.satisfies(version):
            message = f"the rules need engine version {version}; this agent has {self.options.engine_version}"
            raise keys.context.problem(Code.ERR_VALIDATE, message, place_of(text))
        keys.warn_unknown(names(ITEMS["required_engine_version"]), "this item", self.report)
        if self.required_engine is None or version > self.required_engine:
            self.required_engine = version

    def _plugin_versions(self, keys: Keys) -> None:
        context = keys.context.inside("required plugin versions", "", keys.node)
        keys.context = context
        keys.warn_unknown(names(ITEMS["required_plugin_versions"]), "this item", self.report)
        for node in keys.sequence("required_plugin_versions") or []:
            entry_context = context.inside("required plugin versions entry", "", node)
            entry, requirement = self._plugin(node, entry_context, PLUGIN)
            choices = [requirement]
            for alternative in entry.sequence("alternatives") or []:
                inner = entry_context.inside("required plugin versions alternative", "", alternative)
                _, requirement = self._plugin(alternative, inner, ALTERNATIVE)
                if any(choice.name == requirement.name for choice in choices):
                    raise inner.invalid(f"the plugin '{shown(requirement.name)}' is named twice among the alternatives")
                choices.append(requirement)
            self.required_plugins.append((PluginAlternatives(tuple(choices)), entry_context))

    def _plugin(self, node: Node, context: Context, known: tuple[Key, ...]) -> tuple[Keys, PluginRequirement]:
        if not isinstance(node, Mapping):
            raise context.invalid("a required plugin is a mapping with the keys 'name' and 'version'")
        keys = Keys(node, context, self.report)
        keys.warn_unknown(names(known), "a required plugin", self.report)
        name = keys.required("name", "a required plugin").value
        text = keys.required("version", "a required plugin")
        version = parse_version(text.value)
        if version is None:
            raise context.invalid(f"'{shown(text.value)}' is not a version; give x.y.z", text)
        return keys, PluginRequirement(name, version)
