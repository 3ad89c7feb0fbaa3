"""The compiler and build tools of a newer Debian release, run on this one with the C library they were linked with."""

import os
import re
import subprocess
from pathlib import Path

FOLDER = Path("toolbox")  # below the tree of the kernel that needs it
# What a compiler depends on and does not need to build a module; the rest of its dependencies is taken.
NOT_NEEDED = re.compile(r"gcc-\d+-base|libcc1-0|libgcc-\d+-dev|.*-common|libc-.*|libgprofng0|libctf\d+|libctf-nobfd0")
_TARGET = "x86_64-linux-gnu"
_WRAPPER = """\
#!/bin/sh
here=$(readlink -f "$0")
here=${{here%/*}}
exec "$here/{loader}" --library-path "$here/{library}" --argv0 "$0" "$here/{name}.bin" "$@"
"""


def packages(compiler: str) -> list[str]:
    """Return the packages of a toolbox with a compiler such as `gcc-14`; their dependencies belong to it."""
    return [f"{compiler}-x86-64-linux-gnu", "binutils-x86-64-linux-gnu", "libelf1t64"]


def compiler(tree: Path, name: str) -> Path:
    """Return the path of a compiler such as `gcc-14` in the toolbox."""
    return tree / FOLDER / "usr/bin" / f"{_TARGET}-{name}"


def make_runnable(tree: Path) -> None:
    """Put a script in the place of each tool that does not run here; it starts the tool with its own C library."""
    loader = next((tree / FOLDER).glob("**/ld-linux-x86-64.so.2")).resolve()
    places = (tree / FOLDER / "usr/bin", tree / FOLDER / "usr/libexec", *tree.glob("usr/lib/linux-kbuild-*"))
    for tool in sorted(path for place in places for path in place.rglob("*")):
        if _lacks_libraries(tool):
            script = _WRAPPER.format(
                loader=os.path.relpath(loader, tool.parent),
                library=os.path.relpath(loader.parent, tool.parent),
                name=tool.name,
            )
            tool.rename(tool.with_name(f"{tool.name}.bin"))
            tool.write_text(script)
            tool.chmod(0o755)
    # Where the compiler looks for its assembler before the PATH, on which this machine's older one is.
    beside = tree / FOLDER / "usr" / _TARGET / "bin/as"
    beside.parent.mkdir(parents=True)
    beside.symlink_to(f"../../bin/{_TARGET}-as")


def _lacks_libraries(path: Path) -> bool:
    if path.suffix == ".so" or path.is_symlink() or not path.is_file() or not os.access(path, os.X_OK):
        return False
    with path.open("rb") as file:
        if file.read(4) != b"\x7fELF":
            return False
    said = subprocess.run(["ldd", str(path)], capture_output=True, text=True, timeout=30)
    return "not found" in said.stdout + said.stderr
