"""The syntax tree of a condition. Positions are offsets in the text that was parsed and take no part in equality."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class _Node:
    start: int = field(compare=False, repr=False)
    end: int = field(compare=False, repr=False)


@dataclass(slots=True)
class And(_Node):
    """True when all children are."""

    children: tuple[Expr, ...]


@dataclass(slots=True)
class Or(_Node):
    """True when any child is."""

    children: tuple[Expr, ...]


@dataclass(slots=True)
class Not(_Node):
    """True when the child is not."""

    child: Expr


@dataclass(slots=True)
class MacroRef(_Node):
    """A bare name: the macro of that name."""

    name: str


@dataclass(slots=True)
class String(_Node):
    r"""A text value, unescaped. Bytes of ``\xHH`` that are not UTF-8 are kept as lone surrogates."""

    value: str
    quoted: bool


@dataclass(slots=True)
class Number(_Node):
    """A number as it was written."""

    text: str


@dataclass(slots=True)
class Field(_Node):
    """A field as it was written, its argument in brackets apart (unescaped; None where there are no brackets)."""

    name: str
    arg: str | None = None
    arg_quoted: bool = field(default=False, compare=False)


@dataclass(slots=True)
class Transform(_Node):
    """A transformer applied to arguments; ``arg`` is the text in brackets behind it."""

    name: str
    args: tuple[TransformArg, ...]
    arg: str | None = None


@dataclass(slots=True)
class OperandList(_Node):
    """A list in parentheses among the arguments of a transformer."""

    items: tuple[Operand | String | Number, ...]


@dataclass(slots=True)
class ValueOf(_Node):
    """``val(field)``: the value of a field on the right side."""

    operand: Operand


@dataclass(slots=True)
class ValueList(_Node):
    """Values in parentheses."""

    items: tuple[String, ...]


@dataclass(slots=True)
class ListName(_Node):
    """A bare name where a list is wanted."""

    name: str


@dataclass(slots=True)
class Check(_Node):
    """One comparison. ``rhs`` is None for ``exists``; ``==`` is kept as ``=``."""

    lhs: Operand
    op: str
    modifier: str | None
    rhs: Rhs | None
    op_start: int = field(default=0, compare=False, repr=False)


Expr = And | Or | Not | MacroRef | Check
Operand = Field | Transform
TransformArg = Field | Transform | String | Number | OperandList
Rhs = String | Number | ValueList | ListName | ValueOf | Transform
