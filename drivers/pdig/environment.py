# SPDX-License-Identifier: MIT
"""The environment that pdig-agent was started with, which is the command's: every entry of it, in its order."""

import os
from pathlib import Path

_ASIDE = b"pdig-agent:"
"""What the relocatable folder's launcher puts before entries that are not for its own loader (bundle/launcher.c)."""


def of_caller() -> tuple[bytes, ...]:
    """Return the entries as the kernel got them.

    `os.environ` is not that: Python adds LC_CTYPE where there is no locale (PEP 538), keeps one of two entries of the
    same name, and drops those without a name.
    """
    from drivers.pdig.folder import own_folder

    try:
        entries = Path("/proc/self/environ").read_bytes().split(b"\0")[:-1]
    except OSError:  # a process that may not be read, even by itself
        entries = [name + b"=" + value for name, value in os.environb.items()]
    if own_folder() is None:
        return tuple(entries)
    return tuple(entry.removeprefix(_ASIDE) for entry in entries)
