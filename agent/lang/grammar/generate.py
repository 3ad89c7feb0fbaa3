"""Writes the parser's tables: ``python -m agent.lang.grammar.generate``. With ``--check`` it only compares."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from pprint import pformat

import lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

from agent.lang.grammar import tables
from agent.lang.grammar.parser import build

FOLDER = Path(__file__).parent

_TEMPLATE = '''"""Tables of the parser of conditions.

Generated from condition.lark; do not edit. Regenerate: python -m agent.lang.grammar.generate
"""

# fmt: off
# ruff: noqa
from typing import Any

LARK_VERSION = {version!r}
GRAMMAR_SHA256 = {digest!r}
DATA: Any = {data}
MEMO: Any = {memo}
'''


def grammar_digest() -> str:
    """Digest of the grammar as it is."""
    return hashlib.sha256((FOLDER / "condition.lark").read_bytes()).hexdigest()


def main(argv: list[str]) -> int:
    """Write the tables when the grammar or lark changed, or only say so. Returns the exit code."""
    # lark numbers the states differently each time, so the tables themselves cannot be compared.
    stale = (lark.__version__, grammar_digest()) != (tables.LARK_VERSION, tables.GRAMMAR_SHA256)
    if argv == ["--check"]:
        if stale:
            print("The parser's tables are stale: run python -m agent.lang.grammar.generate", file=sys.stderr)
        return int(stale)
    if stale:
        data, memo = build().memo_serialize([TerminalDef, Rule])
        text = _TEMPLATE.format(
            version=lark.__version__,
            digest=grammar_digest(),
            data=pformat(data, width=120, compact=True),
            memo=pformat(memo, width=120, compact=True),
        )
        (FOLDER / "tables.py").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
