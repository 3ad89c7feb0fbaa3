"""The keys ``append`` and ``override``: how an item changes one that was defined before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.lang.diagnostics import Code, shown
from agent.lang.reading import Keys, place_of, text_of
from agent.lang.yaml_nodes import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.lang.diagnostics import Diagnostic


def read_overrides(
    keys: Keys, *, appendable: tuple[str, ...], replaceable: tuple[str, ...], report: Callable[[Diagnostic], None]
) -> dict[str, str]:
    """What an item appends to or replaces: key -> ``append`` or ``replace``; empty for a definition.

    ``append: true`` counts as appending every appendable key that is present. Raises a problem when the two forms are
    mixed, an operation or key is unknown, an overridden key is missing, or an overridable one has no operation.
    """
    append = keys.boolean("append", default=False)
    if append:
        message = "'append' is deprecated; use 'override' with 'append' for each key, such as override: {"
        message += f"{appendable[0]}: append}}"
        report(keys.context.diagnostic(Code.DEPRECATED_ITEM, message, keys.key_place("append")))
    node = keys.get("override")
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return {key: "append" for key in appendable if key in keys} if append else {}
    if append:
        raise keys.context.invalid("'append: true' and 'override' cannot be combined; use 'override' alone", node)
    context = keys.context.inside("overrides", "", node)
    if not isinstance(node, Mapping):
        raise context.invalid("'override' must be a mapping of keys to 'append' or 'replace'")
    operations: dict[str, str] = {}
    inner = Keys(node, context, report)
    for key_node, value in node.pairs:
        if not isinstance(key_node, Scalar) or key_node.value in operations:
            continue
        key = key_node.value
        operation = text_of(value, f"the operation for '{key}'", context, at=key_node).value
        if operation not in ("append", "replace"):
            raise context.invalid(
                f"'{shown(operation)}' is not an override operation; use 'append' or 'replace'", value
            )
        if key not in (appendable if operation == "append" else replaceable):
            allowed = ", ".join(appendable if operation == "append" else replaceable)
            raise context.problem(
                Code.ERR_YAML_VALIDATE,
                f"the key '{shown(key)}' has no override operation '{operation}'; it exists for: {allowed}",
                inner.key_place(key),
            )
        if key not in keys:
            message = f"the override names '{key}', but the item has no key '{key}'"
            raise context.problem(Code.ERR_YAML_VALIDATE, message, place_of(key_node))
        operations[key] = operation
    for key in dict.fromkeys((*appendable, *replaceable)):
        if operations and key in keys and key not in operations:
            message = f"the key '{key}' is given, but 'override' does not say whether to append or replace it"
            raise keys.context.problem(Code.ERR_YAML_VALIDATE, message, keys.key_place(key))
    return operations
