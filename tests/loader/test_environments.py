"""What the loader makes of many machines: the order of drivers, the first that is possible, the target, and reasons."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.version import __version__
from loader import names
from loader.facts.gather import gather
from loader.platform_table import shipped_table
from loader.verdict import verdicts
from tests.loader.environments import ENVIRONMENTS, Environment
from tests.loader.machines import build

REFERENCE = Path(__file__).resolve().parents[3] / "shared/reference/driver_loader.md"
each = pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda environment: environment.name)


@each
def test_order_driver_and_reasons(environment: Environment, tmp_path: Path) -> None:
    facts = gather(build(environment, tmp_path))
    order = shipped_table().order_for(facts)
    judged = verdicts(facts)
    assert order.drivers == environment.order
    assert next((name for name in order.drivers if judged[name].possible), None) == environment.driver
    for text, driver in environment.says.items():
        said = [obstacle.reason for obstacle in judged[driver].obstacles]
        said += [avoided.rule.reason for avoided in order.avoided if avoided.driver == driver]
        assert any(text in reason for reason in said), said


@each
def test_target_file_and_url(environment: Environment, tmp_path: Path) -> None:
    target = gather(build(environment, tmp_path)).distribution.target.value
    assert target is not None
    assert target.known is bool(environment.file)
    if environment.file:
        file = names.file_name("kmod", target)
        assert file == environment.file
        arch = environment.uname[2]
        url = names.url("https://drivers.example", "8.0.0+driver", arch, file)
        quoted = environment.file.replace("+", "%2B").replace("@", "%40")
        assert url == f"https://drivers.example/8.0.0%2Bdriver/{arch}/{quoted}"
        assert names.file_name("ebpf", target) == environment.file.removesuffix(".ko") + ".o"


@each
def test_platform(environment: Environment, tmp_path: Path) -> None:
    facts = gather(build(environment, tmp_path))
    assert facts.platforms[0].name == environment.platform


@each
def test_every_fact_has_evidence(environment: Environment, tmp_path: Path) -> None:
    facts = gather(build(environment, tmp_path))
    for name, _value, evidence in facts.listing():
        assert evidence, name
    for verdict in verdicts(facts).values():
        for obstacle in verdict.obstacles:
            assert obstacle.reason
            assert obstacle.evidence


def test_there_are_sixty_of_them_each_with_its_name() -> None:
    assert len(ENVIRONMENTS) >= 60
    assert len({environment.name for environment in ENVIRONMENTS}) == len(ENVIRONMENTS)


def test_what_is_cited_is_there() -> None:
    for environment in ENVIRONMENTS:
        assert environment.cites or environment.platform != "bare_metal", environment.name
    if not REFERENCE.exists():
        pytest.skip(f"{REFERENCE} is not there: what is cited of it cannot be looked up")
    text = REFERENCE.read_text()
    for environment in ENVIRONMENTS:
        for cited in environment.cites:
            assert cited.startswith("https://") or cited in text, (environment.name, cited)


def test_the_version_is_in_the_url() -> None:
    assert names.url("https://x/", __version__, "x86_64", "a.ko") == f"https://x/{__version__}/x86_64/a.ko"
