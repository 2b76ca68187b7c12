"""Lists cut before they are read: each answer is the one that a reading of the whole gives."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.invocation import JSON, REGISTRY, ResultInvoker, granted
from tests.support.upstream import ScriptedUpstream
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.lists import pages
from vapi_mcp.invocation.lists.kept_keys import KeptKeys
from vapi_mcp.invocation.messages import UpstreamResponse
from vapi_mcp.invocation.result import ToolResult

_LISTS = ("list_all_vapi_calls", "list_all_vapi_chats", "list_all_vapi_files")
_TEXTS = ('""', '"a b"', '"Grüße 日本"', '"\\u0041\\n\\/"', '"https://x.test/?sig=1"')
_NUMBERS = ("0", "-0", "1.0", "1e5", "1E-7", "12345678901234567890123", "18446744073709551616")
_ODD = ("1e999", "NaN", '"\\ud800"', '"\\x"', "01", '"\t"', "tru", '"\x7f"')
_ODD_COST = "null stands for numbers that no reader takes (NaN, infinite or too large) in: cost."
_DEEP = "[" * 120 + "1" + "]" * 120
_DATES = tuple(f'"2026-01-{day:02}T08:00:00.{part}Z"' for day in (3, 2, 1) for part in (0, 123))
_KEYS = ("id", "name", "status", "cost", "costs", "customer", "analysis", "artifact", "number")
# None, some that items have and may have not, a name beside an id, all, and one made here.
_FIELDS = [
    *({}, {}, {"fields": ["id", "cost"]}, {"fields": ["customer.number", "customer", "costs.id"]}),
    *({"fields": ["name", "artifact.nothing"]}, {"fields": ["assistantName"]}),
    *({"fields": ["*"]}, {"fields": ["*", "status"]}, {"fields": ["duration", "id"]}),
]


def _object(pairs: Sequence[tuple[str, str]], space: str = "") -> str:
    return f"{{{','.join(f'{space}{json.dumps(name)}:{space}{value}' for name, value in pairs)}}}"


def _array(values: Sequence[str]) -> str:
    return f"[{', '.join(values)}]"


_VALUES = st.recursive(
    st.sampled_from([*_TEXTS, *_NUMBERS, "true", "null"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(_array),
        st.lists(st.tuples(st.sampled_from(_KEYS), inner), max_size=3).map(_object),
    ),
    max_leaves=4,
)
_SPACES = st.sampled_from(["", "", " ", "\n\t"])
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


@st.composite
def _items(draw: st.DrawFn) -> str:
    """Return an item: mostly with an id and a date, sometimes twice, or no object at all."""
    if draw(st.integers(0, 40)) == 0:
        return draw(_VALUES)
    identity = st.integers(0, 30).map(lambda number: ("id", f'"{number:02}"'))
    dates = st.sampled_from(_DATES).map(lambda moment: ("createdAt", moment))
    others = st.tuples(st.sampled_from(_KEYS), _VALUES)
    pairs = [*draw(st.lists(others, max_size=6)), draw(dates)]
    if draw(st.integers(0, 40)):
        pairs.append(draw(identity))
    if draw(st.integers(0, 40)) == 0:
        pairs.append((draw(st.sampled_from(_KEYS)), draw(st.sampled_from([*_ODD, _DEEP]))))
    return _object(draw(st.permutations(pairs)), draw(_SPACES))


@st.composite
def _bodies(draw: st.DrawFn) -> bytes:
    listed = f"[{','.join(draw(st.lists(_items(), max_size=8)))}]"
    metadata = st.sampled_from(['{"totalItems":9}', '{"itemsBeyondRetention":true}', "null", "[]"])
    pages = (
        *(listed, listed, listed, f"\n{listed} "),
        f'{{"results":{listed},"metadata":{draw(metadata)},"other":{draw(_VALUES)}}}',
        f'{{"metadata":{draw(metadata)},"results":{draw(_VALUES)},"results":{listed}}}',
    )
    body = draw(st.sampled_from(pages)).encode()
    match draw(st.integers(0, 60)):
        case 0:
            return b"\xef\xbb\xbf" + body
        case 1:
            return body + b"]"
        case 2:
            return body.replace("ü".encode(), b"\xff")
        case _:
            return body


async def _answered(name: str, body: bytes, **arguments: Any) -> ToolResult | str:
    """Return the answer but for its time, or the error."""
    invoker = ResultInvoker(ScriptedUpstream(UpstreamResponse(200, JSON, body)))
    grant = granted(max_result_tokens=1000)
    try:
        found = await invoker.invoke(REGISTRY.find(name), arguments, grant)
    except ToolError as error:
        return f"{error.status} {error.message}"
    return replace(found, now=None)


@settings(max_examples=250, deadline=None, suppress_health_check=_SLOW)
@given(st.sampled_from(_LISTS), _bodies(), st.integers(1, 9), st.sampled_from(_FIELDS))
async def test_a_list_that_is_cut_is_answered_as_the_whole_list_is(
    name: str, body: bytes, limit: int, fields: dict[str, list[str]]
) -> None:
    cut = await _answered(name, body, limit=limit, **fields)
    as_it_is, nothing = (lambda _, body: body), (lambda _, __: None)
    with patch.object(KeptKeys, "cut", as_it_is), patch.object(pages, "outlined", nothing):
        whole = await _answered(name, body, limit=limit, **fields)
    # Of numbers that no reader takes, notes tell only where they are looked at.
    assert cut == whole or (b"1e999" in body and _but_for_notes(cut) == _but_for_notes(whole))


@pytest.mark.parametrize("fields", [{}, {"fields": ["*"]}], ids=["usual", "all"])
async def test_notes_on_odd_numbers_tell_of_the_items_that_are_shown(
    fields: dict[str, list[str]],
) -> None:
    odd = [_object([("id", f'"{at}"'), ("createdAt", _DATES[0]), ("cost", "1e999")]) for at in "12"]
    plain = odd[0].replace("1e999", "1")
    shown = await _answered(_LISTS[0], _array(odd).encode(), limit=1, **fields)
    unseen = await _answered(_LISTS[0], _array([plain, odd[1]]).encode(), limit=1, **fields)
    assert [_notes(shown), _notes(unseen)] == [(_ODD_COST,), ()]


def _notes(result: ToolResult | str) -> tuple[str, ...]:
    assert isinstance(result, ToolResult)
    return result.notes


def _but_for_notes(result: ToolResult | str) -> ToolResult | str:
    return result if isinstance(result, str) else replace(result, notes=())


def test_what_is_kept_stands_in_its_own_order_and_as_it_was_written() -> None:
    body = b'[{"b":{"x":1.50,"y":2}, "a":1,"id":"1","c":[9],"a":12345678901234567890123}]'
    cut = KeptKeys(["a", "b.x"]).cut(body)
    assert cut == b'[{"b":{"x":1.50,"y":2},"a":12345678901234567890123,"id":"1"}]'


def test_of_a_numbered_page_the_results_and_what_is_said_of_them_stay() -> None:
    body = b'{"more":1,"results":[{"id":1,"z":2}],"metadata":{"totalItems":1}}'
    cut = b'{"results":[{"id":1}],"metadata":{"totalItems":1}}'
    assert KeptKeys(["a"]).cut(body) == cut


@pytest.mark.parametrize(
    "body", [b"", b"null", b'{"message":"x"}', b"[1]", b'[{"a":1}]', b'[{"id":"\xff"}]', b"[{]"]
)
def test_what_is_no_list_of_objects_with_ids_stays_as_it_is(body: bytes) -> None:
    assert KeptKeys(["a"]).cut(body) == body
