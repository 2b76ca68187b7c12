from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.registry import NAMES, registry
from tests.support.stores import access_to
from vapi_mcp.accounts.records import Account, Server
from vapi_mcp.errors import AccessError, ConfigurationError
from vapi_mcp.registry.scope import check_scope, scope_of
from vapi_mcp.security.credential import Credential
from vapi_mcp.security.signing import Signer
from vapi_mcp.security.tokens import PREFIX, is_well_formed, new_token, token_hash
from vapi_mcp.specs.tools.loader import load_specs
from vapi_mcp.store.memory.memory_store import MemoryStore

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ACCOUNT = Account("acc", "Acme", Credential("sk-secret"), "https://api.vapi.ai")


READS = ("list", "get")


def names(**parts: Any) -> set[str]:
    return {tool.name for tool in registry().in_scope(scope_of(**parts))}


def test_tokens_are_long_recognisable_and_checked() -> None:
    token = new_token()
    assert token.startswith(PREFIX)
    assert len(token) == len(PREFIX) + 49
    assert is_well_formed(token)
    assert token != new_token()
    assert len(token_hash(token)) == 64


@given(st.integers(0, 52), st.sampled_from("aZ0-_é "))
def test_a_changed_character_is_noticed(place: int, character: str) -> None:
    token = PREFIX + "A" * 43 + "0" * 6
    real = next(t for t in iter(new_token, None) if t)
    changed = real[:place] + character + real[place + 1 :]
    assert not is_well_formed(token)
    assert is_well_formed(changed) == (changed == real)


def test_a_key_prints_as_stars() -> None:
    assert "sk-secret" not in f"{ACCOUNT!r} {ACCOUNT.credential} {ACCOUNT}"


async def test_unknown_malformed_expired_and_removed_tokens_look_the_same() -> None:
    store, now = MemoryStore(), NOW
    alive, ended, removed = new_token(), new_token(), new_token()
    store.add(Server("1", "alive", "acc", expires_at=NOW + timedelta(seconds=1)), ACCOUNT, alive)
    store.add(Server("2", "ended", "acc", expires_at=NOW), ACCOUNT, ended)
    store.add(Server("3", "removed", "acc"), ACCOUNT, removed)
    store.remove("3")
    service = access_to(store, lambda: now)
    assert (await service.resolve(alive)).server.name == "alive"
    messages = set[str]()
    for token in (ended, removed, new_token(), "nonsense", ""):
        with pytest.raises(AccessError) as caught:
            await service.resolve(token)
        messages.add(str(caught.value))
    assert messages == {""}
    now = NOW + timedelta(seconds=1)
    with pytest.raises(AccessError):
        await service.resolve(alive)


def test_what_is_signed_opens_with_its_key_and_context_only() -> None:
    signer = Signer(ACCOUNT.credential, "cursor")
    text = signer.sign(b"payload", "account/tool")
    assert signer.open(text, "account/tool") == b"payload"
    assert Signer(Credential("sk-secret"), "cursor").open(text, "account/tool") == b"payload"
    assert signer.open(text, "account/other") is None
    assert Signer(Credential("sk-other"), "cursor").open(text, "account/tool") is None
    assert Signer(ACCOUNT.credential, "links").open(text, "account/tool") is None


@given(st.text(max_size=40))
def test_nothing_else_opens(text: str) -> None:
    assert Signer(ACCOUNT.credential, "cursor").open(text, "x") is None


def test_methods_and_tags_apply_together_and_names_add_or_take_out() -> None:
    lists, gets = ({name for name in NAMES if name.startswith(f"{way}_")} for way in READS)
    assert names() == set(NAMES)
    assert names(methods=["READ"]) == lists | gets
    assert names(methods=["list"]) == lists
    assert names(methods=["create"], tags=["analytics"]) == {
        "create_a_vapi_analytics",
        "create_a_vapi_insight_preview",
        "create_a_vapi_reporting_insight",
        "create_a_vapi_run",
    }
    assert names(tools=["create_a_vapi_call"]) == {"create_a_vapi_call"}
    assert names(methods=["read"], tools=["create_a_vapi_call"]) == {
        *lists,
        *gets,
        "create_a_vapi_call",
    }
    without = names(methods=["read"], exclude_tools=["list_all_vapi_pcaps"])
    assert without == (lists | gets) - {"list_all_vapi_pcaps"}
    assert names(tools=["create_a_vapi_call"], exclude_tools=["create_a_vapi_call"]) == set()


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"methods": ["custom"]}, "methods: no tool matches custom"),
        ({"tags": ["nothing"]}, "tags: no tool matches nothing"),
        ({"methods": ["get"], "tags": ["recordings"]}, "this combination"),
        ({"tools": ["create_call"]}, "tools: there is no tool named create_call"),
        ({"exclude_tools": ["x"]}, "exclude_tools: there is no tool named x"),
        (
            {"tools": ["create_a_vapi_simulation"]},
            "create_a_vapi_simulation is a tool of the full catalogue; set catalogue to full",
        ),
        ({"tags": ["boards"]}, "tags: no tool matches boards"),
    ],
)
def test_a_scope_that_exposes_nothing_says_which_part(parts: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        check_scope(scope_of(**parts), load_specs().tools)
