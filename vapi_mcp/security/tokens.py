"""Tokens: 256 random bits with a prefix and a checksum, kept only as a hash."""

from __future__ import annotations

import hashlib
import secrets
import zlib

PREFIX = "vms_"
API_PREFIX = "vma_"
SESSION_PREFIX = "vmc_"
OAUTH_PREFIX = "vmo_"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = tuple(f"{first}{second}" for first in _DIGITS for second in _DIGITS)
_RANDOM_LENGTH = 43  # 62**43 > 2**256
_CHECK_LENGTH = 6  # 62**6 > 2**32
LENGTH = len(PREFIX) + _RANDOM_LENGTH + _CHECK_LENGTH


def new_token(prefix: str = PREFIX) -> str:
    """Return a fresh secret that opens one server; show it once and keep `token_hash` of it.

    With `API_PREFIX` it is an API token.
    """
    body = _digits(secrets.randbits(256), _RANDOM_LENGTH)
    return f"{prefix}{body}{_checksum(prefix, body)}"


def is_well_formed(token: str, prefix: str = PREFIX) -> bool:
    """Return whether a text can be such a token at all; a typo fails here, before any store."""
    body = token.removeprefix(prefix)[:-_CHECK_LENGTH]
    return (
        token.startswith(prefix)
        and len(body) == _RANDOM_LENGTH
        and token.isascii()
        and token.endswith(_checksum(prefix, body))
    )


def token_hash(token: str) -> str:
    """Return the hash that a store keeps: SHA-256, as hexadecimal digits."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def bearer_in(authorization: str) -> str:
    """Return the token of an Authorization header, empty if it holds none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _checksum(prefix: str, body: str) -> str:
    return _digits(zlib.crc32(f"{prefix}{body}".encode()), _CHECK_LENGTH)


def _digits(number: int, length: int) -> str:
    digits: list[str] = []
    for _ in range(0, length, 2):
        number, pair = divmod(number, len(_PAIRS))
        digits.append(_PAIRS[pair])
    return "".join(reversed(digits))[-length:]
