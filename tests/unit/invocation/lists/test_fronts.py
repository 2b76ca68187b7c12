"""Long pages of which only the front is shaped: the answer is the one that all items give."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.invocation import JSON, REGISTRY, ResultInvoker, granted
from tests.support.upstream import ScriptedUpstream
from vapi_mcp.invocation.lists import reader
from vapi_mcp.invocation.lists.fronts import counts, front
from vapi_mcp.invocation.messages import UpstreamResponse
from vapi_mcp.invocation.result import ToolResult

_CALLS = "list_all_vapi_calls"
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
_SIGNED = "https://files.test/a.wav?X-Amz-Signature=0123"
# None, a link, a reason that gets its class, and one that is no text.
_VALUES: list[dict[str, Any]] = [
    {},
    {"recordingUrl": _SIGNED},
    {"endedReason": "customer-busy"},
    {"endedReason": None, "cost": 1.5},
    {"cost": 2**70},
]
_FIELDS = [{}, {"fields": ["*"]}, {"fields": ["id", "endedReason", "nothing"]}]


@st.composite
def _calls(draw: st.DrawFn) -> bytes:
    """Return calls, newest first, of which each has a text of any length."""
    lengths = draw(st.lists(st.sampled_from([0, 1, 30, 200, 900]), min_size=10, max_size=90))
    extras = st.sampled_from(_VALUES[: draw(st.integers(1, len(_VALUES)))])
    return json.dumps(
        [
            {
                "id": f"call-{at:03}",
                "createdAt": f"2026-01-02T03:{59 - at // 60:02}:{59 - at % 60:02}.000Z",
                "name": "word " * length,
                **draw(extras),
            }
            for at, length in enumerate(lengths)
        ]
    ).encode()


def _all_at_once(most: int, *_: Any) -> Iterator[int]:
    yield most


async def _answered(body: bytes, most: int, **arguments: Any) -> ToolResult:
    invoker = ResultInvoker(ScriptedUpstream(UpstreamResponse(200, JSON, body)))
    grant = granted(max_result_tokens=most)
    found = await invoker.invoke(REGISTRY.find(_CALLS), {"limit": 100, **arguments}, grant)
    return replace(found, now=None)


@settings(max_examples=120, deadline=None, suppress_health_check=_SLOW)
@given(_calls(), st.sampled_from([500, 1000, 4000]), st.sampled_from(_FIELDS))
async def test_a_front_is_answered_as_all_items_are(
    body: bytes, most: int, fields: dict[str, list[str]]
) -> None:
    some = await _answered(body, most, **fields)
    with patch.object(reader, "counts", _all_at_once):
        whole = await _answered(body, most, **fields)
    # Notes on links tell of those that were looked at, and take room.
    assert some == whole or any("no key" in note for note in whole.notes)


async def test_links_of_items_that_have_no_room_are_not_told_of() -> None:
    calls: list[dict[str, Any]] = [
        {"id": f"call-{at:02}", "createdAt": "2026-01-02T03:04:05.000Z", "name": "word " * 200}
        for at in range(60)
    ]
    calls[-1]["recordingUrl"] = _SIGNED
    found = await _answered(orjson.dumps(calls), 1000, fields=["*"])
    assert not any("Left out" in note for note in found.notes)


@pytest.mark.parametrize(
    ("goes_back", "first"), [(False, [0, 1, 2]), (True, [7, 8, 9])], ids=["on", "back"]
)
def test_a_front_is_what_a_walk_meets_first(first: list[int], *, goes_back: bool) -> None:
    assert front(range(10), 3, goes_back=goes_back) == range(first[0], first[-1] + 1)


def test_fronts_grow_until_all_items_are_there() -> None:
    assert [*counts(100, lambda count: 20 * count, 120)] == [11, 22, 44, 88, 100]
