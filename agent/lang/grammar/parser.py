"""The parser: made once a process, on first use, from tables that were generated with the grammar.

With another version of lark than the tables are from, they are worked out from the grammar: some 30 ms more.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

import lark
from lark import Lark, Token
from lark.exceptions import UnexpectedInput, VisitError

from agent.lang.grammar import tables
from agent.lang.grammar.builder import ConditionSyntaxError, TreeBuilder
from agent.lang.grammar.explain import explain

if TYPE_CHECKING:
    from agent.lang import ast

MAX_NESTING = 100
"""Parentheses inside one another, those of lists and transformers counted."""


class _Nesting:
    """Counts open parentheses while the lexer runs, so that depth is refused before a tree is built."""

    def __init__(self) -> None:
        self.depth = 0

    def opened(self, token: Token) -> Token:
        self.depth += 1
        if self.depth > MAX_NESTING:
            message = f"parentheses are nested more than {MAX_NESTING} deep; move an inner part into a macro"
            raise ConditionSyntaxError(message, token.start_pos or 0)
        return token

    def closed(self, token: Token) -> Token:
        self.depth -= 1
        return token


def build(**options: Any) -> Lark:
    """The parser, worked out from the grammar."""
    return Lark(
        files(__package__).joinpath("condition.lark").read_text(encoding="utf-8"),
        parser="lalr",
        lexer="contextual",
        start=["condition", "single_operand", "list_body"],
        maybe_placeholders=False,
        **options,
    )


class ConditionParser:
    """Parses conditions, lists and single operands. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._nesting = _Nesting()
        options: dict[str, Any] = {
            "transformer": TreeBuilder(),
            "lexer_callbacks": {
                "LPAR": self._nesting.opened,
                "VAL": self._nesting.opened,
                "RPAR": self._nesting.closed,
            },
        }
        if lark.__version__ == tables.LARK_VERSION:
            self._lark = Lark._load_from_dict(tables.DATA, tables.MEMO, **options)  # type: ignore[no-untyped-call]
        else:
            self._lark = build(**options)

    def parse(self, text: str, start: str) -> Any:
        """The tree of ``text``. Raises :class:`ConditionSyntaxError`."""
        with self._lock:
            self._nesting.depth = 0
            try:
                return self._lark.parse(text, start=start)
            except UnexpectedInput as error:
                raise _problem(text, error, start) from None
            except VisitError as error:
                if isinstance(error.orig_exc, ConditionSyntaxError):
                    raise error.orig_exc from None
                raise


def _problem(text: str, error: UnexpectedInput, start: str) -> ConditionSyntaxError:
    offset = error.pos_in_stream or 0
    token = getattr(error, "token", None)
    if isinstance(token, Token):
        offset = len(text) if token.type == "$END" else token.start_pos or 0
    state = getattr(error, "interactive_parser", None)
    # States of an LALR parser share look-ahead; only a trial tells what may really follow here.
    expected: set[str] = set(state.accepts()) if state is not None else set()
    # The fault and the parser's state, which holds the whole text, refer to each other. While rules are loaded nobody
    # collects such cycles, so they are broken here.
    error.__traceback__ = error.__context__ = None
    vars(error).clear()
    return explain(text, offset, expected, start)


@lru_cache(maxsize=1)
def _parser() -> ConditionParser:
    return ConditionParser()


def parse_condition(text: str) -> ast.Expr:
    """The tree of a condition. Raises :class:`ConditionSyntaxError` with the offset of the first fault."""
    return cast("ast.Expr", _parser().parse(text, "condition"))


def parse_operand(text: str) -> ast.Operand:
    """The tree of one field or transformer call. Raises :class:`ConditionSyntaxError`."""
    return cast("ast.Operand", _parser().parse(text, "single_operand"))


def parse_list(text: str) -> tuple[ast.String, ...]:
    """The values of a list without its parentheses. Raises :class:`ConditionSyntaxError`."""
    return cast("tuple[ast.String, ...]", _parser().parse(text, "list_body"))
