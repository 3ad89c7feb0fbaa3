"""Kernel headers that work from the folder they were unpacked in, with a compiler that is at hand.

Debian's headers expect to lie in /usr/src, and name the compiler that built the kernel. Neither is so in the cache of
the lab, which is used by this machine and, over 9p, by its guests.
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path

# Where the Makefile is that is being read, in make's words.
_HERE = "$(dir $(realpath $(lastword $(MAKEFILE_LIST))))"
_EMPTY_MODULE = '#include <linux/module.h>\nMODULE_LICENSE("GPL");\nMODULE_DESCRIPTION("empty");\n'


def folder(tree: Path, release: str) -> Path:
    """Return the folder that `make -C FOLDER M=MODULE` takes, below the tree of an unpacked kernel."""
    return tree / "usr/src" / f"linux-headers-{release}"


def make_relocatable(tree: Path, release: str) -> None:
    """Let the headers find each other by relative paths, and be found from the modules."""
    makefile = folder(tree, release) / "Makefile"
    makefile.write_text(makefile.read_text().replace("/usr/src/", f"{_HERE}../"))
    # With the kernel's types at hand, kbuild wants a pahole of their age to add the module's. Nothing here needs those.
    (folder(tree, release) / "vmlinux").unlink(missing_ok=True)
    for modules in (*tree.glob("lib/modules/*"), *tree.glob("usr/lib/modules/*")):
        for name in ("build", "source"):
            link = modules / name
            if link.is_symlink() and os.readlink(link).startswith("/"):
                target = tree / os.readlink(link).lstrip("/")
                link.unlink()
                link.symlink_to(os.path.relpath(target, modules))
    _set_compiler(tree, release, "gcc")


def compiler(tree: Path, release: str) -> str:
    """Return the name of the compiler that built the kernel, as `gcc-14`."""
    config = (folder(tree, release) / ".config").read_text()
    version = re.search(r"^CONFIG_GCC_VERSION=(\d+)\d{4}$", config, re.MULTILINE)
    return f"gcc-{version[1]}" if version else "gcc"


def use_compiler(tree: Path, release: str, path: Path) -> None:
    """Let the headers take a compiler that lies in the same tree."""
    _set_compiler(tree, release, f"{_HERE}{os.path.relpath(path, folder(tree, release))}")


def reason_not_to_build(tree: Path, release: str) -> str | None:
    """Build an empty module and return the first error, or None when it was built."""
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch, "Kbuild").write_text("obj-m := empty.o\n")
        Path(scratch, "empty.c").write_text(_EMPTY_MODULE)
        done = subprocess.run(
            ["make", "-C", str(folder(tree, release)), f"M={scratch}", "modules"],
            capture_output=True,
            text=True,
            timeout=300,
        )
        if done.returncode == 0 and Path(scratch, "empty.ko").exists():
            return None
    lines = [line for line in done.stderr.splitlines() if "rror" in line or "not found" in line]
    return lines[0] if lines else f"make ended with status {done.returncode}"


def _set_compiler(tree: Path, release: str, words: str) -> None:
    variables = folder(tree, release) / ".kernelvariables"
    text = re.sub(r"^CC :?=.*$", lambda _: f"CC := {words}", variables.read_text(), flags=re.MULTILINE)
    variables.write_text(text)
