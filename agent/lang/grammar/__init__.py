"""The grammar of conditions: text to tree, and tree to text."""

from agent.lang.grammar.builder import ConditionSyntaxError
from agent.lang.grammar.parser import MAX_NESTING, parse_condition, parse_list, parse_operand
from agent.lang.grammar.printer import Printer, Written, unparse

__all__ = [
    "MAX_NESTING",
    "ConditionSyntaxError",
    "Printer",
    "Written",
    "parse_condition",
    "parse_list",
    "parse_operand",
    "unparse",
]
