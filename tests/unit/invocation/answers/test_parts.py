"""Parts of an object: by path, range, speaker and words."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.invocation import ID, called, tokens_of
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.answers.paths import part_at
from vapi_mcp.json_paths import format_part, parse_part

GET = "get_single_vapi_call_by_id"
TURNS = [
    {"role": "system", "message": "Be kind."},
    {"role": "bot", "message": "Good morning, how can I help?"},
    {"role": "user", "message": "I want to MOVE my appointment."},
    {"role": "tool_calls", "message": "", "toolCalls": [{"function": {"name": "move"}}]},
    {"role": "tool_call_result", "result": '{"moved": true}'},
    {"role": "user", "message": "Thank you 👍🏽"},
]
TRANSCRIPT = "AI: Good morning.\nUser: I want to move\nmy appointment.\nAI: Done.\n"
CALL: dict[str, Any] = {
    "id": ID,
    "cost": 0.25,
    "messages": TURNS,
    "analysis": {"summary": "An appointment was moved."},
    "artifact": {"messages": TURNS, "transcript": TRANSCRIPT, "variableValues": {"a.b": {"": 1}}},
}


async def part(call: dict[str, Any] = CALL, /, **arguments: Any) -> Any:
    return orjson.loads((await called(call, GET, id=ID, **arguments)).text)


async def test_a_part_comes_with_its_place_size_and_end() -> None:
    assert await part(part="artifact.messages.2.message") == {
        "part": "artifact.messages.2.message",
        "total": 30,
        "range": "0-29",
        "next": None,
        "value": "I want to MOVE my appointment.",
    }
    assert (await part(part="cost"))["value"] == 0.25
    assert (await part(part="artifact.variableValues"))["value"] == {"a.b": {"": 1}}


async def test_keys_with_dots_and_empty_keys_are_reached() -> None:
    assert (await part(part=r"artifact.variableValues.a\.b.\e"))["value"] == 1


@given(path=st.lists(st.text()))
def test_any_path_is_read_back_as_it_was_written(path: list[str]) -> None:
    assert parse_part(format_part(path)) == tuple(path)


@given(keys=st.lists(st.text(), min_size=1, max_size=5))
def test_any_key_leads_to_its_value(keys: list[str]) -> None:
    value: Any = "here"
    for key in reversed(keys):
        value = {key: value, f"{key}x": 0}
    assert part_at(value, parse_part(format_part(keys))) == "here"


@pytest.mark.parametrize(
    ("asked", "positions"),
    [
        ("0-1", [0, 1]),
        ("2-2", [2]),
        ("3", [3]),
        ("4-", [4, 5]),
        ("-2", [4, 5]),
        ("-99", [0, 1, 2, 3, 4, 5]),
        ("1-99", [1, 2, 3, 4, 5]),
        (" 0 - 1 ", [0, 1]),
    ],
)
async def test_a_range_names_items_both_ends_included(asked: str, positions: list[int]) -> None:
    found = await part(part="artifact.messages", range=asked)
    assert found["value"] == [TURNS[position] for position in positions]
    assert found["range"] == f"{positions[0]}-{positions[-1]}"
    assert found["total"] == 6


@pytest.mark.parametrize("asked", ["x", "-", "5-2", "6-", "6-9", "1-2-3", "1.5"])
async def test_what_is_no_range_is_refused_in_words(asked: str) -> None:
    with pytest.raises(InvalidArguments, match="range"):
        await part(part="artifact.messages", range=asked)


async def test_ranges_of_text_are_whole_characters() -> None:
    text = "👍🏽é漢" * 4_000
    call = {"id": ID, "artifact": {"transcript": text}}
    pieces: list[str] = []
    arguments: dict[str, Any] | None = {"part": "artifact.transcript"}
    while arguments:
        result = await called(call, GET, {"max_result_tokens": 900}, **{"id": ID, **arguments})
        found = orjson.loads(result.text)
        assert tokens_of(result) <= 900
        pieces.append(found["value"])
        start, end = map(int, found["range"].split("-"))
        assert found["value"] == text[start : end + 1]
        arguments = found["next"]
    assert "".join(pieces) == text
    assert len(pieces) > 3


async def test_next_stays_inside_the_range_that_was_asked_for() -> None:
    call = {"id": ID, "messages": [{"n": n, "text": "word " * 60} for n in range(100)]}
    arguments: dict[str, Any] | None = {"part": "messages", "range": "10-39", "id": ID}
    seen: list[int] = []
    while arguments:
        result = await called(call, GET, {"max_result_tokens": 1_000}, **arguments)
        found = orjson.loads(result.text)
        seen += [item["n"] for item in found["value"]]
        arguments = found["next"]
    assert seen == list(range(10, 40))


async def test_fields_reduce_a_part() -> None:
    found = await part(part="artifact.messages", range="1-2", fields=["role"])
    assert found["value"] == [{"role": "bot"}, {"role": "user"}]


async def test_fields_of_a_search_are_those_of_the_turns() -> None:
    found = await part(search="appointment", speaker="user", fields=["message", "role"])
    assert [sorted(each["value"]) for each in found["value"]] == [["message", "role"]]
    only = await part(search="appointment", speaker="user", fields=["message"])
    assert [each["value"] for each in only["value"]] == [
        {"message": each["value"]["message"]} for each in found["value"]
    ]
    within = await part(search="appointment", fields=["artifact.transcript"])
    assert {each["path"] for each in within["value"]} == {"artifact.transcript"}


@pytest.mark.parametrize(
    ("speaker", "places"),
    [("user", [2, 5]), ("assistant", [1]), ("system", [0]), ("tool", [3, 4])],
)
async def test_a_speaker_is_heard_alone_and_once(speaker: str, places: list[int]) -> None:
    found = await part(speaker=speaker)
    assert found["value"] == [
        {"path": f"artifact.messages.{place}", "value": TURNS[place]} for place in places
    ]
    assert found["total"] == len(places)


async def test_a_speaker_of_a_transcript_has_all_lines_of_a_turn() -> None:
    found = await part(part="artifact.transcript", speaker="user")
    lines = [each["value"] for each in found["value"]]
    assert lines == ["User: I want to move", "my appointment."]
    for each in found["value"]:
        start, end = map(int, each["range"].split("-"))
        assert TRANSCRIPT[start : end + 1] == each["value"]


async def test_words_are_found_everywhere_but_in_copies() -> None:
    found = await part(search="appointment MOVE")
    assert [each["path"] for each in found["value"]] == ["analysis.summary", "artifact.messages.2"]


async def test_words_can_be_looked_for_in_one_part_and_of_one_speaker() -> None:
    inside = await part(part="artifact.transcript", search="appointment")
    assert [each["value"] for each in inside["value"]] == ["my appointment."]
    assert (await part(speaker="assistant", search="appointment"))["value"] == []


async def test_of_a_long_line_the_surroundings_are_shown() -> None:
    text = "so " * 2_000 + "the needle " + "and on " * 2_000
    found = (await part({"id": ID, "notes": text}, search="needle"))["value"][0]
    start, end = map(int, found["range"].split("-"))
    assert text[start : end + 1] == found["value"]
    assert "needle" in found["value"]
    assert len(found["value"]) <= 400


async def test_many_matches_come_in_pages() -> None:
    call = {"id": ID, "messages": [{"role": "user", "message": "yes " * 40}] * 300}
    arguments: dict[str, Any] | None = {"id": ID, "search": "yes", "speaker": "user"}
    paths: list[str] = []
    while arguments:
        result = await called(call, GET, {"max_result_tokens": 2_000}, **arguments)
        assert tokens_of(result) <= 2_000
        found = orjson.loads(result.text)
        assert found["total"] == 300
        paths += [each["path"] for each in found["value"]]
        arguments = found["next"]
    assert paths == [f"messages.{n}" for n in range(300)]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"part": "artifact.mesages"}, "part artifact has no 'mesages'; did you mean messages?"),
        ({"part": "messages.6"}, "it is a list of 6, counted from 0"),
        ({"part": "cost.total"}, "part cost has no 'total'; it has no parts"),
        ({"part": "zebra"}, "The object has no 'zebra'; it has id, cost, messages"),
        ({"speaker": "caller"}, "speaker 'caller' is not among"),
    ],
)
async def test_a_wrong_part_is_refused_with_what_is_there(
    arguments: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidArguments) as caught:
        await part(**arguments)
    assert told in caught.value.message
