"""Queries in the words of people: `queries.yaml` has to be right, `held_out.yaml` mostly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.registry import registry
from vapi_mcp.registry.scope import EVERYTHING, FULL, Scope, scope_of
from vapi_mcp.registry.search import ToolSearch
from vapi_mcp.specs.documents import read_document
from vapi_mcp.specs.tools.loader import load_specs

HERE = Path(__file__).parent
QUERIES: dict[str, list[str]] = read_document(HERE / "queries.yaml")
HELD_OUT: dict[str, list[str]] = read_document(HERE / "held_out.yaml")
FIRST_THREE = 3


def found(query: str, scope: Scope = EVERYTHING, limit: int = FIRST_THREE) -> list[str]:
    return [tool.name for tool in registry().index(scope).search(query, scope, limit)]


@pytest.mark.parametrize("query", QUERIES)
def test_a_right_tool_is_among_the_first_three(query: str) -> None:
    assert set(found(query)) & set(QUERIES[query]), found(query)


def test_queries_that_nothing_was_tuned_for_mostly_find_their_tool() -> None:
    right = [query for query, names in HELD_OUT.items() if set(found(query)) & set(names)]
    assert len(right) >= 17, sorted(HELD_OUT.keys() - right)


def test_every_query_names_tools_that_exist() -> None:
    named = {name for names in (QUERIES | HELD_OUT).values() for name in names}
    assert named <= registry().tools.keys()


def test_every_synonym_stands_for_a_word_that_finds_tools_by_itself() -> None:
    plain = ToolSearch(registry().tools.values(), {})
    assert [word for word in load_specs().synonyms if not plain.search(word)] == []


@pytest.mark.parametrize("name", registry().tools)
def test_a_tool_is_found_by_its_own_name_and_by_its_title(name: str) -> None:
    spec = registry().tools[name].spec
    scopes = [FULL] if spec.catalogue == "full" else [EVERYTHING, FULL]
    assert [found(name, scope)[0] for scope in scopes] == [name] * len(scopes)
    assert name in found(spec.title, scopes[0])


def test_only_tools_in_scope_are_found() -> None:
    reading = scope_of(methods=["read"])
    names = found("delete a call", reading, limit=len(registry().tools))
    assert names
    assert all(registry().tools[name].spec in reading for name in names)
    assert found("delete a call") == found("delete a call", scope_of(methods=["read", "write"]))


@pytest.mark.parametrize("query", ["", "   ", "the of a", "xyzzyplugh", "🎉", "日本語", "\x00"])
def test_a_query_that_says_nothing_finds_nothing(query: str) -> None:
    assert found(query) == []


def test_only_the_first_words_of_an_endless_query_count() -> None:
    endless = " ".join(f"{chr(97 + n % 26)}zq{'x' * (n % 7)}" for n in range(5_000))
    assert found(f"squads {endless}") == found("squads")
    assert found(f"{endless} squads") == []
