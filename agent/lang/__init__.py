"""The rule language: rule files to checked rules, and rules to the plan that the engine executes.

    book = load_rules([Path("/etc/agent/rules.d")])
    if book.ok:
        plan = book.plan(priority_threshold=7, rule_matching="first")

Files pass through these modules: `yaml_nodes` (text to nodes with positions), `collect` (nodes to lists, macros and
rules), `lists`, `grammar` and `conditions` (condition texts to checked conditions), `macros` (how they hang together),
`output` (output strings), `compile` (all of it for each rule) and `plan`.
"""

from agent.lang.diagnostics import Code, Diagnostic, Location, Severity
from agent.lang.item_keys import PRIORITIES
from agent.lang.load import load_rules
from agent.lang.options import ENGINE_VERSION, ExtensionError, LoadOptions
from agent.lang.reading import parse_priority
from agent.lang.results import render_diagnostic, results_json, results_text
from agent.lang.rule import Rule
from agent.lang.rulebook import FileResult, RuleBook

__all__ = [
    "ENGINE_VERSION",
    "PRIORITIES",
    "Code",
    "Diagnostic",
    "ExtensionError",
    "FileResult",
    "LoadOptions",
    "Location",
    "Rule",
    "RuleBook",
    "Severity",
    "load_rules",
    "parse_priority",
    "render_diagnostic",
    "results_json",
    "results_text",
]
