"""How events of older writers of capture files become those of today, one step at a time.

A step is looked up by event type and number of parameters in the file, and what it makes is looked up again until it
is of the newest version. Event types that no step mentions are of the newest version already, or are dropped, as
their flags say (:class:`agent.schema.types.EF`).
"""

from __future__ import annotations

from agent.schema.converter import added, changed, enter
from agent.schema.converter.steps import Step
from agent.schema.events import BY_SYMBOL


def _collect() -> dict[tuple[int, int], Step]:
    steps: dict[tuple[int, int], Step] = {}
    for step in (*enter.STEPS, *added.STEPS, *changed.STEPS):
        key = (BY_SYMBOL[step.event].code, step.nparams)
        if key in steps:
            raise ValueError(f"there are two steps for {step.event} with {step.nparams} parameters")
        steps[key] = step
    return dict(sorted(steps.items()))


STEPS: dict[tuple[int, int], Step] = _collect()
"""Every step by event code and number of parameters in the file, in that order."""
