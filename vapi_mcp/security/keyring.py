"""The keys that encrypt stored secrets and sign cursors and links; the first encrypts."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from vapi_mcp.errors import ConfigurationError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_LEAST_BYTES = 32
_NONCE_BYTES = 12
_ID_BYTES = 4
_FORMAT = "v1"


@lru_cache(maxsize=1024)
def derived_key(secret: bytes, purpose: str) -> bytes:
    """Return 32 bytes that stand for a secret in one purpose and tell nothing of it.

    HKDF with SHA-256 (RFC 5869), of one block. Most processes sign and never seal, and the library
    that seals takes 6 MB.
    """
    extracted = hmac.digest(b"vapi-mcp", secret, "sha256")
    return hmac.digest(extracted, purpose.encode() + b"\x01", "sha256")


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a ring: at least 32 random bytes, named after themselves."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """The key's name in what it sealed: eight hexadecimal digits made from the key."""
        return derived_key(self.secret, "name")[:_ID_BYTES].hex()

    @property
    def text(self) -> str:
        """The key as settings and key files hold it."""
        return base64.b64encode(self.secret).decode()


def new_key() -> str:
    """Return a fresh key as settings and key files hold it."""
    return Key(os.urandom(_LEAST_BYTES)).text


def parse_keys(text: str, source: str) -> tuple[Key, ...]:
    """Return the keys of a setting or a key file: base64, between commas or on lines of their own.

    Raises:
        ConfigurationError: There is none, or one is no key; `source` says where to look.
    """
    words = text.replace(",", "\n").split()
    if not words:
        raise ConfigurationError(f"{source} holds no key; create one with: openssl rand -base64 32")
    keys = tuple(_parse_key(word, f"key {n} of {source}") for n, word in enumerate(words, start=1))
    if len({key.id for key in keys}) < len(keys):
        raise ConfigurationError(f"{source} holds the same key twice")
    return keys


def _parse_key(word: str, where: str) -> Key:
    try:
        secret = base64.b64decode(word.translate({45: 43, 95: 47}), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) < _LEAST_BYTES:
        raise ConfigurationError(
            f"{where} is not {_LEAST_BYTES} random bytes in base64; create one with: openssl "
            "rand -base64 32"
        )
    return Key(secret)


class KeyRing:
    """Keys for encryption and decryption, newest first."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = tuple(keys)

    @property
    def keys(self) -> tuple[Key, ...]:
        """The present keys; the first one encrypts."""
        return self._keys

    def seal(self, secret: str, owner: str, name: str) -> str:
        """Return a secret as it is kept; it opens for the same owner and field name only."""
        key, nonce = self.keys[0], os.urandom(_NONCE_BYTES)
        sealed = _cipher(key).encrypt(nonce, secret.encode(), _bound_to(key, owner, name))
        return f"{_FORMAT}.{key.id}.{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, owner: str, name: str) -> str | None:
        """Return the secret of this owner and field, or None if no key decrypts it."""
        key = next((key for key in self.keys if key.id == key_id(sealed)), None)
        if key is None:
            return None
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - loaded when it is used

        try:
            raw = base64.b64decode(sealed.rpartition(".")[2], validate=True)
            nonce, rest = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            return _cipher(key).decrypt(nonce, rest, _bound_to(key, owner, name)).decode()
        except (InvalidTag, ValueError):
            return None

    def mark(self) -> str:
        """Return what a database keeps to tell its keys by: it holds no secret."""
        return _mark_of(self.keys[0])

    def knows(self, mark: str) -> bool:
        """Return whether one of the keys made a mark."""
        return any(hmac.compare_digest(mark.encode(), _mark_of(key).encode()) for key in self.keys)

    def is_current(self, sealed: str) -> bool:
        """Return whether a secret is sealed with the key that seals now."""
        return key_id(sealed) == self.keys[0].id

    def signing_keys(self, purpose: str) -> tuple[bytes, ...]:
        """Return what signs for one purpose; the first one signs, all of them check."""
        return tuple(derived_key(key.secret, f"sign {purpose}") for key in self.keys)


def key_id(sealed: str) -> str | None:
    """Return the name of the key that encrypted a text, None if it is not encrypted."""
    form, _, rest = sealed.partition(".")
    return rest.partition(".")[0] if form == _FORMAT else None


def _mark_of(key: Key) -> str:
    return f"{_FORMAT}.{key.id}.{base64.b64encode(derived_key(key.secret, 'mark')).decode()}"


def _cipher(key: Key) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - loaded when it is used

    return AESGCM(derived_key(key.secret, "seal"))


def _bound_to(key: Key, owner: str, name: str) -> bytes:
    return f"{_FORMAT}\0{key.id}\0{owner}\0{name}".encode()
