"""Dry runs and previews of a server that is kept to one client."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.invocation.belonging.conftest import Client
from tests.unit.invocation.belonging.test_objects import BY_ID, REFERRING, elsewhere, without_ids

# The other writes check their call before they are shown.
SHOWN: list[tuple[str, dict[str, Any]]] = [
    (name, given)
    for name, given in {**BY_ID, **REFERRING}.items()
    if name.startswith(("create", "update", "delete"))
]
SHARED: list[tuple[str, dict[str, Any]]] = [
    ("update_a_vapi_tool_by_id", {"id": "t-both", "type": "endCall"}),
    ("delete_a_vapi_tool_by_id", {"id": "t-both"}),
]


@pytest.mark.parametrize(("tool", "arguments"), SHOWN)
async def test_a_dry_run_refuses_what_is_of_others_as_what_is_not_there(
    acme: Client, tool: str, arguments: dict[str, Any]
) -> None:
    answers, counts = list[Any](), list[int]()
    for given in (arguments, elsewhere(arguments)):
        acme.organisation.requests.clear()
        answers.append(without_ids(await acme.ask(tool, **given, dry_run=True)))
        counts.append(len(acme.organisation.requests))

    assert answers[0] == answers[1]
    assert "statusCode" in answers[0]
    assert "globex" not in answers[0]
    assert counts[0] == counts[1]


@pytest.mark.parametrize(("tool", "arguments"), [*SHOWN, *SHARED])
async def test_what_would_be_refused_is_refused_alike_where_it_is_shown_first(
    acme: Client, tool: str, arguments: dict[str, Any]
) -> None:
    asking = replace(acme, confirm="all_writes")
    sent, tried = [await acme.ask(tool, **arguments, dry_run=dry) for dry in (False, True)]
    previewed = await asking.ask(tool, **arguments)

    assert sent["statusCode"] in (400, 403, 404)
    assert sent == tried == previewed
    assert not [each for each in acme.organisation.asked if not each.startswith("GET ")]


async def test_a_dry_run_shows_the_body_with_the_pairs_of_the_server(acme: Client) -> None:
    tried = await acme.ask(
        "create_a_vapi_assistant", name="Night", metadata={"client": "globex"}, dry_run=True
    )

    assert tried["body"] == {"name": "Night", "metadata": {"client": "acme"}}


async def test_several_calls_are_previewed_only_if_all_belong(acme: Client) -> None:
    answers = [
        await acme.ask("delete_a_vapi_call_by_id", id="c-acme", ids=["c-acme", other])
        for other in ("c-globex", "00000000-0000-4000-8000-000000000000")
    ]

    assert [each["statusCode"] for each in answers] == [400, 400]


async def test_what_belongs_is_dry_run_and_previewed(acme: Client) -> None:
    asking = replace(acme, confirm="all_writes")
    tried = await acme.ask("delete_a_vapi_squad_by_id", id="s-acme", dry_run=True)
    previewed = await asking.ask("delete_a_vapi_squad_by_id", id="s-acme")
    deleted = await asking.outcome(
        "delete_a_vapi_squad_by_id", id="s-acme", confirmation_code=previewed["confirmation_code"]
    )

    assert tried["dry_run"]
    assert deleted.kind == "sent"
    assert "s-acme" not in acme.organisation.objects["/squad"]
