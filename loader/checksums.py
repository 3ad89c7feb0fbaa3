"""The list of checksums of a folder of drivers, as `sha256sum` writes it, and its signature.

The signature is Ed25519 over the list, 64 bytes in a file beside it, with keys as PEM: what `openssl pkeyutl -sign
-rawin` makes and every key service can. The list names each file with its digest, so one signature covers them all. It
is checked with the `cryptography` library: no keyring, no program to call whose words would have to be interpreted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from loader.names import PLAIN

LARGEST_LIST = 4 << 20
"""Bytes of a list that is still read: some twenty thousand drivers."""
SIGNATURE_BYTES = 64
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")
_PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)


class ChecksumError(Exception):
    """A list, key or signature is not what it has to be. The message is a sentence."""


def parse(text: bytes) -> dict[str, str]:
    """Return the digest of each file, by name. Raises ChecksumError with the line that is none."""
    found: dict[str, str] = {}
    if len(text) > LARGEST_LIST:
        raise ChecksumError(f"the list of checksums is longer than {LARGEST_LIST} bytes")
    for number, line in enumerate(text.decode("ascii", "replace").splitlines(), 1):
        parsed = _LINE.fullmatch(line)
        if parsed is None or not PLAIN.fullmatch(parsed[2]):
            raise ChecksumError(f"line {number} of the list of checksums is not `DIGEST  FILE`: {line[:80]!r}")
        if found.setdefault(parsed[2], parsed[1]) != parsed[1]:
            raise ChecksumError(f"line {number} of the list of checksums gives {parsed[2]} a second digest")
    return found


def render(digests: Mapping[str, str]) -> bytes:
    """Return the list, sorted by name."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items())).encode()


def of_file(path: Path) -> str:
    """Return the SHA-256 digest of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else _digest(file)


def _digest(file: object) -> str:
    digest = hashlib.sha256()  # Python 3.10
    while chunk := file.read(1 << 20):  # type: ignore[attr-defined]
        digest.update(chunk)
    return digest.hexdigest()


def public_keys(path: Path) -> dict[str, Ed25519PublicKey]:
    """Return the keys of a PEM file by fingerprint; several while one replaces another. Raises ChecksumError."""
    try:
        blocks = _PEM.findall(path.read_bytes())
        keys = [load_pem_public_key(block) for block in blocks]
    except OSError as error:
        raise ChecksumError(f"the public key {path} cannot be read: {error.strerror}") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ChecksumError(f"{path} is no public key: {error}") from error
    found = {fingerprint(key): key for key in keys if isinstance(key, Ed25519PublicKey)}
    if not found:
        raise ChecksumError(
            f"{path} holds no Ed25519 public key as PEM; `openssl genpkey -algorithm ed25519 -out private.pem`, then "
            "`openssl pkey -in private.pem -pubout -out public.pem` makes a pair"
        )
    return found


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return what a key is known by: the first digits of its digest."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()[:16]


def signer(keys: Mapping[str, Ed25519PublicKey], signature: bytes, text: bytes) -> str:
    """Return the fingerprint of the key that signed. Raises ChecksumError when none did."""
    for name, key in keys.items():
        try:
            key.verify(signature, text)
        except InvalidSignature:
            continue
        return name
    raise ChecksumError(f"the signature of the list of checksums is by none of the keys {', '.join(keys)}")


def sign(private_key: Path, text: bytes) -> bytes:
    """Return the signature of a list. Raises ChecksumError."""
    try:
        key = load_pem_private_key(private_key.read_bytes(), password=None)
    except OSError as error:
        raise ChecksumError(f"the private key {private_key} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ChecksumError(f"{private_key} is no private key without a password: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ChecksumError(f"{private_key} is no Ed25519 key: make one with `openssl genpkey -algorithm ed25519`")
    return key.sign(text)
