"""The pairs of metadata that a server keeps, whatever a call says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.invocation.belonging.conftest import Client

STAYS = 'metadata.client stays "acme": this server is kept to objects with this metadata.'
CREATE, UPDATE = "create_a_vapi_assistant", "update_a_vapi_assistant_by_id"
OTHERWISE: list[tuple[str, dict[str, Any]]] = [
    (CREATE, {"name": "Night", "metadata": {"client": "globex"}}),
    (UPDATE, {"id": "a-acme", "metadata": {"client": "globex"}}),
    (UPDATE, {"id": "a-acme", "metadata": {"client": "globex"}, "nested": "merge"}),
    (UPDATE, {"id": "a-acme", "metadata": {"shift": "late"}, "nested": "replace"}),
    (UPDATE, {"id": "a-acme", "clear": ["metadata"]}),
]
ALIKE: list[tuple[str, dict[str, Any]]] = [
    (CREATE, {"name": "Night"}),
    (CREATE, {"name": "Night", "metadata": {"shift": "late"}}),
    (UPDATE, {"id": "a-acme", "name": "Desk"}),
    (UPDATE, {"id": "a-acme", "metadata": {"client": "acme", "shift": "late"}}),
    (UPDATE, {"id": "a-acme", "metadata": {"shift": "late"}, "nested": "merge"}),
]


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(("tool", "arguments"), OTHERWISE)
async def test_a_pair_that_a_call_says_otherwise_is_noted_to_stay(
    acme: Client, tool: str, arguments: dict[str, Any], *, dry_run: bool
) -> None:
    notes = (await acme.outcome(tool, **arguments, dry_run=dry_run)).result.notes

    assert STAYS in notes
    assert not [note for note in notes if note.startswith("Nothing changed")]


@pytest.mark.parametrize(("tool", "arguments"), ALIKE)
async def test_nothing_is_noted_where_a_call_leaves_the_pairs(
    acme: Client, tool: str, arguments: dict[str, Any]
) -> None:
    assert STAYS not in (await acme.outcome(tool, **arguments)).result.notes


async def test_a_server_that_is_kept_by_ids_notes_no_pairs(named: Client) -> None:
    outcome = await named.outcome(UPDATE, id="a-acme", metadata={"client": "globex"})

    assert not [note for note in outcome.result.notes if "stays" in note]
