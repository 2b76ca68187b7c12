"""Saved objects that a strict reader refuses: read all the same, and nothing of them is lost."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.unit.invocation.failures.test_teaching import ID, MODEL, UPDATE, Vapi
from vapi_mcp.invocation.messages import UpstreamResponse

HALF = rb'"\ud83d"'


def saved(**parts: bytes) -> Vapi:
    """Return a Vapi whose assistant has these parts, as JSON, beside its model."""
    told = b"".join(b',"%s":%s' % (name.encode(), value) for name, value in parts.items())
    body = b'{"id":"%s","model":%s%s}' % (ID.encode(), orjson.dumps(MODEL), told)
    answer = UpstreamResponse(200, {"content-type": "application/json"}, body)
    return Vapi(**{f"GET /assistant/{ID}": answer})


def deep(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


@pytest.mark.parametrize("odd", [HALF, deep(300), b"[NaN]"])
async def test_an_odd_part_elsewhere_does_not_stop_a_merge(odd: bytes) -> None:
    vapi = saved(firstMessage=odd)
    await vapi.call(UPDATE, id=ID, nested="merge", model={"temperature": 0.9})
    assert vapi.sent("PATCH") == [{"model": {**MODEL, "temperature": 0.9}}]
    lossless = saved(firstMessage=odd)
    await lossless.call(UPDATE, id=ID, model={**MODEL, "temperature": 0.9})
    assert lossless.sent("PATCH") == [{"model": {**MODEL, "temperature": 0.9}}]


@pytest.mark.parametrize("odd", [HALF, deep(300), b"NaN", b"[1,1e400]"])
async def test_what_was_not_read_as_it_is_is_never_written_back(odd: bytes) -> None:
    vapi = saved(metadata=b'{"name":"Eve","odd":%s}' % odd)
    error = await vapi.refuses(UPDATE, id=ID, nested="merge", metadata={"name": "Ada"})
    assert (
        "the saved metadata holds values that cannot be read and sent back unchanged"
        in error["message"]
    )
    assert vapi.sent("PATCH") == []
    whole = saved(metadata=b'{"name":"Eve","odd":%s}' % odd)
    given: dict[str, Any] = {"name": "Ada", "odd": 1}
    result = await whole.call(UPDATE, id=ID, nested="merge", metadata=given)
    assert whole.sent("PATCH") == [{"metadata": given}]
    assert "changed " in result.notes[0]


async def test_a_list_in_place_of_an_object_with_an_odd_number_replaces_it() -> None:
    vapi = saved(metadata=b'{"name":"Eve","odd":{"a":NaN}}')
    await vapi.call(UPDATE, id=ID, nested="merge", metadata={"odd": [1]})
    assert vapi.sent("PATCH") == [{"metadata": {"name": "Eve", "odd": [1]}}]


async def test_a_large_integer_is_written_back_as_it_was() -> None:
    vapi = saved(metadata=b'{"name":"Eve","n":18446744073709551616}')
    await vapi.call(UPDATE, id=ID, nested="merge", metadata={"name": "Ada"})
    (request,) = [each for each in vapi.upstream.requests if each.method == "PATCH"]
    assert request.body == b'{"metadata":{"name":"Ada","n":18446744073709551616}}'


async def test_a_deep_value_that_would_be_lost_is_told_without_a_breakdown() -> None:
    vapi = saved(metadata=b'{"name":"Eve","odd":%s}' % deep(300))
    error = await vapi.refuses(UPDATE, id=ID, metadata={"name": "Ada"})
    assert error["would_be_lost"]["metadata.odd"].startswith('{"a":{"a":')
