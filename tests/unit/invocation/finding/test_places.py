"""Keys of answers that Vapi does not have are left where they are."""

from __future__ import annotations

import re

import pytest

from tests.support.invocation import REGISTRY
from tests.unit.invocation.finding.test_finding import Searcher, painted
from tests.unit.invocation.lists.test_walks import Upstream
from vapi_mcp.invocation.finding.places import fields_with_places, is_made_here
from vapi_mcp.invocation.finding.values import COMPUTED
from vapi_mcp.registry.tool import Tool

LISTS = [each for each in REGISTRY.tools.values() if each.spec.output.paging]


def made_here(tool: Tool) -> list[str]:
    names = [each.beside for each in tool.spec.contents.names.values()]
    quoted = ["found", "foundTurns"] if tool.spec.output.searched else []
    return [*dict.fromkeys([*COMPUTED, *names, *quoted])]


@pytest.mark.parametrize("tool", LISTS, ids=lambda tool: tool.name)
def test_no_key_that_is_made_here_is_taken_as_another(tool: Tool) -> None:
    keys = made_here(tool)
    taken = [fields_with_places([key], tool) for key in keys]
    assert taken == [([key], None) for key in keys]
    assert [key for key in keys if not is_made_here(key, tool)] == []


async def test_no_key_that_is_made_here_is_called_absent() -> None:
    items = painted([1, 2], [0, 1])
    for item in items:
        item["artifact"] = {"transcript": "User: refund please"}
    searcher = Searcher("list_all_vapi_calls", Upstream(items))
    keys = made_here(REGISTRY.find("list_all_vapi_calls"))
    for search in ({}, {"search": "refund"}):
        _, notes = await searcher.page(fields=["id", *keys], **search)
        about = [note for note in notes if note.startswith(("Taken", "No item"))]
        told = re.findall(r"\w+", " ".join(about))
        assert [key for key in keys if key in told] == []
