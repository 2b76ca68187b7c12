"""A server of acme shows all of acme's, as if the organisation had but acme, and does its work."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from tests.belonging.agency import Agency, Answer, agency
from tests.belonging.attempts import ANALYSED
from tests.belonging.clients import Shelves, TwoClients, two_clients
from tests.belonging.servers import WAYS_TO_NAME, add_servers, only_of
from tests.contract.lanes import without_one_time
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.accounts.records import ServerConfig

LISTS = {
    "assistant": "list_all_vapi_assistants",
    "squad": "list_all_vapi_squads",
    "call": "list_all_vapi_calls",
    "chat": "list_all_vapi_chats",
    "session": "list_all_vapi_sessions",
    "campaign": "list_all_vapi_campaigns",
    "phone-number": "list_all_vapi_phone_numbers",
    "phone-number in pages": "list_all_vapi_phone_numbers_v_2",
    "tool": "list_all_vapi_tools",
    "file": "list_all_vapi_files",
    "structured-output": "list_all_vapi_structured_outputs",
    "scorecard": "list_all_vapi_observability_scorecards",
    "eval-run": "list_all_vapi_eval_runs",
    "simulation-run": "list_all_vapi_simulation_runs",
}
GETS = {
    "assistant": "get_single_vapi_assistant_by_id",
    "squad": "get_single_vapi_squad_by_id",
    "call": "get_single_vapi_call_by_id",
    "chat": "get_single_vapi_chat_by_id",
    "session": "get_single_vapi_session_by_id",
    "campaign": "get_single_vapi_campaign_by_id",
    "phone-number": "get_single_vapi_phone_number_by_id",
    "tool": "get_single_vapi_tool_by_id",
    "file": "get_single_vapi_file_by_id",
    "structured-output": "get_single_vapi_structured_output_by_id",
    "scorecard": "get_single_vapi_observability_scorecard_by_id",
    "eval-run": "get_single_vapi_eval_run_by_id",
}
ARTIFACTS = (
    "list_all_vapi_mono_recordings",
    "list_all_vapi_stereo_recordings",
    "list_all_vapi_customer_recordings",
    "list_all_vapi_call_logs",
    "list_all_vapi_pcaps",
)
_CURSOR = re.compile(rb'((?:next|prev)_cursor\\*":\\*")[\w.-]+')
LINK = re.compile(r"http://127\.0\.0\.1/media/[\w.-]+")
MODEL = {"provider": "openai", "model": "gpt-4.1"}
each_way = pytest.mark.parametrize("how", WAYS_TO_NAME)


@asynccontextmanager
async def both() -> AsyncGenerator[tuple[TwoClients, Agency, Agency]]:
    """Serve the agency's organisation, and beside it one that has but acme."""
    clients = two_clients()
    async with agency(clients.world) as here, agency(clients.alone) as alone:
        add_servers(here, clients)
        alone.serve("all", ServerConfig(catalogue="full"))
        yield clients, here, alone


def provable(acme: Shelves, kind: str, how: str) -> set[str]:
    """Return the ids of acme's objects that a server has to show: those tied to what it names."""
    shelf = acme[kind]
    if kind in ("tool", "file"):
        used = orjson.dumps(acme["assistant"]) + orjson.dumps(acme["tool"])
        text = orjson.dumps(acme["assistant"]) if kind == "tool" else used
        return {each for each in shelf if each.encode() in text}
    if kind == "phone-number" and how == "metadata":
        return {key for key, each in shelf.items() if {"assistantId", "squadId"} & each.keys()}
    if kind in ("structured-output", "scorecard"):
        return {key for key, each in shelf.items() if each.get("assistantIds")}
    if kind in ("eval-run", "simulation-run"):
        return {key for key, each in shelf.items() if "assistantId" in each["target"]}
    if how == "metadata":
        known = provable(acme, "phone-number", how)
        return {k for k, v in shelf.items() if v.get("phoneNumberId", next(iter(known))) in known}
    return set(shelf)


async def walked(here: Agency, server: str, tool: str, **arguments: Any) -> list[dict[str, Any]]:
    """Return all items of a list, page by page."""
    items: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        answer = await here.call(server, tool, limit=5, **arguments, **cursor)
        page = answer.result
        assert page, answer.text[:500]
        items += page["result"]
        if not page.get("next_cursor"):
            return items
        cursor = {"next_cursor": page["next_cursor"]}


@each_way
async def test_a_list_has_exactly_what_is_acmes(how: str) -> None:
    async with both() as (clients, here, _):
        for name, tool in LISTS.items():
            items = await walked(here, f"acme {how} full", tool, fields=["id"])
            kind, shown = name.partition(" ")[0], [each["id"] for each in items]
            assert len(shown) == len({*shown}), name
            assert provable(clients.acme, kind, how) <= {*shown} <= {*clients.acme[kind]}, name


@each_way
async def test_a_get_answers_as_if_there_were_but_acme(how: str) -> None:
    async with both() as (clients, here, alone):
        for kind, tool in GETS.items():
            for each in sorted(provable(clients.acme, kind, how))[:6]:
                answer = await here.call(f"acme {how} core", tool, id=each)
                other = await alone.call("all", tool, id=each)
                assert _unnamed(answer.text) == _unnamed(other.text)


def _unnamed(text: bytes) -> dict[str, Any]:
    """Return an answer without the note on names, which may be of what is not proved acme's."""
    result = orjson.loads(text)["result"]
    object_, *notes = result["content"]
    told = [note for each in notes for note in orjson.loads(each["text"])["notes"]]
    kept = [note for note in told if not note.startswith("The names of ids")]
    return {**result, "content": [object_, kept]}


FINDING: tuple[dict[str, Any], ...] = (
    {"count_by": ["assistantId"]},
    {"count_by": ["endedReason", "type"]},
    {"where": {"status": "ended"}, "fields": ["id", "status"]},
    {"where": {"cost": ">0.01"}, "sort": "-cost", "fields": ["id", "cost"]},
    {"search": "appointment", "fields": ["id"]},
    {"limit": 100, "fields": ["id", "assistantId", "customer.number"]},
    {"explain": True, "fields": ["id", "endedReason"]},
)


async def test_calls_are_found_counted_and_sorted_as_if_there_were_but_acme() -> None:
    async with both() as (_, here, alone):
        for arguments in FINDING:
            answer = await here.call("acme ids core", "list_all_vapi_calls", **arguments)
            expected = await alone.call("all", "list_all_vapi_calls", **arguments)
            assert expected.result["result"], arguments
            assert without_one_time(answer.text) == without_one_time(expected.text)


async def test_pages_have_the_items_and_counts_of_an_organisation_with_but_acme() -> None:
    asked: tuple[dict[str, Any], ...] = (
        {"limit": 3},
        {"limit": 2, "sort": "createdAt"},
        {"count_by": ["assistantId"]},
        {"where": {"name": "*a*"}, "limit": 1},
    )
    async with both() as (_, here, alone):
        for kind in ("assistant", "squad", "call", "chat", "session", "campaign", "phone-number"):
            for arguments in asked:
                answer = await here.call("acme ids core", LISTS[kind], **arguments)
                expected = await alone.call("all", LISTS[kind], **arguments)
                assert without_cursors(answer) == without_cursors(expected), (kind, arguments)


def without_cursors(answer: Answer) -> bytes:
    """Return a text without what is sealed for a server."""
    return _CURSOR.sub(rb"\1", without_one_time(answer.text))


@each_way
async def test_all_artifacts_of_acmes_calls_arrive(how: str) -> None:
    async with both() as (clients, here, alone):
        arrived = 0
        for call in provable(clients.acme, "call", how):
            for tool in ARTIFACTS:
                asked = {"id": call, **({"inline": True} if "log" in tool else {})}
                answer = await here.call(f"acme {how} core", tool, **asked)
                expected = await alone.call("all", tool, **asked)
                assert answer.is_error == expected.is_error, answer.text[:500]
                arrived += not answer.is_error
        assert arrived > 10


@each_way
async def test_analytics_count_acmes_calls_alone(how: str) -> None:
    async with both() as (clients, here, alone):
        queries = [
            {
                "table": "call",
                "name": "calls",
                "operations": [{"operation": "count", "column": "id"}],
                "groupBy": ["assistantId"],
            }
        ]
        answer = await here.call(f"acme {how} core", "create_a_vapi_analytics", queries=queries)
        expected = await alone.call("all", "create_a_vapi_analytics", queries=queries)
        assert rows_of(answer) == rows_of(expected)
        assert {row["assistantId"] for row in rows_of(answer)} <= {*clients.acme["assistant"]}


def rows_of(answer: Answer) -> list[dict[str, Any]]:
    """Return the rows of analytics with an assistant, in one order."""
    found = answer.result["result"][0]["result"]
    return sorted((row for row in found if row.get("assistantId")), key=str)


def _new(clients: TwoClients) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield what acme makes: the kind, the tool and its arguments."""
    acme = {kind: next(iter(shelf), "") for kind, shelf in clients.acme.items()}
    number = next(
        key for key, each in clients.acme["phone-number"].items() if each["provider"] == "twilio"
    )
    model = {"provider": "openai", "model": "gpt-4.1"}
    yield "assistant", "create_a_vapi_assistant", {"name": "Ava", "model": model}
    yield (
        "squad",
        "create_a_vapi_squad",
        {"name": "Two", "members": [{"assistantId": acme["assistant"]}]},
    )
    yield (
        "tool",
        "create_a_vapi_tool",
        {"type": "function", "function": {"name": "look_up", "description": "Look up."}},
    )
    yield (
        "session",
        "create_a_vapi_session",
        {"name": "Talk", "assistantId": acme["assistant"]},
    )
    yield (
        "chat",
        "create_a_vapi_chat",
        {"assistantId": acme["assistant"], "input": "Hello"},
    )
    yield (
        "call",
        "create_a_vapi_call",
        {
            "assistantId": acme["assistant"],
            "phoneNumberId": number,
            "customer": {"number": "+14155550123"},
        },
    )
    yield (
        "structured-output",
        "create_a_vapi_structured_output",
        {"name": "Mood", "type": "ai", "schema": {"type": "string"}},
    )


@each_way
async def test_what_acme_makes_is_acmes(how: str) -> None:
    async with both() as (clients, here, _):
        server, tools = f"acme {how} core", GETS
        for kind, tool, arguments in _new(clients):
            made = await here.call(server, tool, **arguments)
            assert not made.is_error, made.text[:600]
            each = made.result["id"]
            got = await here.call(server, tools[kind], id=each)
            assert not got.is_error, got.text[:600]
            items = await walked(here, server, LISTS[kind], fields=["id"])
            assert each in {item["id"] for item in items}, (kind, tool)
            hidden = await here.call("globex", tools[kind], id=each)
            assert hidden.is_error, kind


async def test_what_acme_makes_is_on_its_other_servers_too() -> None:
    async with both() as (clients, here, _):
        for _, tool, arguments in _new(clients):
            made = (await here.call("acme metadata core", tool, **arguments)).result["id"]
            kind = next(kind for kind, each, _ in _new(clients) if each == tool)
            assert not (await here.call("acme metadata full", GETS[kind], id=made)).is_error, kind


@each_way
async def test_what_acme_makes_of_its_own_makes_is_acmes(how: str) -> None:
    async with both() as (clients, here, _):
        server = f"acme {how} full"
        assistant, *_ = clients.acme["assistant"]
        number = next(
            key
            for key, each in clients.acme["phone-number"].items()
            if each["provider"] == "twilio" and "assistantId" in each
        )
        made: dict[str, str] = {"assistant": assistant, "number": number}
        for kind, arguments in MADE.items():
            text = orjson.dumps(arguments).decode()
            for name, known in made.items():
                text = text.replace(f"<{name}>", known)
            answer = await here.call(server, f"create_a_vapi_{kind}", **orjson.loads(text))
            assert not answer.is_error, (kind, answer.text[:600])
            made[kind] = answer.result["id"]
        del made["assistant"], made["number"]
        for kind, each in made.items():
            get = f"get_single_vapi_{kind}_by_id"
            assert not (await here.call(server, get, id=each)).is_error, kind
            assert (await here.call("globex", get, id=each)).is_error, kind


# What can be made, in an order in which each may use those before.
MADE: dict[str, dict[str, Any]] = {
    "file": {"text": "Opening hours: 9 to 5.", "file_name": "hours.txt"},
    "eval": {
        "name": "Greets",
        "type": "chat.mockConversation",
        "messages": [{"role": "user", "content": "Hello"}],
    },
    "eval_run": {
        "evalId": "<eval>",
        "type": "eval",
        "target": {"type": "assistant", "assistantId": "<assistant>"},
    },
    "structured_output": {"name": "Solved", "type": "ai", "schema": {"type": "boolean"}},
    "simulation_personality": {
        "name": "Ida",
        "assistant": {"name": "Ida", "model": {"provider": "openai", "model": "gpt-4.1"}},
    },
    "simulation_scenario": {
        "name": "Late",
        "instructions": "Say that you are late.",
        "evaluations": [
            {"structuredOutputId": "<structured_output>", "comparator": "=", "value": True}
        ],
    },
    "simulation": {
        "name": "Late Ida",
        "scenarioId": "<simulation_scenario>",
        "personalityId": "<simulation_personality>",
    },
    "simulation_suite": {"name": "Release", "simulationIds": ["<simulation>"]},
    "simulation_run": {
        "simulations": [{"type": "simulation", "simulationId": "<simulation>"}],
        "target": {"type": "assistant", "assistantId": "<assistant>"},
        "transport": {"provider": "vapi.webchat"},
    },
    "knowledge_base": {"name": "Menu"},
    "campaign": {
        "name": "Survey",
        "assistantId": "<assistant>",
        "phoneNumberId": "<number>",
        "customers": [{"number": "+14155550131"}],
        "understood": True,
    },
    "v2_campaign": {
        "name": "Second survey",
        "assistantId": "<assistant>",
        "phoneNumberId": "<number>",
        "customers": [{"number": "+14155550132"}],
        "understood": True,
    },
}


@each_way
async def test_acme_changes_and_deletes_what_is_its_own(how: str) -> None:
    async with both() as (clients, here, _):
        server = f"acme {how} core"
        assistant, *_ = clients.acme["assistant"]
        changed = await here.call(
            server, "update_a_vapi_assistant_by_id", id=assistant, firstMessage="Good day."
        )
        assert not changed.is_error, changed.text[:600]
        now = clients.world.resources["assistant"][assistant]
        assert now["firstMessage"] == "Good day."
        assert now["metadata"]["client"] == "acme"
        used = provable(clients.acme, "tool", how)
        tool = next(k for k in used if clients.acme["tool"][k]["type"] == "function")
        changed = await here.call(server, "update_a_vapi_tool_by_id", id=tool, messages=[])
        assert not changed.is_error, changed.text[:600]
        chat, *_ = clients.acme["chat"]
        deleted = await here.call(server, "delete_a_vapi_chat_by_id", id=chat)
        assert not deleted.is_error, deleted.text[:600]
        assert chat not in clients.world.resources["chat"]


@pytest.mark.parametrize("how", ["metadata", "both"])
@pytest.mark.parametrize(
    "moving", [{"metadata": {"client": "globex"}}, {"metadata": {}}, {"clear": ["metadata"]}]
)
async def test_what_marks_an_assistant_as_acmes_stays(how: str, moving: dict[str, Any]) -> None:
    async with both() as (clients, here, _):
        server, (assistant, *_) = f"acme {how} core", clients.acme["assistant"]
        update = "update_a_vapi_assistant_by_id"
        await here.call(server, update, id=assistant, **moving)
        assert clients.world.resources["assistant"][assistant]["metadata"]["client"] == "acme"
        if "clear" not in moving:
            new: dict[str, Any] = {"name": "Ava", "model": MODEL, **moving}
            made = (await here.call(server, "create_a_vapi_assistant", **new)).result["id"]
            assert clients.world.resources["assistant"][made]["metadata"]["client"] == "acme"


async def test_analytics_by_any_column_name_nothing_of_globex() -> None:
    async with both() as (clients, here, _):
        for groups in ([column, *more] for column in ANALYSED for more in ([], ["assistantId"])):
            query = {
                "table": "call",
                "name": "calls",
                "operations": [{"operation": "count", "column": "id"}],
                "groupBy": groups,
            }
            answer = await here.call("acme ids full", "create_a_vapi_analytics", queries=[query])
            assert not clients.leaked(answer.text)


async def test_acmes_transcripts_logs_and_completions_are_read_as_resources() -> None:
    async with both() as (clients, here, _):
        call = next(
            key for key, each in clients.acme["call"].items() if each.get("status") == "ended"
        )
        for what in ("transcript", "logs"):
            uri = f"vapi://calls/{call}/{what}"
            answer = await here.ask("acme ids core", "resources/read", {"uri": uri})
            assert not answer.is_error, answer.text[:600]
        ref = {"type": "ref/prompt", "name": "debug_call"}
        asked = {"ref": ref, "argument": {"name": "call", "value": ""}}
        answer = await here.ask("acme ids core", "completion/complete", asked)
        shown = orjson.loads(answer.text)["result"]["completion"]["values"]
        assert {*shown} == {*clients.acme["call"]}


async def test_a_link_to_a_recording_of_acmes_opens() -> None:
    async with both() as (clients, here, _):
        opened = 0
        for call in clients.acme["call"]:
            answer = await here.call("acme both core", "list_all_vapi_mono_recordings", id=call)
            for link in LINK.findall(answer.text.decode()):
                opened += (await here.fetch(link)).text.startswith(b"200 audio/")
        assert opened > 0


async def test_acme_chats_in_a_stream_and_goes_on_in_the_same_chat() -> None:
    async with both() as (clients, here, _):
        assistant, *_ = clients.acme["assistant"]
        asked = {"assistantId": assistant, "input": "Hello", "stream": True}
        chat = await here.call("acme both core", "create_a_vapi_chat", **asked)
        assert not chat.is_error, chat.text[:600]
        go_on = {"previousChatId": chat.result["id"], "input": "And then?"}
        again = await here.call("acme both core", "create_a_vapi_chat", **go_on)
        assert not again.is_error, again.text[:600]


async def test_a_policy_of_acmes_server_counts_and_allows_its_calls() -> None:
    async with both() as (clients, here, _):
        rules: dict[str, Any] = {
            "calls_per_day": 1,
            "calls_per_day_per_assistant": 9,
            "calls_per_day_per_number": 9,
        }
        rules |= {"calls_per_hour_per_customer": 9, "unanswered_calls_in_a_row": 9}
        policy = Policy(max_spend_per_day=1000.0, **rules)
        for how in WAYS_TO_NAME:
            only = only_of(clients.acme, how)
            here.serve(f"{how} capped", ServerConfig(only=only, policy=policy))
            _, tool, arguments = next(each for each in _new(clients) if each[0] == "call")
            first = await here.call(f"{how} capped", tool, **arguments)
            assert not first.is_error, first.text[:600]
            second = await here.call(f"{how} capped", tool, **arguments)
            assert second.is_error
            assert not clients.leaked(first.text + second.text)


async def test_what_both_clients_use_is_read_but_not_changed() -> None:
    async with both() as (clients, here, _):
        world = clients.world.resources
        tool = next(each for each in world["tool"] if each in provable(clients.acme, "tool", "ids"))
        theirs = world["assistant"][clients.foreign["assistant"][0]]
        theirs["model"]["toolIds"] = [*theirs["model"].get("toolIds", ()), tool]
        before = orjson.dumps(world["tool"][tool])
        for server in ("acme ids core", "acme metadata full"):
            shown = await here.call(server, "get_single_vapi_tool_by_id", id=tool)
            assert not shown.is_error, shown.text[:600]
            for change, more in (
                ("update_a_vapi_tool_by_id", {"messages": []}),
                ("delete_a_vapi_tool_by_id", {}),
            ):
                for dry in ({}, {"dry_run": True}):
                    refused = await here.call(server, change, id=tool, **more, **dry)
                    assert not clients.leaked(refused.text)
                    assert refused.is_error or dry
        assert orjson.dumps(world["tool"][tool]) == before


async def test_a_tool_that_spans_the_organisation_is_refused_in_our_own_words() -> None:
    async with both() as (_, here, _alone):
        refused = (await here.call("acme ids core", "list_all_vapi_reporting_insights")).told
    assert refused == {
        "statusCode": 403,
        "error": "Forbidden",
        "message": (
            "This server is kept to the objects of one client, and "
            "list_all_vapi_reporting_insights is not: an insight counts the calls of the whole "
            "organisation."
        ),
        "hint": "Use another tool, or ask the server's owner.",
    }


@pytest.mark.parametrize(
    ("how", "calls"), [("assistants", 10), ("phone_numbers", 5), ("squads", 1)]
)
async def test_ids_of_one_kind_show_the_calls_that_lead_to_them(how: str, calls: int) -> None:
    async with both() as (clients, here, _):
        items = await walked(here, f"acme {how} core", LISTS["call"], fields=["id"])
        shown = {each["id"] for each in items}
        assert calls <= len(shown)
        assert shown <= {*clients.acme["call"]}
