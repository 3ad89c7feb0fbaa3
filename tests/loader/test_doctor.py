"""The doctor: a state, a reason, its evidence and a remedy for every driver."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from loader.acquisition import Request
from loader.doctor import FAILED, NOT_POSSIBLE, POSSIBLE, WORKS, Diagnosis, diagnose
from loader.drivers import DRIVERS
from loader.facts.gather import gather
from loader.platform_table import shipped_table
from loader.report import doctor_json, show_doctor
from loader.trial import Trial
from tests.loader.environments import ENVIRONMENTS, Environment
from tests.loader.machines import build
from tests.loader.test_choice import facts_of, request_for


def works(driver: str) -> Trial:
    return Trial(driver, True, "an event was seen")


def fails(driver: str) -> Trial:
    return Trial(driver, False, "no event came")


def diagnosis_of(name: str, folder: Path, *repositories: str) -> tuple[Diagnosis, Request]:
    facts = facts_of(name, folder)
    request = request_for(facts, folder / "store", *repositories)
    return diagnose(facts, shipped_table(), request, works), request


def test_a_kernel_without_modules_and_headers_in_lockdown(tmp_path: Path) -> None:
    diagnosis, _request = diagnosis_of("firecracker, no modules, locked down", tmp_path)
    found = {finding.driver: finding for finding in diagnosis.findings}
    assert diagnosis.order == ("modern_ebpf", "ebpf", "pdig")
    assert found["modern_ebpf"].state == WORKS
    module = found["kmod"]
    assert (module.state, module.left_out) == (NOT_POSSIBLE, True)
    said = [reason.reason for reason in module.reasons]
    assert "the kernel loads no modules: it was built without CONFIG_MODULES" in said
    assert "there are no headers of kernel 6.18.44 to build from" in said
    assert said[-1].startswith("auto leaves it out: a kernel in lockdown")
    assert "lockdown is none [integrity] confidentiality" in module.reasons[-1].evidence
    probe = found["ebpf"]
    assert probe.state == NOT_POSSIBLE
    assert any("--repo URL" in reason.remedy for reason in probe.reasons)
    assert any("linux-headers-6.18.44" in reason.remedy for reason in probe.reasons)


def test_a_repository_makes_it_possible(tmp_path: Path) -> None:
    diagnosis, _request = diagnosis_of("debian 12", tmp_path, "https://drivers.example")
    found = {finding.driver: finding for finding in diagnosis.findings}
    assert found["ebpf"].state == found["kmod"].state == POSSIBLE
    assert found["kmod"].reasons[0].remedy == "agent-driver-loader module"


def test_headers_and_tools_make_it_possible(tmp_path: Path) -> None:
    facts = facts_of("debian 12", tmp_path)
    for path in ("lib/modules/6.1.0-18-amd64/build/include/generated/autoconf.h", "usr/sbin/dkms", "usr/bin/gcc"):
        place = tmp_path / "own" / path
        place.parent.mkdir(parents=True)
        place.touch()
    facts = gather(facts.machine)
    diagnosis = diagnose(facts, shipped_table(), request_for(facts, tmp_path / "store"), works)
    found = {finding.driver: finding for finding in diagnosis.findings}
    assert found["kmod"].state == POSSIBLE
    assert "with DKMS" in found["kmod"].reasons[0].evidence
    assert found["ebpf"].state == NOT_POSSIBLE
    assert "bcc is not installed" in [reason.reason for reason in found["ebpf"].reasons]


def test_a_driver_that_fails_when_tried_is_no_driver(tmp_path: Path) -> None:
    facts = facts_of("debian 12", tmp_path)
    diagnosis = diagnose(facts, shipped_table(), request_for(facts, tmp_path), fails)
    assert diagnosis.findings[0].state == FAILED
    assert diagnosis.findings[0].reasons[0].reason == "no event came"


def test_nothing_is_tried_without_a_trial(tmp_path: Path) -> None:
    facts = facts_of("debian 12", tmp_path)
    diagnosis = diagnose(facts, shipped_table(), request_for(facts, tmp_path), None)
    assert diagnosis.findings[0].state == POSSIBLE


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda environment: environment.name)
def test_every_driver_is_judged_with_evidence_and_remedy(environment: Environment, tmp_path: Path) -> None:
    facts = gather(build(environment, tmp_path))
    request = request_for(facts, tmp_path / "store")
    diagnosis = diagnose(facts, shipped_table(), request, works)
    assert {finding.driver for finding in diagnosis.findings} == set(DRIVERS)
    for finding in diagnosis.findings:
        assert finding.reasons
        for reason in finding.reasons:
            assert reason.reason
            assert reason.evidence or reason.remedy
    found = json.loads(json.dumps(doctor_json(diagnosis, request)))
    assert [each["driver"] for each in found["drivers"]] == [finding.driver for finding in diagnosis.findings]
    assert found["platforms"][0]["name"] == environment.platform


def test_the_table_names_every_driver_and_the_order(tmp_path: Path) -> None:
    diagnosis, _request = diagnosis_of("Fargate, of ECS", tmp_path)
    shown = io.StringIO()
    show_doctor(diagnosis, shown, verbose=True)
    text = shown.getvalue()
    for title in ("modern eBPF", "classic eBPF", "kernel module", "pdig (ptrace)"):
        assert title in text
    assert "auto tries: pdig" in text
    assert "AWS Fargate" in text
