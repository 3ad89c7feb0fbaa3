"""Left and right sides of comparisons: fields and transformers, resolved and typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.lang import ast
from agent.lang.field_use import FieldError, FieldUse, resolve_field
from agent.lang.types import STRINGS, describe
from agent.lang.values import text_value
from agent.schema.types import ParamType

if TYPE_CHECKING:
    from agent.lang.vocabulary import Vocabulary

_SAME_TEXT = frozenset(("tolower", "toupper", "basename"))


class CheckError(Exception):
    """A comparison that cannot be made, at an offset of the condition's text."""

    def __init__(self, message: str, offset: int, *, unknown: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.unknown = unknown


@dataclass(slots=True)
class Operand:
    """One side of a comparison: its plan, the type of its value, and the fields in it."""

    plan: dict[str, Any]
    type: ParamType
    is_list: bool
    fields: tuple[FieldUse, ...]

    @property
    def field(self) -> FieldUse | None:
        """The field, when the operand is nothing but a field."""
        return self.fields[0] if "field" in self.plan else None


def resolve_operand(node: ast.Operand, vocabulary: Vocabulary) -> Operand:
    """The operand of a node. Raises :class:`CheckError`."""
    if isinstance(node, ast.Field):
        try:
            use = resolve_field(node.name, node.arg, vocabulary)
        except FieldError as problem:
            raise CheckError(str(problem), node.start, unknown=problem.unknown) from None
        return Operand(use.plan(), use.type, use.field.is_list, (use,))
    return _transform(node, vocabulary)


def _transform(node: ast.Transform, vocabulary: Vocabulary) -> Operand:
    fields: list[FieldUse] = []
    args = [_argument(arg, node, vocabulary, fields) for arg in node.args]
    kind, is_list = _result(node, args)
    if node.arg is not None and node.name != "getopt":
        raise CheckError(f"the transformer '{node.name}' takes no argument in brackets", node.start)
    plan = {"transform": node.name, "args": [arg.plan for arg in args], "index": None, "key": node.arg}
    return Operand(plan, kind, is_list, tuple(fields))


def _argument(node: ast.TransformArg, outer: ast.Transform, vocabulary: Vocabulary, fields: list[FieldUse]) -> Operand:
    if isinstance(node, ast.String):
        return Operand(text_value(node.value), ParamType.CHARBUF, False, ())
    if isinstance(node, ast.Number):
        message = f"the transformer '{outer.name}' takes no number; put it in quotes if a text is meant"
        raise CheckError(message, node.start)
    if isinstance(node, ast.OperandList):
        items = [_argument(item, outer, vocabulary, fields) for item in node.items]
        for item, item_node in zip(items, node.items, strict=True):
            _want(item.type in STRINGS and not item.is_list, item, item_node, outer, "texts in the list")
        return Operand({"list": [item.plan for item in items]}, ParamType.CHARBUF, True, ())
    operand = resolve_operand(node, vocabulary)
    for use in operand.fields:
        if not use.transformable:
            raise CheckError(f"the field '{use.text}' cannot be used in a transformer", node.start)
    fields.extend(operand.fields)
    return operand


def _want(good: bool, found: Operand, node: ast.TransformArg, outer: ast.Transform, wanted: str) -> None:
    if not good:
        kind = describe(found.type, is_list=found.is_list)
        raise CheckError(f"the transformer '{outer.name}' takes {wanted}, not a {kind}", node.start)


def _count(node: ast.Transform, low: int, high: int | None) -> None:
    if len(node.args) < low or (high is not None and len(node.args) > high):
        wanted = f"{low} argument" + ("s" if low > 1 else "") if low == high else f"at least {low} arguments"
        raise CheckError(f"the transformer '{node.name}' takes {wanted}, not {len(node.args)}", node.start)


def _result(node: ast.Transform, args: list[Operand]) -> tuple[ParamType, bool]:
    """Type and list-ness of a transformer's result, after its arguments were checked."""
    name = node.name
    if name in _SAME_TEXT or name == "b64":
        _count(node, 1, 1)
        good = args[0].type in STRINGS or (name == "b64" and args[0].type is ParamType.BYTEBUF)
        _want(good, args[0], node.args[0], node, "a text" if name != "b64" else "a text or byte buffer")
        return (args[0].type if name == "b64" else ParamType.CHARBUF), args[0].is_list
    if name == "len":
        _count(node, 1, 1)
        good = args[0].is_list or args[0].type in STRINGS or args[0].type is ParamType.BYTEBUF
        _want(good, args[0], node.args[0], node, "a text, byte buffer or list")
        return ParamType.UINT64, False
    if name == "join":
        _count(node, 2, 2)
        _want(args[0].type in STRINGS and not args[0].is_list, args[0], node.args[0], node, "a text as separator")
        _want(args[1].type in STRINGS and args[1].is_list, args[1], node.args[1], node, "a list of texts to join")
        return ParamType.CHARBUF, False
    if name == "concat":
        _count(node, 2, None)
        for arg, arg_node in zip(args, node.args, strict=True):
            _want(arg.type in STRINGS and not arg.is_list, arg, arg_node, node, "texts")
        return ParamType.CHARBUF, False
    _count(node, 2, 2)
    _want(args[0].type in STRINGS, args[0], node.args[0], node, "a list of texts, or a text, to parse")
    good = args[1].type in STRINGS and not args[1].is_list
    _want(good, args[1], node.args[1], node, 'a text of option letters, such as "ab:"')
    return ParamType.CHARBUF, node.arg is None
