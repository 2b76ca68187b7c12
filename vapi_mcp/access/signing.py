"""Signed, opaque texts that go out to clients and come back: cursors, for now."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vapi_mcp.access.models import Credential

_TAG_LENGTH = 16


class Signer:
    """Signs payloads for one purpose with a key derived from an account's credential.

    Any process that holds the credential can check what another one signed.
    """

    def __init__(self, credential: Credential, purpose: str) -> None:
        self._key = _derived_key(credential.secret, purpose)

    def sign(self, payload: bytes, context: str) -> str:
        """Return URL-safe text holding the payload; it only opens with the same context."""
        return base64.urlsafe_b64encode(self._tag(payload, context) + payload).decode().rstrip("=")

    def open(self, text: str, context: str) -> bytes | None:
        """Return the payload of a text signed here, or None when it was not, or was changed."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        tag, payload = raw[:_TAG_LENGTH], raw[_TAG_LENGTH:]
        return payload if hmac.compare_digest(tag, self._tag(payload, context)) else None

    def _tag(self, payload: bytes, context: str) -> bytes:
        message = context.encode() + b"\0" + payload
        return hmac.digest(self._key, message, hashlib.sha256)[:_TAG_LENGTH]


@lru_cache(maxsize=1024)
def _derived_key(secret: str, purpose: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=b"vapi-mcp", info=purpose.encode())
    return kdf.derive(secret.encode())
