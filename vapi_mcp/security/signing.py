"""Signed, opaque texts for clients to send back."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence

from vapi_mcp.security.credential import Credential
from vapi_mcp.security.keyring import KeyRing, derived_key

_TAG_LENGTH = 16


class Signer:
    """Signs payloads for one purpose with keys derived from a credential or a key ring.

    Any process that holds the credential, or the ring, can check what another one signed. With a
    ring, its first key signs and all of them check.
    """

    def __init__(self, source: Credential | KeyRing, purpose: str) -> None:
        self._keys = _derivation(source, purpose)

    def sign(self, payload: bytes, context: str) -> str:
        """Return URL-safe text holding the payload; it only opens with the same context."""
        tag = _tag(self._keys()[0], payload, context)
        return base64.urlsafe_b64encode(tag + payload).decode().rstrip("=")

    def open(self, text: str, context: str) -> bytes | None:
        """Return the payload of a text signed here, or None when it was not, or was changed."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        tag, payload = raw[:_TAG_LENGTH], raw[_TAG_LENGTH:]
        tags = [_tag(key, payload, context) for key in self._keys()]
        return payload if any(hmac.compare_digest(tag, t) for t in tags) else None


def _derivation(source: Credential | KeyRing, purpose: str) -> Callable[[], Sequence[bytes]]:
    if isinstance(source, KeyRing):
        return lambda: source.signing_keys(purpose)
    keys = (derived_key(source.secret.encode(), purpose),)
    return lambda: keys


def _tag(key: bytes, payload: bytes, context: str) -> bytes:
    message = context.encode() + b"\0" + payload
    return hmac.digest(key, message, hashlib.sha256)[:_TAG_LENGTH]
