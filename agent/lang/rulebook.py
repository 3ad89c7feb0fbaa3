"""The result of loading rule files."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from agent.lang.output import parse_output
from agent.lang.plan import PlanBuilder
from agent.lang.vocabulary import schema_vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.lang.compile import RuleCompiler
    from agent.lang.diagnostics import Diagnostic
    from agent.lang.items import ListItem, MacroItem, RuleItem
    from agent.lang.macros import Macro
    from agent.lang.rule import Rule
    from agent.lang.versions import PluginAlternatives, Version
    from agent.lang.yaml_nodes import Node


@dataclass(slots=True)
class FileResult:
    """What was found while a file was loaded."""

    name: str
    diagnostics: list[Diagnostic] = field(default_factory=list)
    documents: list[Node] | None = None
    """The file as a tree, None where it could not be read as YAML."""

    def add(self, found: Diagnostic) -> None:
        """Put another diagnostic of this file to the others, by its place."""
        self.diagnostics = sorted([*self.diagnostics, found], key=lambda one: (one.line or 0, one.column or 0))

    @property
    def ok(self) -> bool:
        """Whether there was no error."""
        return not self.errors

    @property
    def errors(self) -> list[Diagnostic]:
        """The errors."""
        return [found for found in self.diagnostics if found.is_error]

    @property
    def warnings(self) -> list[Diagnostic]:
        """The warnings."""
        return [found for found in self.diagnostics if not found.is_error]


@dataclass(slots=True)
class RuleBook:
    """Rules, macros and lists of all files, and every diagnostic; ``compiled`` is how they were understood.

    With an error (``ok`` is false) the rules that have none are there all the same, but must not be used to watch.
    """

    rules: list[Rule]
    items: dict[str, RuleItem]
    macros: dict[str, MacroItem]
    lists: dict[str, ListItem]
    files: list[FileResult]
    required_engine: Version | None
    required_plugins: list[PluginAlternatives]
    compiled: RuleCompiler

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """Everything found, file by file."""
        return [found for file in self.files for found in file.diagnostics]

    @property
    def ok(self) -> bool:
        """Whether no file had an error."""
        return all(file.ok for file in self.files)

    def plan(self, *, priority_threshold: int = 7, rule_matching: str = "first") -> dict[str, Any]:
        """The plan of the enabled rules whose priority number is at most the threshold.

        ``rule_matching`` is ``first`` or ``all``. Raises ValueError when the files had errors, or for another word.
        """
        if rule_matching not in ("first", "all"):
            raise ValueError(f"rule_matching is 'first' or 'all', not '{rule_matching}'")
        if not self.ok:
            raise ValueError("rules with errors have no plan")
        chosen = [rule for rule in self.rules if rule.enabled and rule.priority <= priority_threshold]
        return PlanBuilder(self.compiled.macros.macros).build(chosen, rule_matching)

    def explaining_plan(
        self, rule: Rule, before: Sequence[Rule], output: str, rule_matching: str
    ) -> tuple[dict[str, Any], int]:
        """A plan in which macros and exceptions keep their names, for `_core.Engine.explain`: of the rules ``before``
        and then ``rule``, which shows its events in the format ``output``. Also the rule's index in it.
        """
        segments = tuple(parse_output(output, schema_vocabulary()).segments)
        chosen = [*before, replace(rule, segments=segments)]
        return PlanBuilder(self.compiled.macros.macros, named=True).build(chosen, rule_matching), len(before)

    @property
    def linked(self) -> dict[str, Macro]:
        """The macros with their conditions; each follows those it uses."""
        return self.compiled.macros.macros
