# SPDX-License-Identifier: MIT
"""Standard streams that the caller has closed."""

import os
import sys


def plug_closed() -> None:
    """Put /dev/null where standard streams are closed, so that no file of ours is taken for one of them.

    The command finds them closed, as its caller wanted: what is put there does not outlive an exec.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            descriptor = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
            if descriptor != number:  # a lower one is closed, too, and is seen to first
                os.dup2(descriptor, number, inheritable=False)
                os.close(descriptor)
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False, buffering=1)  # noqa: SIM115
