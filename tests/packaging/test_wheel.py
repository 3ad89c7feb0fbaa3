"""The wheel: self-contained, and working in an empty environment without compiler or libraries."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import agent

REPOSITORY = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("maturin") is None, reason="maturin is not installed: run `make setup`"
    ),
]


def checked(*command: object, **options: object) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        **options,  # type: ignore[call-overload]
    )
    assert isinstance(result, subprocess.CompletedProcess)
    assert result.returncode == 0, f"{result.args}\n{result.stdout}\n{result.stderr}"
    return result


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, with this environment's maturin and the compiler's earlier results."""
    folder = tmp_path_factory.mktemp("dist")
    search = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        folder,
        REPOSITORY,
    ]
    checked(*build, env={**os.environ, "PATH": search})
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an empty environment; return its folder of commands."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    checked(sys.executable, "-m", "venv", folder)
    checked(folder / "bin" / "pip", "install", "--quiet", wheel)
    return folder / "bin"


def run_installed(installed: Path, tmp_path: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run an installed command far from the repository, with nothing but its own folder on the path."""
    name, *rest = arguments
    environment = {"PATH": str(installed), "HOME": str(tmp_path)}
    return subprocess.run(
        [str(installed / str(name)), *map(str, rest)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_one_wheel_for_every_python_from_3_10_on(wheel: Path) -> None:
    assert re.fullmatch(rf"agent-{re.escape(agent.__version__)}-cp310-abi3-\w*linux\w+\.whl", wheel.name)


def test_wheel_holds_what_it_should_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "agent/_core.abi3.so" in names
    for path in (REPOSITORY / "rules").rglob("*.yaml"):
        assert f"agent/rules/{path.relative_to(REPOSITORY / 'rules')}" in names
    for path in (REPOSITORY / "drivers").rglob("*.[ch]"):
        assert str(path.relative_to(REPOSITORY)) in names
    information = f"agent-{agent.__version__}.dist-info"
    for licence in ("LICENSE", "NOTICE", "LICENSES/GPL-2.0-only.txt", "LICENSES/LGPL-3.0-or-later.txt"):
        assert f"{information}/licenses/{licence}" in names
    assert {name.split("/")[0] for name in names} == {"agent", "loader", "drivers", information}
    assert not [name for name in names if name.startswith("agent/rust/") or "__pycache__" in name]


def test_native_module_needs_nothing_but_the_c_library(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extract("agent/_core.abi3.so", tmp_path)
    module = tmp_path / "agent/_core.abi3.so"
    needed = {line.split()[0].split("/")[-1] for line in checked("ldd", module).stdout.splitlines()}
    allowed = r"linux-vdso\.so\.1|ld-linux.*|lib(c|m|gcc_s|pthread|dl|rt)\.so\.\d+"
    assert not [name for name in needed if not re.fullmatch(allowed, name)]
    # A BPF object: a 64-bit little-endian ELF file, relocatable (1), for the machine EM_BPF (247).
    assert re.search(rb"\x7fELF\x02\x01\x01.{9}\x01\x00\xf7\x00", module.read_bytes(), re.DOTALL)


def test_it_runs_in_an_empty_environment(installed: Path, tmp_path: Path) -> None:
    result = run_installed(installed, tmp_path, "agent", "--version", "-o", "json_output=true")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["agent_version"] == found["core_version"] == agent.__version__


def test_it_finds_its_rules(installed: Path, tmp_path: Path) -> None:
    result = run_installed(installed, tmp_path, "agent", "--dry-run")
    assert result.returncode == 0, result.stderr
    (rules,) = re.findall(r"(\d+) rules loaded", result.stderr)
    assert int(rules) >= 16


def test_the_tracer_names_the_library_that_it_lacks(installed: Path, tmp_path: Path) -> None:
    result = run_installed(installed, tmp_path, "pdig-agent")
    assert (result.returncode, result.stdout) == (1, "")
    assert "pip install 'agent[pdig]'" in result.stderr


def test_the_loader_finds_its_tables(installed: Path, tmp_path: Path) -> None:
    result = run_installed(installed, tmp_path, "agent-driver-loader", "doctor", "--json", "--dry-run")
    found = json.loads(result.stdout)
    assert {each["driver"] for each in found["drivers"]} == {"modern_ebpf", "ebpf", "kmod", "pdig"}


@pytest.mark.live
@pytest.mark.skipif(os.geteuid() != 0, reason="capturing needs root")
@pytest.mark.skipif(not Path("/sys/kernel/btf/vmlinux").exists(), reason="this kernel has no BTF")
def test_it_captures_with_the_embedded_driver(installed: Path, tmp_path: Path) -> None:
    with subprocess.Popen(["/bin/sh"], stdin=subprocess.PIPE, text=True) as shell:
        result = run_installed(installed, tmp_path, "agent", "--modern-bpf", "--scope", f"pid:{shell.pid}", "-M", "0.2")
        shell.kill()
    assert result.returncode == 0, result.stderr
    assert "ready in" in result.stderr
