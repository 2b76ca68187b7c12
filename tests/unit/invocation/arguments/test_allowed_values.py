"""What is allowed instead of a value is told once, and as a whole where it is short."""

from __future__ import annotations

import pytest

from tests.support.invocation import ID, called
from vapi_mcp.errors import InvalidArguments


async def test_a_note_names_all_columns_of_analytics() -> None:
    query = {"name": "a", "table": "call", "operations": [{"operation": "sum", "column": "costs"}]}
    result = await called([], "create_a_vapi_analytics", queries=[query])
    assert ", duration, concurrency, minutesUsed; sent as it is" in result.notes[0]


async def test_of_many_values_a_note_names_the_near_ones() -> None:
    result = await called({}, "create_a_vapi_tool", type="functions", dry_run=True)
    assert "is not among the documented function, " in result.notes[0]
    assert " more; sent as it is" in result.notes[0]


async def test_a_refusal_lists_the_allowed_values_once() -> None:
    with pytest.raises(InvalidArguments) as caught:
        await called({}, "get_single_vapi_call_by_id", id=ID, speaker="boss")
    told = str(caught.value.as_dict())
    assert told.count("assistant, system, tool") == 1
    assert "'enum'" not in told
