"""Instructions follow the scope: what a server lacks is not spoken of."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import pytest

from tests.support.app import registry
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.protocol.greeting.instructions import instructions_for
from vapi_mcp.registry.scope import Scope, scope_of

PLAIN = ServerConfig()
ASKING = ServerConfig(confirm="all_writes")
SEARCHING = ServerConfig(tool_exposure="discovery", confirm="all_writes")
ACCOUNT = "one account of Vapi, which runs voice agents"
LACKS = "place calls, start campaigns, chat or run evals"
ARGUMENTS = {
    "dry_run",
    "idempotency_key",
    "confirmation_code",
    "nested",
    "clear",
    "next_cursor",
    "fields",
    "part",
    "range",
    "speaker",
    "search",
    "inline",
}
METHODS = ("read", "create", "update", "delete", "list", "get")
TAGS = sorted({tag for tool in registry().in_scope() for tag in tool.spec.tags})
SCOPES = [
    scope_of(methods=methods, tags=tags)
    for methods in ((), *((each,) for each in METHODS), *combinations(METHODS, 2))
    for tags in ((), *((each,) for each in TAGS), *combinations(TAGS, 2))
]


def told(config: ServerConfig = PLAIN, **scope: Any) -> str:
    return instructions_for(registry(), scope_of(**scope), config)


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


@pytest.mark.parametrize(
    ("scope", "first"),
    [
        ({}, f"These tools work on {ACCOUNT}. Placing a call, starting a campaign, chatting, "),
        (
            {"methods": ["read"]},
            f"This server only reads {ACCOUNT}: nothing here places a call, sends, changes or ",
        ),
        ({"tags": ["recordings"]}, f"This server only reads recordings of {ACCOUNT}: nothing "),
        (
            {"tags": ["assistants"]},
            (
                f"This server works on assistants of {ACCOUNT}: it can read, create, change and "
                f"delete; it cannot {LACKS}.\n"
            ),
        ),
        (
            {"methods": ["delete"]},
            (
                f"This server works on {ACCOUNT}: it can delete; it cannot read, create, change, "
                f"{LACKS}.\n"
            ),
        ),
        (
            {"tools": ["create_a_vapi_eval_run"]},
            (
                f"This server works on evals of {ACCOUNT}: it can run evals; it cannot read, "
                "create, change, delete, place calls, start campaigns or chat. Evaluating costs "
                "money. Be sure that the user wants it.\n"
            ),
        ),
        (
            {"exclude_tools": ["create_a_vapi_call", "create_a_vapi_campaign"]},
            (
                f"These tools work on {ACCOUNT}; none can place calls or start campaigns. "
                "Chatting, evaluating and getting a number cost money; campaigns and chats with "
                "a transport reach real people, and nothing undoes that. "
            ),
        ),
    ],
)
@pytest.mark.parametrize("config", [PLAIN, SEARCHING])
def test_the_first_line_says_what_a_server_can_and_cannot_do(
    scope: dict[str, Any], first: str, config: ServerConfig
) -> None:
    assert told(config, **scope).startswith(first)


@pytest.mark.parametrize("scope", [{"tags": ["assistants"]}, {"methods": ["delete"]}])
def test_what_costs_nothing_and_reaches_nobody_is_not_said_to(scope: dict[str, Any]) -> None:
    assert not {"money", "people", "confirmation_code", "queued"} & words(told(**scope))


def test_a_server_that_only_changes_campaigns_says_that_people_are_reached() -> None:
    text = told(tags=["campaigns"], methods=["update"])
    assert "Campaigns reach real people, and nothing undoes that." in text
    assert "money" not in words(text)


def test_a_code_is_spoken_of_where_one_is_asked_for() -> None:
    by_question = ServerConfig(confirm="all_writes", confirm_by="question")
    spending = ServerConfig(confirm="spending")
    assert "confirmation_code" in told(ASKING)
    assert "confirmation_code" in told(spending, tags=["calls"])
    for text in (told(), told(by_question), told(spending, tags=["assistants"])):
        assert "confirmation_code" not in text


def test_instructions_fit_what_clients_keep_whatever_the_scope() -> None:
    texts = [instructions_for(registry(), each, SEARCHING) for each in SCOPES if in_scope(each)]
    assert max(len(text.encode()) for text in texts) < 2048


def test_instructions_promise_only_arguments_that_tools_in_scope_take() -> None:
    for scope in SCOPES:
        tools = in_scope(scope)
        taken = {name for tool in tools for name in tool.arguments}
        text = instructions_for(registry(), scope, ASKING) if tools else ""
        assert words(text) & ARGUMENTS <= taken, scope
    assert words(told(ASKING)) >= ARGUMENTS


def test_whatever_spends_has_its_words() -> None:
    for tool in registry().in_scope(scope_of(tags=["spending"])):
        assert f"{tool.spec.costs} costs money" in told(tools=[tool.name]).lower()


def in_scope(scope: Scope) -> list[Any]:
    return list(registry().in_scope(scope))
