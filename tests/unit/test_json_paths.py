"""Paths into JSON values: parsed, formatted, resolved."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapi_mcp.json_paths import (
    MISSING,
    below,
    child,
    first_step,
    format_choice,
    format_keys,
    format_part,
    format_place,
    parse_keys,
    parse_part,
    parse_place,
    parse_schema_path,
    resolve,
    with_brackets,
    with_parents,
    without_brackets,
    without_positions,
)

CALL: dict[str, Any] = {
    "messages": [{"role": "bot"}, {"role": "user", "content": None}],
    "values": {"a.b": {"": 1}, "3": "a key"},
}


@given(path=st.lists(st.text()))
def test_any_part_is_read_back_as_it_was_written(path: list[str]) -> None:
    assert parse_part(format_part(path)) == tuple(path)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("", ()),
        (".", ()),
        ("messages.1.role", ("messages", "1", "role")),
        (r"values.a\.b.\e", ("values", "a.b", "")),
        (r"a\\.b", ("a\\", "b")),
        ("a..b", ("a", "", "b")),
        ("a.", ("a", "")),
        (".a", ("", "a")),
        ("a\\", ("a", "")),
    ],
)
def test_a_part_is_keys_and_positions_with_escapes(text: str, steps: tuple[str, ...]) -> None:
    assert parse_part(text) == steps


def test_keys_have_no_escapes() -> None:
    assert parse_keys(r"a\.b") == ("a\\", "b")
    assert format_keys(("tools", 3, "name")) == "tools.3.name"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("model",), "model"),
        (("model", "messages", 0, "role"), "model.messages[0].role"),
        (("rows", 1, 2), "rows[1][2]"),
    ],
)
def test_a_place_has_brackets_around_its_positions(path: tuple[str | int, ...], text: str) -> None:
    assert format_place(path) == text
    assert parse_place(text) == tuple(map(str, path))


def test_positions_between_dots_get_brackets_and_names_with_digits_do_not() -> None:
    assert with_brackets("model.messages.0.role") == "model.messages[0].role"
    assert with_brackets("rows.1.2") == "rows[1][2]"
    assert with_brackets("model.gpt4.3d.x") == "model.gpt4.3d.x"


def test_all_items_of_a_list_are_one_place_without_brackets() -> None:
    assert without_brackets("model.messages[0].tools[12]") == "model.messages.tools"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("model", ("model", "")),
        ("model.messages[0]", ("model", ".messages[0]")),
        ("messages[0].role", ("messages", "[0].role")),
        ("", ("", "")),
    ],
)
def test_the_first_step_of_a_place_ends_at_a_dot_or_bracket(
    text: str, parts: tuple[str, str]
) -> None:
    assert first_step(text) == parts


def test_a_property_of_the_whole_value_has_no_dot_before_it() -> None:
    assert (below("", "name"), below("model", "name")) == ("name", "model.name")


def test_keys_come_with_their_parents_outermost_first() -> None:
    assert with_parents("a.b.c") == ["a", "a.b", "a.b.c"]


def test_positions_can_be_set_aside() -> None:
    assert without_positions(("messages", "17", "role")) == ("messages", "role")


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("", []),
        ("model.messages", [("model", None), ("messages", None)]),
        (
            "model[openai].messages[]",
            [("model", None), ("", "openai"), ("messages", None), ("", "")],
        ),
        ("[two].x", [("", "two"), ("x", None)]),
        ("a..b", None),
        ("a[b", None),
        ("a.", None),
    ],
)
def test_a_schema_path_is_names_and_choices(
    text: str, steps: list[tuple[str, str | None]] | None
) -> None:
    assert parse_schema_path(text) == steps


def test_a_choice_reads_back_as_a_choice() -> None:
    assert parse_schema_path(format_choice("model", "openai")) == [("model", None), ("", "openai")]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ((), CALL),
        (("messages", "0", "role"), "bot"),
        (("messages", 0, "role"), "bot"),
        (("messages", "1", "content"), None),
        (("values", "a.b", ""), 1),
        (("values", "3"), "a key"),
        (("messages", "2"), MISSING),
        (("messages", "-1"), MISSING),
        (("messages", "role"), MISSING),
        (("messages", "0", "role", "0"), MISSING),
        (("none", "a", "b"), MISSING),
    ],
)
def test_a_path_leads_to_a_part_or_to_nothing(path: tuple[str | int, ...], found: Any) -> None:
    assert resolve(CALL, path) is found


def test_null_is_a_part_and_not_a_missing_one() -> None:
    assert child({"a": None}, "a") is None
    assert child({}, "a") is MISSING
