"""The command line, and the variables of other loaders."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from agent.version import __version__
from loader.cli import main
from loader.environment import read_environment
from loader.options import read_job

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("word", "driver"),
    [
        *(("module", "kmod"), ("kmod", "kmod"), ("bpf", "ebpf"), ("ebpf", "ebpf"), ("pdig", "pdig")),
        *(("modern-bpf", "modern_ebpf"), ("modern_ebpf", "modern_ebpf"), ("auto", None)),
    ],
)
def test_drivers_by_every_name(word: str, driver: str | None) -> None:
    job = read_job([word], {})
    assert (job.command, job.only) == ("auto", driver)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nonsense"], "here is no command 'nonsense'"),
        (["--timeout", "never"], "no number of seconds"),
        (["--timeout", "-1"], "no number of seconds"),
        (["--prefer", "best"], "there is no driver 'best'"),
        (["--http-header", "no colon"], "NAME:VALUE"),
        (["--http-header", "A: b\nC: d"], "NAME:VALUE"),
        (["--kernel-release", "../../etc"], "no release of a kernel"),
        (["--host-root", "/no/such/folder"], "there is no such folder"),
        (["publish"], "ublish takes one folder"),
        (["auto", "folder"], "one word too many"),
        (["--unknown"], "nrecognized"),
    ],
)
def test_a_bad_command_line_is_one_sentence_and_2(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.startswith("Error: ")
    assert "Traceback" not in told


def test_a_secret_header_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--http-header", "Bad Name: secret"]) == 2
    assert "secret" not in capsys.readouterr().err


def test_the_request() -> None:
    words = "bpf --download --repo https://a --repo https://b --http-header X:1 --http-header Y:a:b --http-insecure"
    request = read_job([*words.split(), "--timeout", "5s"], {"DRIVERS_REPO": "https://c"}).request
    assert request.repositories == ("https://a", "https://b")
    assert (request.download, request.compile) == (True, False)
    assert request.http.headers == (("X", "1"), ("Y", "a:b"))
    assert request.http.insecure
    assert request.http.timeout == 5


@pytest.mark.parametrize(
    ("words", "download", "build"),
    [
        ([], True, True),
        (["--download"], True, False),
        (["--compile"], False, True),
        (["--download", "--compile"], True, True),
    ],
)
def test_neither_means_both(words: list[str], download: bool, build: bool) -> None:
    request = read_job(words, {}).request
    assert (request.download, request.compile) == (download, build)


def test_another_kernel() -> None:
    job = read_job(["--kernel-release", "6.1.0-18-amd64", "--kernel-version", "1 SMP Debian 6.1.76-1 (2024-02-01)"], {})
    assert job.machine.runs is False
    assert job.request.kernel.version == "#1 SMP Debian 6.1.76-1 (2024-02-01)"
    assert job.notes == ()
    assert read_job(["--kernel-release", "5.4.0-1"], {}).notes[0].startswith("--kernel-version was not given")


def test_variables_of_older_loaders() -> None:
    found = read_environment(
        {
            "DRIVERS_REPO": "https://a, https://b",
            "DRIVER_INSECURE_DOWNLOAD": "yes",
            "DRIVER_KERNEL_RELEASE": "5.4.0",
            "DRIVER_KERNEL_VERSION": "7",
            "HOST_ROOT": "/host",
            "FALCO_BPF_PROBE": "",
        }
    )
    assert found.repositories == ("https://a", "https://b")
    assert found.insecure
    assert (found.kernel_release, found.kernel_version, found.host_root) == ("5.4.0", "7", "/host")
    assert found.drivers == ("ebpf",)
    assert found.notes == ()


def test_variables_of_the_newer_loader() -> None:
    found = read_environment(
        {
            "FALCOCTL_DRIVER_TYPE": "kmod;modern_ebpf;best",
            "FALCOCTL_DRIVER_REPOS": "https://a;https://b",
            "FALCOCTL_DRIVER_HTTP_HEADERS": "A:1,B:2",
            "FALCOCTL_DRIVER_HTTP_INSECURE": "true",
        }
    )
    assert found.drivers == ("kmod", "modern_ebpf")
    assert found.repositories == ("https://a", "https://b")
    assert found.headers == ("A:1", "B:2")
    assert found.insecure
    assert "'best'" in found.notes[0]


@pytest.mark.parametrize("name", ["DRIVER_NAME", "DRIVER_VERSION", "DRIVER_CURL_OPTIONS", "MAX_RMMOD_WAIT"])
def test_what_has_no_effect_is_said(name: str) -> None:
    assert read_environment({name: "x"}).notes[0].startswith(f"{name} has no effect: ")
    assert read_environment({"DRIVER_VERSION": __version__}).notes == ()


def test_a_command_outweighs_a_variable() -> None:
    assert read_job(["module"], {"FALCO_BPF_PROBE": ""}).only == "kmod"
    assert read_job([], {"FALCO_BPF_PROBE": ""}).only == "ebpf"
    assert read_job([], {"FALCOCTL_DRIVER_TYPE": "kmod;modern_ebpf"}).order == ("kmod", "modern_ebpf")


def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), **variables}
    return subprocess.run(
        [sys.executable, "-m", "loader", *words], capture_output=True, text=True, env=environment, timeout=120
    )


def test_variables_for_a_shell_are_quoted(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text('ID=debian\nVERSION_ID="12"\n')
    done = run(
        "--print-env", "--host-root", str(tmp_path), "--repo", "https://a/$(touch x)", "--kernel-version", "1; rm"
    )
    assert done.returncode == 0, done.stderr
    values = dict(line.partition("=")[::2] for line in done.stdout.splitlines())
    assert {
        "DRIVER",
        "DRIVERS_REPO",
        "DRIVER_VERSION",
        "DRIVER_NAME",
        "HOST_ROOT",
        "TARGET_ID",
        "ARCH",
    } <= values.keys()
    assert {"KERNEL_RELEASE", "KERNEL_VERSION", "FIXED_KERNEL_RELEASE", "FIXED_KERNEL_VERSION"} <= values.keys()
    assert shlex.split(values["DRIVERS_REPO"]) == ["https://a/$(touch x)"]
    assert values["TARGET_ID"] == "debian"
    assert shlex.split(values["KERNEL_VERSION"]) == ["#1; rm"]


def test_a_dry_run_prints_what_would_be_done_and_leaves_no_store(tmp_path: Path) -> None:
    done = run("--dry-run", "--json")
    found = json.loads(done.stdout)
    assert found["driver"] is None
    assert {attempt["driver"] for attempt in found["attempts"]} == {"modern_ebpf", "ebpf", "kmod", "pdig"}


def test_a_bad_platform_table_is_a_usage_error(tmp_path: Path) -> None:
    table = tmp_path / "platforms.yaml"
    table.write_text("rules:\n  - name: mine\n    when: {moon: full}\n")
    done = run("doctor", "--platforms", str(table))
    assert done.returncode == 2
    assert "rule 1 (mine): when takes conditions on" in done.stderr
