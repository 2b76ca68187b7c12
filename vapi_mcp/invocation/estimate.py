"""What a text costs a model, near enough and without a tokenizer.

The weights were fitted to o200k over the simulated Vapi's answers and transcripts in many scripts
so that they rather over- than underestimate; tests/invocation/test_estimate.py holds the bounds.
"""

from __future__ import annotations

_LOWER, _UPPER, _DIGIT, _MARK, _SPACE, _TWO, _THREE, _FOUR = (1 << bit for bit in range(8))
_CONTINUATION = bytes(range(0x80, 0xC0))

# A tokenizer splits where the kind of character changes, so a token is paid for by such edges; by
# length only where no word of any language is that long.
_PER_WORD = 0.8
_PER_SIX_LETTERS = 1.2
_PER_SIXTEEN_LETTERS = 5.0
_PER_DIGIT_EDGE = 0.62
_PER_CHARACTER = {_UPPER: 0.8, _MARK: 0.3, _TWO: 0.55, _THREE: 0.77, _FOUR: 2.0}
_LEAST = 2.0
_SAMPLE = 1000


def estimate_tokens(text: str) -> int:
    """Return about how many o200k tokens a text has: of a tool's answers, 8 % more than there are.

    Hardly ever fewer: 4 % for JSON, encoded bytes and transcripts in widespread languages, a fifth
    for languages that o200k has seen less of, half for runs of nothing but punctuation, and three
    quarters for scripts that it does not know, such as Cherokee. At most twice too many.
    """
    kinds = text.encode(errors="replace").translate(_KINDS, _CONTINUATION)
    edges = _edges(kinds)
    digits = sum(edges.count(_DIGIT ^ kind) for kind in (_LOWER, _UPPER, _MARK, _SPACE))
    tokens = _LEAST + _PER_WORD * _words(edges) + _PER_DIGIT_EDGE * digits
    tokens += kinds.count(bytes([_DIGIT]) * 3)
    tokens += _PER_SIX_LETTERS * kinds.count(bytes([_LOWER]) * 6)
    tokens += _PER_SIXTEEN_LETTERS * kinds.count(bytes([_LOWER]) * 16)
    tokens += sum(weight * kinds.count(kind) for kind, weight in _PER_CHARACTER.items())
    return round(tokens)


def estimate_from_sample(text: str) -> int:
    """Return what a text costs if all of it is like its first thousand characters."""
    if len(text) <= _SAMPLE:
        return estimate_tokens(text)
    return estimate_tokens(text[:_SAMPLE]) * len(text) // _SAMPLE


def _edges(kinds: bytes) -> bytes:
    """Return for each character how its kind differs from the next one's: 0, or both their bits."""
    number = int.from_bytes(kinds, "little")
    # The last one has no next; shifted, it would meet a zero and look like a character of its kind.
    return (number ^ (number >> 8)).to_bytes(len(kinds), "little")[:-1]


def _words(edges: bytes) -> float:
    pairs = {_LOWER ^ _UPPER}
    pairs |= {letter ^ other for letter in (_LOWER, _UPPER) for other in (_DIGIT, _MARK, _SPACE)}
    return sum(edges.count(pair) for pair in pairs) / 2


def _kind(byte: int) -> int:
    if byte >= 0x80:  # noqa: PLR2004 - where UTF-8 begins a character of two, three or four bytes
        return _TWO if byte < 0xE0 else _THREE if byte < 0xF0 else _FOUR  # noqa: PLR2004
    character = chr(byte)
    if character.isalpha():
        return _LOWER if character.islower() else _UPPER
    if character.isdigit():
        return _DIGIT
    return _MARK if character.isprintable() and character != " " else _SPACE


_KINDS = bytes(_kind(byte) for byte in range(256))
