"""The converter of old events does what the field's own one does, step by step."""

from __future__ import annotations

from agent.schema.converter import STEPS
from agent.schema.converter.steps import Action, Fallback, Origin, Step, Value
from agent.schema.events import BY_SYMBOL, EVENTS
from agent.schema.types import EF
from tests.schema.reference import rows


def instruction(value: Value) -> str:
    fallback = value.fallback.name.lower()
    match value.origin:
        case Origin.OLD:
            return f"old[{value.index}]"
        case Origin.ENTER:
            return f"enter[{value.index}]?{fallback}"
        case Origin.FALLBACK:
            return fallback
        case Origin.CONTAINER_JSON:
            return "callback(build json id,type,name,image)?empty"


def result(step: Step) -> tuple[str, int]:
    """Return symbol and number of parameters of what the step makes."""
    if step.action is Action.CHANGE_TYPE:
        assert step.into is not None
        return step.into, len(step.values)
    return step.event, step.nparams + len(step.values)


def describe(step: Step) -> tuple[str, ...]:
    symbol, nparams = result(step)
    first = nparams - len(step.values)
    params = BY_SYMBOL[symbol].params[first:]
    values = "; ".join(f"{param.name}={instruction(value)}" for param, value in zip(params, step.values, strict=False))
    return (
        str(BY_SYMBOL[step.event].code),
        f"PPME_{step.event}",
        str(step.nparams),
        step.action.name,
        f"PPME_{step.into}" if step.into else "",
        str(nparams),
        values,
    )


def test_every_step_is_the_reference_s() -> None:
    expected = sorted((tuple(value or "" for value in row.values()) for row in rows("converter.tsv")), key=order)
    for values in expected:
        # An event without parameters has nothing to give instructions for.
        assert len(values) == 7
    ours = [describe(step) for step in STEPS.values()]
    assert ours == [tuple("" if value == "(none)" else value for value in values) for values in expected]


def order(values: tuple[str, ...]) -> tuple[int, int]:
    return int(values[0]), int(values[2])


def test_every_value_is_there() -> None:
    """What a step takes from an event is among the parameters that event can have."""
    for step in STEPS.values():
        stored = max(
            (other.nparams for other in STEPS.values() if other.event == step.event.removesuffix("_X") + "_E"),
            default=0,
        )
        for value in step.values:
            if value.origin is Origin.OLD:
                assert value.index < step.nparams, step
            if value.origin is Origin.ENTER:
                assert value.index < stored, step
            if value.origin in (Origin.OLD, Origin.CONTAINER_JSON):
                assert value.fallback is Fallback.EMPTY, step


def test_every_step_leads_to_an_event_of_today() -> None:
    for step in STEPS.values():
        symbol, nparams = result(step)
        seen = {(step.event, step.nparams)}
        while True:
            event = BY_SYMBOL[symbol]
            managed = event.flags & EF.CONVERTER_MANAGED
            newest = not event.flags & EF.OLD_VERSION and (not managed or (event.exit and nparams == len(event.params)))
            follower = STEPS.get((event.code, nparams))
            if newest or (follower and follower.action not in (Action.ADD_PARAMS, Action.CHANGE_TYPE)):
                break
            assert follower, f"{step.event} with {step.nparams} parameters ends at {symbol} with {nparams}"
            assert (symbol, nparams) not in seen
            seen.add((symbol, nparams))
            symbol, nparams = result(follower)


def test_every_former_number_of_parameters_has_a_step_or_is_complete() -> None:
    """Every managed event type has a step."""
    with_steps = {code for code, _ in STEPS}
    for event in EVENTS:
        if event.flags & EF.CONVERTER_MANAGED and (not event.exit or event.flags & EF.OLD_VERSION):
            assert event.code in with_steps, event.symbol
