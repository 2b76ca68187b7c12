"""How much JSON may hold, counted in its bytes before anything is built of it."""

from __future__ import annotations

# The parsers behind the transports stop at 201 levels, some of them without an answer.
MOST_LEVELS = 200
# The calls of a campaign to 10,000 people hold half as many.
MOST_VALUES = 100_000

_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_AS_ARRAYS = bytes.maketrans(b"{}", b"[]")


def excess_of(data: bytes) -> str | None:
    """Return what is too much about a JSON text, after its name; None if nothing is.

    What is no JSON may pass: its parser stops where this reads on, and no later.
    """
    opened = data.count(b"[") + data.count(b"{")
    if opened <= MOST_LEVELS and opened + data.count(b",") <= MOST_VALUES:
        return None  # even if none of them stands in a text
    bare = _without_texts(data)
    if bare is None or _values(bare) > MOST_VALUES:
        return f"holds more than {MOST_VALUES:,} values"
    if _is_deep(bare):
        return f"nests more than {MOST_LEVELS} levels deep, or its brackets do not match"
    return None


def _without_texts(data: bytes) -> bytes | None:
    marked = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    # Each value has a key at most, and each text two quotes.
    if marked.count(b'"') > 4 * MOST_VALUES:
        return None
    return b"".join(marked.split(b'"')[::2])


def _values(bare: bytes) -> int:
    return bare.count(b"[") + bare.count(b"{") + bare.count(b",")


def _is_deep(bare: bytes) -> bool:
    brackets = bare.translate(_AS_ARRAYS, _NO_BRACKETS)
    if len(brackets) > 2 * MOST_VALUES:
        return True  # more close than open
    for _ in range(MOST_LEVELS):
        # Each pass takes the innermost level away.
        brackets = brackets.replace(b"[]", b"")
        if not brackets:
            return False
    return True
