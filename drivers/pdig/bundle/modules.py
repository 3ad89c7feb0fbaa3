# SPDX-License-Identifier: MIT
"""Which Python files `pdig-agent` needs: its modules, those that they import, and the data that lies beside them."""

import sys
import sysconfig
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from modulefinder import ModuleFinder
from pathlib import Path, PurePosixPath

from agent.errors import AgentError

_NEVER = [
    # Progress of reading a capture file, which pdig-agent does not do.
    "rich",
    # Choosing another driver, which it does not do either.
    "loader",
    # Optional to what imports them, and large with the libraries they bring.
    "_hashlib",
    "bz2",
    "lzma",
    # Imported for developing and packaging, by functions that are not called here.
    "asyncio",
    "attr",
    "distutils",
    "doctest",
    "lib2to3",
    "multiprocessing",
    "pdb",
    "pkg_resources",
    "pydoc",
    "pydot",
    "setuptools",
    "test",
    "tkinter",
    "unittest",
    "_testcapi",
    "_testinternalcapi",
]
_ALSO = ("encodings.ascii", "encodings.idna", "encodings.latin_1", "encodings.utf_8")
"""Imported by name, which no search for `import` finds."""
_MUST = ("agent._core", "agent.app", "drivers.pdig.tracing", "lark", "ptrace", "yaml")
_OWN = ("agent", "drivers")
_CODE = {".py", ".pyi", ".pyc", ".so", ".c", ".h", ".toml", ".rs"}

Files = dict[PurePosixPath, Path]
"""Where in the folder, from where on this machine."""


def python_files() -> Files:
    """Return all files of Python's standard library and of the packages that belong into the folder.

    Raises AgentError when something that cannot be missing is not installed here.
    """
    root = Path(__file__).parents[3]
    search = list(dict.fromkeys([str(root), *(path for path in sys.path if path)]))
    finder = ModuleFinder(path=search, excludes=_NEVER)
    finder.run_script(str(root / "drivers/pdig/__main__.py"))
    for name in _ALSO:
        finder.import_hook(name)
    missing = [name for name in _MUST if name not in finder.modules]
    if missing:
        raise AgentError(
            f"The folder cannot be made: {', '.join(missing)} cannot be imported here. `make setup` installs."
        )
    files: Files = {}
    for name, module in finder.modules.items():
        path = getattr(module, "__file__", None)  # built-in modules have none
        if path is not None and name != "__main__":
            files.update(_module(name, Path(path)))
    rules = root / "agent/rules"
    for rule_file in sorted(rules.rglob("*.yaml")):
        files[PurePosixPath("packages/agent/rules", rule_file.relative_to(rules).as_posix())] = rule_file
    return files


def _module(name: str, path: Path) -> Iterator[tuple[PurePosixPath, Path]]:
    place = _place(path, name)
    if path.name != "__init__.py":
        yield place / path.name, path
        return
    yield place / "__init__.py", path
    standard = place.parts[0] == "lib"
    for beside in sorted(path.parent.iterdir()):
        # Grammars and tables, which packages read at run time.
        if beside.is_file() and beside.suffix not in _CODE and not standard:
            yield place / beside.name, beside


def _place(path: Path, name: str) -> PurePosixPath:
    """Return the folder in which a module's file lies; for a package, the package's own folder."""
    is_package = path.name == "__init__.py"
    standard = Path(sysconfig.get_path("stdlib"))
    if path.is_relative_to(standard) and not {"site-packages", "dist-packages"} & set(path.parts):
        top = PurePosixPath("lib", f"python{sys.version_info[0]}.{sys.version_info[1]}")
        return top / path.parent.relative_to(standard).as_posix()
    parents = name.split(".") if is_package else name.split(".")[:-1]
    return PurePosixPath("packages", *parents)


def is_extension(path: Path) -> bool:
    """Return whether this is a module of machine code."""
    return path.name.endswith(tuple(EXTENSION_SUFFIXES))
