"""Prompts that show variables without a value are named before anybody hears them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.writes import CALL, ID, NUMBER, ORDER, Stage, reply
from vapi_mcp.errors import WriteHeld
from vapi_mcp.registry.scope import Scope

OTHER = "0aa1b5c2-7d34-4c56-8f0e-1b2c3d4e5f60"
SAVED: dict[str, Any] = {
    "id": ID,
    "name": "Mila",
    "firstMessage": "Hello {{customer.name}}, about {{plan}}.",
    "model": {"messages": [{"role": "system", "content": "It is {{now}}. City: {{city}}."}]},
}
MEANT = (
    "Nothing was sent. If this is meant, call again with the same arguments and understood: true."
)
BOTH = {"plan": "gold", "city": "Rome"}


def told(names: str, whose: str = "", place: str = "assistantOverrides") -> str:
    verb = "have" if "," in names else "has"
    return (
        f"The prompts show {names}, which {verb} no value{whose}, so the text there would be "
        f"empty. Give values in {place}.variableValues, or a default in the prompt: "
        '{{ name | default: "…" }}.'
    )


def stage(**config: Any) -> Stage:
    made = Stage(**config)
    made.vapi.reads = {f"GET /assistant/{ID}": SAVED}
    return made


async def warnings_of(here: Stage, tool: str = CALL, /, **given: Any) -> list[str]:
    dry = await here.call(tool, **given, dry_run=True)
    tried = [n for n in dry.notes if n.startswith("The prompts")]
    if any(" Example: " in note for note in tried):
        with pytest.raises(WriteHeld) as held:
            await here.call(tool, **given)
        assert [held.value.message] == [f"{note} {MEANT}" for note in tried]
        assert here.vapi.writes == []
        await here.call(tool, **given, understood=True)
    else:
        real = await here.call(tool, **given)
        assert tried == [n for n in real.notes if n.startswith("The prompts")]
    assert len(here.vapi.writes) == 1
    here.vapi.writes.clear()
    return tried


def refused(names: str, place: str = "assistantOverrides", whose: str = "") -> str:
    shown = names.partition(" and ")[0].split(", ")
    values = ", ".join(f'"{name[2:-2]}": "…"' for name in shown)
    return f'{told(names, whose, place)} Example: {place}: {{"variableValues": {{{values}}}}}.'


def values(**given: str) -> dict[str, Any]:
    return {"assistantOverrides": {"variableValues": given}}


async def test_a_call_without_values_is_refused_with_the_names_until_it_is_understood() -> None:
    here = stage()
    assert await warnings_of(here, **ORDER) == [refused("{{city}}, {{plan}}")]
    assert await warnings_of(here, **ORDER, **values(plan="gold")) == [refused("{{city}}")]
    assert await warnings_of(here, **ORDER, **values(**BOTH)) == []
    assert len(here.vapi.read) == 1


async def test_overrides_replace_the_texts_that_would_need_values() -> None:
    overrides = {"assistantOverrides": {"firstMessage": "Hello.", "variableValues": {"city": "X"}}}
    assert await warnings_of(stage(), **ORDER, **overrides) == []


async def test_a_one_off_assistant_is_looked_through_without_a_read() -> None:
    here = stage()
    given = {**ORDER, "assistant": {"firstMessage": "Hi {{name}}"}}
    del given["assistantId"]
    assert await warnings_of(here, **given) == [refused("{{name}}")]
    assert here.vapi.read == []


async def test_a_campaign_counts_the_customers_without_a_value() -> None:
    given = {
        "name": "May",
        "assistantId": ID,
        "phoneNumberId": ID,
        "customers": [
            {"number": NUMBER, **values(**BOTH)},
            {"number": "+14155550124", **values(city="Rome")},
        ],
        "schedulePlan": {"earliestAt": "2026-03-03T12:00:00Z"},
    }
    here, whose = stage(), " for 1 of 2 customers"
    tool = "create_a_vapi_campaign"
    assert await warnings_of(here, tool, **given) == [told("{{plan}}", whose)]
    del given["schedulePlan"]
    tried = await here.call(tool, **given, dry_run=True)
    assert refused("{{plan}}", whose=whose) in tried.notes


async def test_members_of_a_squad_have_their_own_values_and_those_of_the_squad() -> None:
    here = stage()
    other = {**SAVED, "id": OTHER, "firstMessage": "", "name": "Bo"}
    members = [
        {"assistantId": ID, "assistantOverrides": {"variableValues": {"plan": "gold"}}},
        {"assistantId": OTHER},
    ]
    here.vapi.reads |= {
        f"GET /assistant/{OTHER}": other,
        f"GET /squad/{ID}": {"id": ID, "members": members},
        f"GET /squad/{OTHER}": {
            "id": OTHER,
            "members": members,
            "membersOverrides": {"variableValues": {"city": "Rome"}},
        },
    }
    order = {name: value for name, value in ORDER.items() if name != "assistantId"}
    place = "squadOverrides"
    assert await warnings_of(here, **order, squadId=ID) == [refused("{{city}}", place)]
    assert await warnings_of(here, **order, squadId=OTHER) == []


async def test_of_a_chat_only_the_prompt_counts() -> None:
    here = stage()
    given = {"assistantId": ID, "input": "Hi"}
    assert await warnings_of(here, "create_a_vapi_chat", **given) == [told("{{city}}")]
    here.vapi.read.clear()
    assert await warnings_of(here, "create_a_vapi_chat", input="Hi", previousChatId=ID) == []
    assert here.vapi.read == []


async def test_a_preview_shows_the_warning() -> None:
    shown = orjson.loads((await stage(confirm="spending").call()).text)["preview"]
    assert shown["warning"] == refused("{{city}}, {{plan}}")


@pytest.mark.parametrize("answer", [reply({"message": "no"}, 404), reply(b"no", 200)])
async def test_an_assistant_that_cannot_be_read_is_not_spoken_of(answer: Any) -> None:
    here = stage()
    here.vapi.reads = {f"GET /assistant/{ID}": answer}
    assert await warnings_of(here, **ORDER) == []


async def test_a_server_whose_tools_do_not_read_assistants_reads_none() -> None:
    here = stage(scope=Scope(tools=frozenset({CALL})))
    assert await warnings_of(here, **ORDER) == []
    assert here.vapi.read == []


async def test_long_lists_of_variables_are_cut() -> None:
    names = [f"v{n:02}" for n in range(20)]
    given = {**ORDER, "assistant": {"firstMessage": " ".join(f"{{{{{n}}}}}" for n in names)}}
    del given["assistantId"]
    shown = ", ".join(f"{{{{{n}}}}}" for n in names[:12])
    assert await warnings_of(stage(), **given) == [refused(f"{shown} and 8 more")]
