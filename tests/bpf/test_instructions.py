"""Every program fits the kernels that it is for, which the lab cannot all boot."""

from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.bpf.bcc_loader import read_maps, read_programs
from drivers.bpf.elf import Instruction, Object
from tests.bpf.instructions import LONGEST, violations
from tests.bpf.kernels import Target, targets

NOP = Instruction(0xB7, 0, 0, 0, 0)
END = Instruction(0x95, 0, 0, 0, 0)


def helper(number: int) -> Instruction:
    return Instruction(0x85, 0, 0, 0, number)


@pytest.mark.slow
@pytest.mark.parametrize("target", targets() or [None], ids=lambda target: target.release if target else "none")
def test_no_program_has_what_its_kernel_refuses(target: Target | None, compiled_for: Callable[[Target], Path]) -> None:
    if target is None:
        pytest.skip("there are no headers here to compile the probe with, and no BTF together with bpftool")
    programs = Object(compiled_for(target)).programs()
    found = {name: list(violations(program, target.version)) for name, program in programs.items()}
    assert {name: phrases for name, phrases in found.items() if phrases} == {}
    assert "dispatch" in programs
    assert "fill_openat_2_x" in programs


def test_bcc_is_given_the_programs_and_maps_that_clang_compiles(running: Path) -> None:
    found = Object(running)
    assert sorted(read_programs()) == sorted(found.programs())
    maps = {symbol.name for symbol in found.symbols if symbol.name.startswith("map_")}
    assert {f"map_{each.name}" for each in read_maps()} == maps


def test_a_program_that_every_kernel_takes_is_found_to_be_one() -> None:
    assert list(violations([helper(1), NOP, END], (4, 14))) == []
    # 0 jumps to 2, which jumps back to 1, where it ends: out of order, and no loop.
    assert list(violations([Instruction(5, 0, 0, 1, 0), END, Instruction(5, 0, 0, -2, 0)], (4, 14))) == []
    assert list(violations([NOP] * (LONGEST - 1) + [END], (4, 14))) == []


@pytest.mark.parametrize(
    ("program", "kernel", "phrase"),
    [
        ([NOP] * LONGEST + [END], (4, 14), "4097 instructions, of which 4096 are allowed"),
        ([NOP, Instruction(0x05, 0, 0, -2, 0), END], (5, 2), "1: an edge back to 0, a loop (5.3)"),
        ([NOP, Instruction(0x15, 0, 0, -2, 0), END], (5, 2), "1: an edge back to 0, a loop (5.3)"),
        ([NOP], (4, 14), "0: an edge back to 1, a loop (5.3)"),
        ([Instruction(0x1E, 0, 0, 0, 0), END], (5, 0), "0: a 32-bit jump (5.1)"),
        ([Instruction(0x85, 0, 1, 0, -1), END], (4, 14), "0: a call of a function of the program (4.16)"),
        ([Instruction(0x85, 0, 2, 0, 7), END], (6, 1), "0: a call of a function of the kernel (5.13)"),
        ([helper(113), END], (5, 4), "0: helper probe_read_kernel (5.5)"),
        ([helper(131), END], (6, 12), "0: helper 131, which is not in the list"),
        ([Instruction(0xDB, 1, 0, 0, 0xE1), END], (5, 10), "0: an atomic operation other than an addition (5.12)"),
        ([Instruction(0x18, 1, 0, 0, 0, ".rodata"), NOP, END], (4, 14), "0: global data, .rodata (5.2)"),
    ],
)
def test_what_a_kernel_refuses_is_found(program: list[Instruction], kernel: tuple[int, int], phrase: str) -> None:
    assert list(violations(program, kernel)) == [phrase]
