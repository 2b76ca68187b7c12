"""Repeatable randomness: the same id always gets the same fate."""

from __future__ import annotations

import hashlib
import random


def chance(*parts: str) -> random.Random:
    """Return a generator seeded from texts, equal in every process."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return random.Random(digest)
