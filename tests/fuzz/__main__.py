"""Fuzz one target: `python -m tests.fuzz TARGET [options of libFuzzer and corpus folders]`.

Guided by coverage of the language's Python code; `make fuzz` calls it.
"""

import sys

import atheris

with atheris.instrument_imports(include=["agent.lang"]):
    from tests.fuzz.targets import TARGETS

if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
    raise SystemExit(f"usage: python -m tests.fuzz {{{','.join(TARGETS)}}} [libFuzzer options] [corpus folders]")
target = TARGETS[sys.argv.pop(1)]
atheris.Setup(sys.argv, target)
atheris.Fuzz()
