"""The table of the fields of the audit log."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest

from vapi_mcp.audit.entry import FIELDS, PARAMETERS, LogEntry, LogFilter
from vapi_mcp.audit.fields import Filter, LogField, Logged, fields_of, parameters_of
from vapi_mcp.store.migrating import migrate, revisions
from vapi_mcp.store.sql.engine import database_file


@dataclass(frozen=True, slots=True, kw_only=True)
class _Note:
    number: Annotated[int, Logged(Filter(test="within", name="numbers"), wire="no")]
    words: Annotated[tuple[str, ...] | None, Logged(Filter(), revision="0003")] = None
    about: Annotated[Mapping[str, Any] | None, Logged()] = None
    title: Annotated[str | None, Logged(Filter(parameter="named"))] = None


def test_a_field_is_read_off_its_annotation() -> None:
    table = fields_of(_Note)
    assert [(f.name, f.wire, f.kind, f.is_optional, f.is_json) for f in table] == [
        ("number", "no", int, False, False),
        ("words", "words", tuple[str, ...], True, True),
        ("about", "about", Mapping[str, Any], True, True),
        ("title", "title", str, True, False),
    ]


def test_parameters_come_by_their_test_and_those_of_older_revisions_first() -> None:
    assert [(p.name, p.wire) for p in parameters_of(fields_of(_Note))] == [
        ("title", "named"),
        ("words", "words"),
        ("numbers", "no"),
    ]


async def test_each_revision_makes_the_columns_of_the_fields_that_name_it(tmp_path: Path) -> None:
    made: dict[str, set[str]] = {}
    there = set[str]()
    for revision in revisions():
        await migrate(tmp_path, revision)
        made[revision], there = _columns(tmp_path) - there, _columns(tmp_path)
    named = {r: {f.name for f in FIELDS if f.logged.revision == r} for r in revisions()}
    assert made == named


def _columns(directory: Path) -> set[str]:
    with closing(sqlite3.connect(database_file(directory))) as connection:
        return {row[1] for row in connection.execute("PRAGMA table_info(audit_log)")}


def test_a_field_that_came_later_may_be_empty() -> None:
    first = min(field.logged.revision for field in FIELDS)
    assert [f.name for f in FIELDS if f.logged.revision > first and not f.is_optional] == []


def test_options_and_columns_of_the_command_are_numbered_from_one() -> None:
    places = [option.place for each in PARAMETERS if (option := each.filter.option)]
    columns = [field.logged.column for field in FIELDS if field.logged.column]
    assert sorted(places) == list(range(1, len(places) + 1))
    assert sorted(columns) == list(range(1, len(columns) + 1))


@pytest.mark.parametrize("table", [FIELDS, PARAMETERS], ids=["fields", "parameters"])
def test_names_are_given_once(table: tuple[LogField, ...]) -> None:
    assert len({each.name for each in table}) == len({each.wire for each in table}) == len(table)


def test_a_filter_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(TypeError, match="mood"):
        LogFilter(mood="glad")


def test_each_test_of_a_filter_keeps_its_bounds() -> None:
    entry = LogEntry(log_type="mcp", status=404, upstream_id="a", upstream_ids=("a", "b"))
    at = entry.created_at
    held = {
        "equal": LogFilter(log_type="mcp"),
        "any id": LogFilter(upstream_id="b"),
        "lower end": LogFilter(statuses=(404, 499)),
        "upper end": LogFilter(statuses=(400, 404)),
        "from": LogFilter(since=at),
    }
    failed = {
        "equal": LogFilter(tool_name="x"),
        "any id": LogFilter(upstream_id="c"),
        "within": LogFilter(statuses=(405, 499)),
        "before": LogFilter(until=at),
    }
    assert {name: wanted.wants(entry) for name, wanted in held.items()} == dict.fromkeys(held, True)
    assert {n: wanted.wants(entry) for n, wanted in failed.items()} == dict.fromkeys(failed, False)
