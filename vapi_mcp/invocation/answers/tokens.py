"""What a text costs a model, near enough and without a tokenizer.

The weights were fitted to o200k over the simulated Vapi's answers and transcripts in many scripts
so that they rather over- than underestimate;
tests/unit/invocation/answers/test_estimate.py holds the bounds.
"""

from __future__ import annotations

from math import ceil

_LOWER, _UPPER, _DIGIT, _MARK, _SPACE, _TWO, _THREE, _FOUR = (1 << bit for bit in range(8))
_ASCII, _CONTINUATION = bytes(range(0x80)), bytes(range(0x80, 0xC0))
_THREE_DIGITS, _FOUR_MARKS = bytes([_DIGIT]) * 3, bytes([_MARK]) * 4
_SIX_LETTERS, _SIXTEEN_LETTERS = bytes([_LOWER]) * 6, bytes([_LOWER]) * 16
_32_SPACES = bytes([_SPACE]) * 32
_DIGIT_EDGES = bytes(_DIGIT ^ kind for kind in (_LOWER, _UPPER, _MARK, _SPACE))
_WORD_EDGES = bytes([_LOWER ^ _UPPER]) + bytes(
    letter ^ other for letter in (_LOWER, _UPPER) for other in (_DIGIT, _MARK, _SPACE)
)

# A tokenizer splits where the kind of character changes, so a token is paid for by such edges; by
# length only where no word of any language is that long.
_PER_WORD = 0.8
_PER_SIX_LETTERS = 1.2
_PER_SIXTEEN_LETTERS = 5.0
_PER_DIGIT_EDGE = 0.62
_PER_ASCII = ((_UPPER, 0.8), (_MARK, 0.3))
_PER_CHARACTER = (*_PER_ASCII, (_TWO, 0.55), (_THREE, 0.77), (_FOUR, 2.0))
_LEAST = 2.0
_SAMPLE = 1000

# What `tokens_at_most` adds: the estimate's own error, runs of punctuation, lone digits, and the
# characters (by their first bytes) that o200k has no tokens for and spells in bytes.
_MARGIN = 1.06
_PER_FOUR_MARKS = 1.6
_PER_SPACED = 0.2
_PER_SPACED_LETTER = 0.1
_PER_LONE_DIGIT = 0.35
_PER_32_SPACES = 0.6
_PER_START: dict[bytes, float] = {
    b"\xe1": 2.3,
    b"\xe1\xba": -2.3,  # Vietnamese, which it does know
    b"\xe1\xbb": -2.3,
    b"\xe2": 1.4,
    b"\xe2\x80": -1.0,  # quotation marks and dashes
    b"\xe2\x82": -0.6,  # signs of currencies
    b"\xea": 2.3,
    b"\xee": 2.3,
    b"\xef": 1.4,
    b"\xef\xbc": -1.0,  # full-width punctuation
    b"\xf0": 2.0,
    b"\xf0\x9f": -1.7,  # emoji
    b"\xf3": 2.0,
}
_PER_START.update({bytes((first,)): 1.5 for first in range(0xDC, 0xE0)})
_PER_START.update({bytes((0xE0, second)): 1.3 for second in range(0xBA, 0xC0)})
_PER_START.update({bytes((0xEA, second)): -2.3 for second in range(0xB0, 0xC0)})  # Hangul
_FIRSTS = bytes({start[0] for start in _PER_START})
_ALL_BUT_FIRSTS = bytes(set(range(256)) - set(_FIRSTS))


def estimate_tokens(text: str) -> int:
    """Return about how many o200k tokens a text has: of a tool's answers, 8 % more than there are.

    Hardly ever fewer: 4 % for JSON, encoded bytes and transcripts in widespread languages, a fifth
    for languages that o200k has seen less of, half for runs of nothing but punctuation, and three
    quarters for scripts that it does not know, such as Cherokee. At most twice too many.
    """
    kinds = text.encode(errors="replace").translate(_KINDS, _CONTINUATION)
    return _estimate(kinds, _edges(kinds), is_ascii=text.isascii())


def tokens_at_most(text: str) -> int:
    """Return a number that the o200k tokens of a text do not exceed, for budgets.

    As measured, 1.2 times those of our answers, 1.3 of English, twice those of Hindi; never more
    than the bytes, which no text can exceed. It holds for JSON, transcripts in any script, encoded
    bytes and runs of punctuation. Other text can cost more: letters strewn at random over
    Unicode up to four times, made-up words of random letters twice, a dense mixture of letters,
    digits and punctuation a fifth more.
    """
    is_ascii = text.isascii()
    raw = text.encode(errors="replace")
    kinds = raw.translate(_KINDS, _CONTINUATION)
    edges = _edges(kinds)
    tokens = _MARGIN * _estimate(kinds, edges, is_ascii=is_ascii)
    tokens += _PER_FOUR_MARKS * kinds.count(_FOUR_MARKS)
    tokens += _PER_SPACED_LETTER * edges.count(_SPACE ^ _LOWER)
    tokens += _PER_SPACED * edges.count(_SPACE ^ _MARK)
    tokens += _PER_32_SPACES * kinds.count(_32_SPACES)
    tokens += _PER_LONE_DIGIT * edges.count(_SPACE ^ _DIGIT)
    if not is_ascii:
        tokens += _spelled(raw.translate(None, _ASCII))
    return min(ceil(tokens), len(raw))


def _spelled(high: bytes) -> float:
    """Return what characters add that begin with some bytes; high: all bytes that are no ASCII."""
    firsts = set(high.translate(None, _ALL_BUT_FIRSTS))
    return sum(
        weight * high.count(start) for start, weight in _PER_START.items() if start[0] in firsts
    )


def estimate_from_sample(text: str) -> int:
    """Return what a text costs if all of it is like its first thousand characters."""
    if len(text) <= _SAMPLE:
        return estimate_tokens(text)
    return estimate_tokens(text[:_SAMPLE]) * len(text) // _SAMPLE


def _estimate(kinds: bytes, edges: bytes, *, is_ascii: bool) -> int:
    """Return the estimate for a text of which the kinds of its characters are known."""
    tokens = _LEAST + _PER_WORD * (_held(edges, _WORD_EDGES) / 2)
    tokens += _PER_DIGIT_EDGE * _held(edges, _DIGIT_EDGES)
    tokens += kinds.count(_THREE_DIGITS)
    tokens += _PER_SIX_LETTERS * kinds.count(_SIX_LETTERS)
    tokens += _PER_SIXTEEN_LETTERS * kinds.count(_SIXTEEN_LETTERS)
    by_kind = 0.0
    for kind, weight in _PER_ASCII if is_ascii else _PER_CHARACTER:
        by_kind += weight * kinds.count(kind)
    return round(tokens + by_kind)


def _edges(kinds: bytes) -> bytes:
    """Return for each character how its kind differs from the next one's: 0, or both their bits."""
    number = int.from_bytes(kinds, "little")
    # The last one has no next; shifted, it would meet a zero and look like a character of its kind.
    return (number ^ (number >> 8)).to_bytes(len(kinds), "little")[:-1]


def _held(edges: bytes, wanted: bytes) -> int:
    """Return how many of the edges are wanted: one pass, where a count takes one for each."""
    return len(edges) - len(edges.translate(None, wanted))


def _kind(byte: int) -> int:
    if byte >= 0x80:  # noqa: PLR2004 - where UTF-8 begins a character of two, three or four bytes
        return _TWO if byte < 0xE0 else _THREE if byte < 0xF0 else _FOUR  # noqa: PLR2004 - UTF-8
    character = chr(byte)
    if character.isalpha():
        return _LOWER if character.islower() else _UPPER
    if character.isdigit():
        return _DIGIT
    return _MARK if character.isprintable() and character != " " else _SPACE


_KINDS = bytes(_kind(byte) for byte in range(256))
