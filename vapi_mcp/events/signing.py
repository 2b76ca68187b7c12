"""Signatures of webhooks by the Standard Webhooks specification."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

_PREFIX = "whsec_"
_LEAST, _MOST = 24, 64


def is_secret(text: str) -> bool:
    """Return whether a text is a signing secret: `whsec_` and the base64 of 24 to 64 bytes."""
    try:
        return text.startswith(_PREFIX) and _LEAST <= len(_key(text)) <= _MOST
    except (binascii.Error, ValueError):
        return False


def signed_headers(
    message_id: str, body: bytes, secrets: Iterable[str], now: datetime
) -> dict[str, str]:
    """Return the headers that prove where a message comes from: one signature a secret."""
    stamp = str(int(now.timestamp()))
    signed = b".".join((message_id.encode(), stamp.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(_signature(secret, signed) for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
