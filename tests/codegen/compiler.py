"""Compiling and running the generated C with the system's compiler."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT / "drivers" / "shared" / "generated"
FILLERS = ROOT / "drivers" / "shared" / "generated" / "fillers.h"

PRELUDE = """
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
typedef uint8_t u8; typedef uint16_t u16; typedef uint32_t u32; typedef uint64_t u64;
typedef int8_t s8; typedef int16_t s16; typedef int32_t s32; typedef int64_t s64;
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
"""


def run(source: str, folder: Path, *options: str) -> str:
    """Compile ``source`` with all warnings as errors, run it, return what it printed."""
    compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("neither gcc nor clang is installed: generated C is not compiled")
    path = folder / "test.c"
    path.write_text(source, encoding="utf-8")
    command = [compiler, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wno-unused", "-Wno-unused-parameter"]
    compiled = subprocess.run(
        [*command, *options, f"-I{SHARED}", str(path), "-o", str(folder / "test")], capture_output=True, text=True
    )
    assert compiled.returncode == 0, compiled.stderr[:4000]
    return subprocess.run([str(folder / "test")], capture_output=True, text=True, check=True, timeout=60).stdout
