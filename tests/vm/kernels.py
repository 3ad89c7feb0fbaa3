"""The kernels that are tested, as data: where Debian has each of them."""

from dataclasses import dataclass

MAIN = "debian"
SECURITY = "debian-security"


@dataclass(frozen=True)
class Source:
    """One suite of one Debian archive. `archive` is the last part of the archive's address on any mirror."""

    archive: str
    suite: str


@dataclass(frozen=True)
class Kernel:
    """A kernel series and the suites that may have it, the preferred one first.

    The package is always `linux-image-amd64`, which depends on the newest stock kernel of the suite. The flavour for
    clouds would not do: it lacks 9p, over which the guest reads the host's files.
    """

    series: str
    sources: tuple[Source, ...]
    # Where the compiler and the C library of this kernel's release are, when this machine's may be too old.
    tools: Source | None = None
    # Whether the guest builds the module itself, by DKMS, as a user's machine does.
    dkms: bool = False
    has_btf: bool = True
    # Whether the module is put under stress there, which takes more than a minute.
    stress: bool = False
    # A configuration beside this file, when the kernel is built from Debian's source instead of taken from an image.
    config: str | None = None


# The security suites come first where they have the kernel: it is newer there and their index is small.
KERNELS = (
    Kernel("5.10", (Source(SECURITY, "bullseye-security"),)),
    Kernel("6.1", (Source(SECURITY, "bookworm-security"), Source(MAIN, "bookworm")), dkms=True, stress=True),
    Kernel("6.12", (Source(SECURITY, "trixie-security"), Source(MAIN, "trixie")), Source(MAIN, "trixie")),
    Kernel("6.1-no-btf", (Source(SECURITY, "bookworm-security"),), has_btf=False, stress=True, config="no_btf.config"),
    Kernel("7.2", (Source(MAIN, "sid"),), Source(MAIN, "sid")),
)
