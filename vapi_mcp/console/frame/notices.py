"""Notices of changes that were made, by the key that a redirect carries."""

from __future__ import annotations

from collections.abc import Mapping

NOTICES: Mapping[str, str] = {
    "session-ended": "The session has ended.",
    "token-deleted": "The API token is deleted; it opens nothing any more.",
    "keys-rotated": "All stored Vapi keys are encrypted with a new key.",
}
