"""Compiles the C programs of the tests."""

import subprocess
from collections.abc import Sequence
from pathlib import Path


def compile_program(source: Path, folder: Path, options: Sequence[str] = ()) -> Path:
    """Compile one C file into `folder` (once) and return the program. Raises AssertionError with gcc's words."""
    program = folder / source.stem
    if not program.exists():
        command = ["gcc", "-O1", "-Wall", "-pthread", *options, "-o", str(program), str(source)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, f"{source} does not compile:\n{result.stderr}"
    return program


def compile_folder(sources: Path, folder: Path) -> Path:
    """Compile every C file of `sources` into `folder`, and return `folder`."""
    for source in sorted(sources.glob("*.c")):
        compile_program(source, folder)
    return folder
