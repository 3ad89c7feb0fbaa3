"""Says in a sentence what is wrong where a condition cannot be parsed."""

from __future__ import annotations

import re
from difflib import get_close_matches

from agent.lang.grammar.builder import ConditionSyntaxError

_WORD = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.]*")
_LEXEME = re.compile(r"[^\s()=,\"'&|!<>]+|[=!<>&|]+|.", re.DOTALL)
_OPERATORS = (
    *("=", "!=", "<", "<=", ">", ">=", "exists", "contains", "icontains", "bcontains", "startswith", "bstartswith"),
    *("endswith", "glob", "iglob", "regex", "in", "intersects", "pmatch"),
)
_WORD_OPERATORS = tuple(op for op in _OPERATORS if op.isalpha())
_OPERATOR_TERMINALS = frozenset(("EXISTS", "NUM_OP", "STR_OP", "LIST_OP"))
_OPERAND_TERMINALS = frozenset(("FIELD", "TRANSFORMER", "NAME", "NOT"))
_FOREIGN = {"&&": "and", "&": "and", "||": "or", "|": "or", "!": "not", "<>": "!="}
_CUT = 40


def explain(text: str, offset: int, expected: set[str], start: str) -> ConditionSyntaxError:
    """The problem at ``offset``, where one of the terminals ``expected`` should stand."""
    offset = _skip_blanks(text, offset)
    wanted = _wanted(expected, start)
    if offset >= len(text):
        what = {"condition": "the condition", "list_body": "the list"}.get(start, "the expression")
        message = f"{what} is empty" if not text.strip() else f"{what} ends where {wanted} is expected"
        return ConditionSyntaxError(message, len(text.rstrip()))
    found = _found(text, offset)
    hint = _hint(text, offset, found, expected)
    return ConditionSyntaxError(f"unexpected {_shown(found)}: {wanted} is expected here{hint}", offset)


def _skip_blanks(text: str, offset: int) -> int:
    while offset < len(text) and text[offset] in " \t\b\r\n":
        offset += 1
    return offset


def _found(text: str, offset: int) -> str:
    match = _LEXEME.match(text, offset, offset + 200)
    return match.group() if match else text[offset]


def _shown(found: str) -> str:
    shown = found if len(found) <= _CUT else found[:_CUT] + "…"
    if not shown.isprintable():
        shown = "".join(char if char.isprintable() else f"U+{ord(char):04X}" for char in shown)
    return f"'{shown}'" if "'" not in shown else f'"{shown}"' if '"' not in shown else shown


def _wanted(expected: set[str], start: str) -> str:
    if expected & _OPERATOR_TERMINALS:
        return "an operator (" + " ".join(_OPERATORS) + ")"
    if "BARE" in expected and "LPAR" not in expected:
        return "a value"
    if "NUMBER" in expected and "FIELD" not in expected:
        return "a number, val(field) or a transformer"
    if "NUMBER" in expected:
        return "an argument: a field, a number, a text in quotes or a transformer"
    if "LPAR" in expected and "NAME" in expected and "FIELD" not in expected:
        return "a list in parentheses, val(field) or a transformer"
    if "VAL" not in expected and expected & _OPERAND_TERMINALS:
        return "a field" if "NAME" not in expected else "a comparison, a macro or '('"
    if expected & {"AND", "OR"}:
        return "'and', 'or' or ')'" if "RPAR" in expected else "'and', 'or' or the end of the condition"
    if "COMMA" in expected:
        return "',' or ')'" if "RPAR" in expected else "',' or the end of the list"
    if "RPAR" in expected:
        return "')'"
    return "the end" if "$END" in expected else "something else"


def _hint(text: str, offset: int, found: str, expected: set[str]) -> str:
    if found in ("'", '"') and text.find(found, offset + 1) < 0:
        return f"; the quote {found} opened here is never closed"
    if found in ("'", '"') and expected & {"QUOTED", "BARE"}:
        return "; the quote opened here is never closed"
    if found in ("'", '"'):
        return "; a text in quotes is a value and stands behind an operator"
    if found in _FOREIGN:
        return f"; write '{_FOREIGN[found]}' for '{found}'"
    if found.startswith("["):
        return '; the argument of a field is written [text] or ["text in quotes"]'
    if found == ")" and text.count(")", 0, offset) >= text.count("(", 0, offset):
        return "; this ')' closes nothing"
    if expected & _OPERATOR_TERMINALS:
        return _operator_hint(text, offset, found)
    if found.lower() in ("and", "or", "not") and found not in ("and", "or", "not"):
        return f"; write '{found.lower()}' in lower case"
    if "NAME" in expected and "." in found and found[0].isdigit():
        return "; a field starts with a letter"
    if "AND" in expected and _WORD.fullmatch(found) and found not in ("and", "or", "not"):
        before = _WORD.findall(text, max(0, offset - 60), offset)
        if found in _WORD_OPERATORS or found in _OPERATORS:
            return f"; '{before[-1]}' has no dot, so it is a macro and not a field" if before else ""
        return "; a value with blanks needs quotes"
    if "AND" in expected and found in _OPERATORS:
        return "; what stands before it is a macro or a whole comparison, not a field"
    if "NUMBER" in expected and "FIELD" not in expected:
        return "; < <= > >= compare numbers"
    return ""


def _operator_hint(text: str, offset: int, found: str) -> str:
    if found in _WORD_OPERATORS:
        return f"; '{found}' needs a blank behind it"
    if found in ("and", "or", ")"):
        return "; to test that the field has a value write 'exists'"
    close = get_close_matches(found.lower(), _OPERATORS, 1, 0.7) if len(found) <= _CUT else []
    return f"; did you mean '{close[0]}'?" if close else ""
