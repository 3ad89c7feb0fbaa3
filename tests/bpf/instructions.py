"""What a kernel allows in a program, held against the instructions of one: for kernels that no test can boot."""

from collections.abc import Iterator, Sequence

from drivers.bpf.elf import Instruction

LONGEST = 4096
"""Instructions of a program, up to 5.2 (c04c0d2b968a "bpf: increase complexity limit and maximum program size")."""

HELPERS: dict[int, tuple[str, tuple[int, int]]] = {
    1: ("map_lookup_elem", (3, 19)),
    2: ("map_update_elem", (3, 19)),
    3: ("map_delete_elem", (3, 19)),
    4: ("probe_read", (4, 1)),
    5: ("ktime_get_ns", (4, 1)),
    8: ("get_smp_processor_id", (4, 1)),
    12: ("tail_call", (4, 2)),
    14: ("get_current_pid_tgid", (4, 2)),
    25: ("perf_event_output", (4, 4)),
    35: ("get_current_task", (4, 8)),
    45: ("probe_read_str", (4, 11)),
    112: ("probe_read_user", (5, 5)),
    113: ("probe_read_kernel", (5, 5)),
    114: ("probe_read_user_str", (5, 5)),
    115: ("probe_read_kernel_str", (5, 5)),
}
"""Number of a helper function, its name, and the kernel that brought it."""

# Instruction classes and operations (include/uapi/linux/bpf.h).
STX, JMP, JMP32 = 0x03, 0x05, 0x06
LOAD_64 = 0x18
ALWAYS, CALL, EXIT = 0x00, 0x80, 0x90
ATOMIC, ADD = 0xC0, 0
PSEUDO_CALL = 1


def violations(program: Sequence[Instruction], kernel: tuple[int, int]) -> Iterator[str]:
    """Yield, as a phrase each, what the kernel would refuse."""
    if len(program) > LONGEST:
        yield f"{len(program)} instructions, of which {LONGEST} are allowed"
    second_half = False
    for at, instruction in enumerate(program):
        if second_half:
            second_half = False
            continue
        code, kind = instruction.code, instruction.code & 7
        second_half = code == LOAD_64
        if second_half and instruction.symbol and not instruction.symbol.startswith("map_"):
            yield f"{at}: global data, {instruction.symbol} (5.2)"
        if kind == JMP32:
            yield f"{at}: a 32-bit jump (5.1)"
        elif kind == JMP and code & 0xF0 == CALL:
            yield from _call(at, instruction, kernel)
        if kind == STX and code & 0xE0 == ATOMIC and instruction.immediate != ADD and kernel < (5, 12):
            yield f"{at}: an atomic operation other than an addition (5.12)"

    if (loop := _loop(program)) is not None:
        yield f"{loop[0]}: an edge back to {loop[1]}, a loop (5.3)"


def _loop(program: Sequence[Instruction]) -> tuple[int, int] | None:
    """Return the first edge to an instruction that leads to it, as the verifier looks for them (check_cfg).

    A jump to a lower number is none by itself: compilers order the parts of a program as they like.
    """
    entered, left = 1, 2
    state = [0] * len(program)
    path = [(0, iter(_successors(program, 0)))]
    state[0] = entered
    while path:
        at, edges = path[-1]
        to = next(edges, None)
        if to is None:
            state[at] = left
            path.pop()
        elif not 0 <= to < len(program) or state[to] == entered:
            return at, to
        elif not state[to]:
            state[to] = entered
            path.append((to, iter(_successors(program, to))))
    return None


def _successors(program: Sequence[Instruction], at: int) -> list[int]:
    instruction = program[at]
    if instruction.code == LOAD_64:
        return [at + 2]
    if instruction.code & 7 not in (JMP, JMP32) or instruction.code & 0xF0 == CALL:
        return [at + 1]
    if instruction.code & 0xF0 == EXIT:
        return []
    target = at + 1 + instruction.offset
    return [target] if instruction.code & 0xF0 == ALWAYS else [at + 1, target]


def _call(at: int, instruction: Instruction, kernel: tuple[int, int]) -> Iterator[str]:
    if instruction.src == PSEUDO_CALL or instruction.symbol:
        yield f"{at}: a call of a function of the program (4.16)"
    elif instruction.src:
        yield f"{at}: a call of a function of the kernel (5.13)"
    elif (helper := HELPERS.get(instruction.immediate)) is None:
        yield f"{at}: helper {instruction.immediate}, which is not in the list"
    elif helper[1] > kernel:
        yield f"{at}: helper {helper[0]} ({helper[1][0]}.{helper[1][1]})"
