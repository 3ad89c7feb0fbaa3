"""Choosing: the order is kept, the first that works is taken, and what did not work keeps its reason and remedy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from loader.acquisition import Outcome, Request, Step
from loader.choice import (
    CHOSEN,
    FAILED,
    IMPOSSIBLE,
    LEFT_OUT,
    NEEDS_TARGET,
    PDIG_COMMANDS,
    WOULD_TRY,
    Choice,
    Steps,
    choose,
)
from loader.facts.gather import Facts, gather
from loader.kernel import Kernel
from loader.platform_table import shipped_table
from loader.report import choice_lines
from loader.trial import Trial
from tests.loader.environments import ENVIRONMENTS
from tests.loader.machines import build


@dataclass
class Done:
    """What choosing did; `obtains` and `works` say what succeeds."""

    obtains: frozenset[str] = frozenset({"ebpf", "kmod"})
    works: frozenset[str] = frozenset({"modern_ebpf", "ebpf", "kmod", "pdig"})
    log: list[str] = field(default_factory=list)

    def steps(self) -> Steps:
        return Steps({name: self._acquire(name) for name in ("ebpf", "kmod")}, self._attempt, self._take_out)

    def _acquire(self, driver: str) -> Callable[[Request], Outcome]:
        def acquire(_request: Request) -> Outcome:
            self.log.append(f"obtain {driver}")
            good = driver in self.obtains
            return Outcome(driver, (Step("downloaded", good, "brought" if good else "there is no repository"),))

        return acquire

    def _attempt(self, driver: str) -> Trial:
        self.log.append(f"try {driver}")
        return Trial(driver, driver in self.works, "an event" if driver in self.works else "no event came")

    def _take_out(self, driver: str) -> None:
        self.log.append(f"take out {driver}")


def facts_of(name: str, folder: Path) -> Facts:
    return gather(build(next(each for each in ENVIRONMENTS if each.name == name), folder))


@pytest.fixture
def debian(tmp_path: Path) -> Facts:
    return facts_of("debian 12", tmp_path)


def request_for(facts: Facts, store: Path, *repositories: str) -> Request:
    target = facts.distribution.target.value
    assert target is not None
    return Request(facts.machine.kernel, target, repositories=repositories, store=store)


def chosen(facts: Facts, done: Done, store: Path, **how: object) -> Choice:
    return choose(facts, shipped_table(), request_for(facts, store), steps=done.steps(), **how)  # type: ignore[arg-type]


def states(choice: Choice) -> dict[str, str]:
    return {attempt.driver: attempt.state for attempt in choice.attempts}


def test_the_first_that_works_is_taken_and_nothing_else_is_touched(debian: Facts, tmp_path: Path) -> None:
    done = Done()
    choice = chosen(debian, done, tmp_path)
    assert choice.driver == "modern_ebpf"
    assert choice.commands == ("agent --modern-bpf",)
    assert done.log == ["try modern_ebpf"]


def test_a_driver_that_sees_no_event_is_taken_out_and_the_next_one_tried(debian: Facts, tmp_path: Path) -> None:
    done = Done(works=frozenset({"kmod"}))
    choice = chosen(debian, done, tmp_path)
    assert choice.driver == "kmod"
    assert states(choice) == {"modern_ebpf": FAILED, "ebpf": FAILED, "kmod": CHOSEN}
    assert done.log == [
        *("try modern_ebpf", "take out modern_ebpf"),
        *("obtain ebpf", "try ebpf", "take out ebpf"),
        *("obtain kmod", "try kmod"),
    ]
    assert choice.attempts[1].reasons[0].reason == "no event came"


def test_what_cannot_be_obtained_is_not_tried_and_says_why(debian: Facts, tmp_path: Path) -> None:
    done = Done(obtains=frozenset({"kmod"}), works=frozenset({"kmod"}))
    choice = chosen(debian, done, tmp_path)
    assert choice.driver == "kmod"
    assert "try ebpf" not in done.log
    assert "there is no repository" in choice.attempts[1].sentence


def test_preferring_the_module_puts_it_first(debian: Facts, tmp_path: Path) -> None:
    assert chosen(debian, Done(), tmp_path, prefer="kmod").driver == "kmod"


def test_preferring_does_not_bring_back_what_the_table_leaves_out(tmp_path: Path) -> None:
    choice = chosen(facts_of("ubuntu with Secure Boot", tmp_path), Done(), tmp_path, prefer="kmod")
    assert choice.driver == "modern_ebpf"
    assert states(choice)["kmod"] == LEFT_OUT


def test_a_driver_by_name_is_tried_whatever_the_table_says(tmp_path: Path) -> None:
    done = Done()
    choice = chosen(facts_of("ubuntu with Secure Boot", tmp_path), done, tmp_path, only="kmod")
    assert choice.driver == "kmod"
    assert done.log == ["obtain kmod", "try kmod"]


def test_a_driver_by_name_that_cannot_work_is_not_tried(tmp_path: Path) -> None:
    done = Done()
    choice = chosen(facts_of("firecracker, no modules, locked down", tmp_path), done, tmp_path, only="kmod")
    assert choice.driver is None
    assert states(choice) == {"kmod": IMPOSSIBLE}
    assert done.log == []
    lines = choice_lines(choice, dry_run=False)
    assert any("boot a kernel with CONFIG_MODULES=y" in line for line in lines)


def test_where_pdig_is_left_its_commands_are_printed(tmp_path: Path) -> None:
    choice = chosen(facts_of("Fargate, of ECS", tmp_path), Done(), tmp_path)
    assert choice.driver is None
    assert states(choice)["pdig"] == NEEDS_TARGET
    assert choice.commands == PDIG_COMMANDS
    assert choice.pdig_is_left
    lines = choice_lines(choice, dry_run=False)
    assert lines[-2:] == ["  pdig-agent -- COMMAND [ARGUMENT...]", "  pdig-agent -p PID"]


def test_pdig_by_name_is_ready_when_it_works(debian: Facts, tmp_path: Path) -> None:
    assert chosen(debian, Done(), tmp_path, only="pdig").driver == "pdig"


def test_nothing_works(tmp_path: Path) -> None:
    choice = chosen(facts_of("nothing at all: Yama, and no capability", tmp_path), Done(), tmp_path)
    assert choice.driver is None
    assert not choice.pdig_is_left
    assert set(states(choice).values()) == {IMPOSSIBLE}
    assert choice_lines(choice, dry_run=False)[-1].startswith("No driver works here.")


def test_a_dry_run_does_nothing(debian: Facts, tmp_path: Path) -> None:
    done = Done()
    choice = chosen(debian, done, tmp_path, dry_run=True)
    assert done.log == []
    assert choice.driver is None
    assert states(choice) == {"modern_ebpf": WOULD_TRY, "ebpf": IMPOSSIBLE, "kmod": IMPOSSIBLE, "pdig": NEEDS_TARGET}
    assert not list(tmp_path.glob("**/*.o"))


def test_every_driver_has_a_reason_in_the_order_of_the_table(tmp_path: Path) -> None:
    choice = chosen(facts_of("COS node of GKE", tmp_path), Done(works=frozenset()), tmp_path)
    assert [attempt.driver for attempt in choice.attempts] == ["modern_ebpf", "ebpf", "pdig", "kmod"]
    assert all(attempt.reasons for attempt in choice.attempts)


def test_for_another_kernel_a_driver_is_only_obtained(tmp_path: Path) -> None:
    """Neither what this process may do nor what the running kernel forbids matters to it."""
    there = facts_of("firecracker, no modules, locked down", tmp_path).machine
    facts = gather(replace(there, kernel=Kernel("6.1.0-18-amd64", "#1 SMP Debian 6.1.76-1", "x86_64"), runs=False))
    done = Done()
    choice = chosen(facts, done, tmp_path, only="kmod")
    assert (choice.driver, done.log) == ("kmod", ["obtain kmod"])
    assert "kmod" in shipped_table().order_for(facts).drivers
    choice = chosen(facts, done, tmp_path)
    assert choice.driver == "ebpf"
    assert "cannot be tried" in choice.attempts[0].sentence
