"""Goals of figures."""

import pytest

from tests.bench.figure import Figure, table


@pytest.mark.parametrize(
    ("value", "goal", "at_least", "ok"),
    [(1, 2, False, True), (3, 2, False, False), (3, 2, True, True), (1, 2, True, False), (9, None, True, True)],
)
def test_a_goal_is_a_bound_above_or_below(value: float, goal: float | None, at_least: bool, ok: bool) -> None:
    figure = Figure("rate", value, "M/s", goal, at_least=at_least)
    assert figure.ok is ok
    assert ("MISSED" in table([figure])) is not ok
