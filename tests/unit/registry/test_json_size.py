from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapi_mcp.registry.json_size import MOST_LEVELS, MOST_VALUES, excess_of

DEEP = "nests more than 200 levels deep, or its brackets do not match"
MANY = "holds more than 100,000 values"


def nested(levels: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    return opening * levels + b"1" + closing * levels


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (nested(MOST_LEVELS), None),
        (nested(MOST_LEVELS + 1), DEEP),
        (nested(MOST_LEVELS, b'{"a":', b"}"), None),
        (nested(MOST_LEVELS + 1, b'{"a":', b"}"), DEEP),
        (b"[" + b",".join([nested(MOST_LEVELS - 1)] * 9) + b"]", None),
        (b"[" + b",".join([nested(MOST_LEVELS)] * 9) + b"]", DEEP),
        (b"[" * 50_000, DEEP),
        (b"[" * 201 + b"]" * 900_000, DEEP),
        (b"[" * 200_000, MANY),
        (b"[" + b"1," * (MOST_VALUES - 1) + b"1]", None),
        (b"[" + b"1," * MOST_VALUES + b"1]", MANY),
        (b'["' + b",[{" * MOST_VALUES + b'"]', None),
        (b'["' + rb"\"[\\" * MOST_VALUES + b'"]', None),
        (b'["\\\\",' + b"1," * MOST_VALUES + b"1]", MANY),
        (b"{" + b'"":1,' * MOST_VALUES + b'"":1}', MANY),
        (b"[" + b'"a",' * MOST_VALUES * 3 + b"1]", MANY),
        (b"", None),
        (b"no JSON", None),
    ],
)
def test_json_is_counted_by_its_bytes(data: bytes, expected: str | None) -> None:
    assert excess_of(data) == expected


json_values = st.recursive(
    st.none() | st.integers(-9, 9) | st.text('a"\\[]{},:'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text('"\\[{,'), inner),
)


@given(json_values)
def test_texts_never_count_as_brackets(value: object) -> None:
    deepest = [value]
    for _ in range(MOST_LEVELS - 1 - levels_of(value)):
        deepest = [deepest]
    assert excess_of(orjson.dumps(deepest)) is None
    for _ in range(levels_of(value) + 1):
        deepest = [deepest]
    assert (excess_of(orjson.dumps(deepest)) is None) is (levels_of(deepest) <= MOST_LEVELS)


def levels_of(value: object) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return 1 + max((levels_of(item) for item in value), default=0)
    return 0
