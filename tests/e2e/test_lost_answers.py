"""A create that Vapi did and whose answer was lost is found by the call that the error names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import orjson
import pytest

from tests.support.e2e.stack import registry
from tests.support.invocation import ResultInvoker
from tests.support.serving import serving
from vapi_mcp.accounts.records import Account, Grant, Server
from vapi_mcp.errors import UpstreamFailed
from vapi_mcp.invocation.failures.transport_errors import broken_off
from vapi_mcp.invocation.messages import Take, UpstreamRequest, UpstreamResponse
from vapi_mcp.invocation.writes.pipeline import WritePipeline
from vapi_mcp.sandbox.app import create_sandbox
from vapi_mcp.sandbox.seed import seed_world
from vapi_mcp.security.credential import Credential
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.store.memory.memory_store import MemoryStore
from vapi_mcp.upstream.client import UpstreamClient

ADA = {"number": "+14155550123", "externalId": "order-7", "name": "Ada"}
SCHEMA = {"type": "object", "properties": {}}


class Losing(UpstreamClient):
    """A way to Vapi on which every answer to a POST is lost."""

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        return _lost(request, await super().send(request, account))

    async def stream(
        self, request: UpstreamRequest, account: Account, take: Take
    ) -> UpstreamResponse:
        return _lost(request, await super().stream(request, account, take))


def _lost(request: UpstreamRequest, answer: UpstreamResponse) -> UpstreamResponse:
    if request.method != "POST":
        return answer
    assert answer.status == 201, answer.body
    raise broken_off("vapi", "reset", writes=True)


CREATES: list[tuple[str, dict[str, Any]]] = [
    ("create_a_vapi_assistant", {"name": "Riley"}),
    ("create_a_vapi_squad", {"name": "Team", "members": [{"assistantId": "assistant"}]}),
    (
        "create_a_vapi_call",
        {"assistantId": "assistant", "phoneNumberId": "phone-number", "customer": ADA},
    ),
    (
        "create_a_vapi_campaign",
        {
            "name": "Recall",
            "assistantId": "assistant",
            "phoneNumberId": "phone-number",
            "customers": [ADA],
            "understood": True,
        },
    ),
    ("create_a_vapi_chat", {"assistantId": "assistant", "input": "Is it ready?"}),
    ("create_a_vapi_chat_response", {"assistantId": "assistant", "input": "Is it ready?"}),
    ("create_a_vapi_session", {"name": "One", "assistantId": "assistant", "customer": ADA}),
    ("create_a_vapi_tool", {"type": "function", "function": {"name": "look_up"}}),
    ("create_a_vapi_structured_output", {"name": "Outcome", "type": "ai", "schema": SCHEMA}),
    ("create_a_vapi_file", {"text": "a", "file_name": "a.txt"}),
]


@pytest.mark.parametrize(("tool", "arguments"), CREATES, ids=[tool for tool, _ in CREATES])
async def test_a_lost_create_shows_the_values_to_compare(
    tool: str, arguments: dict[str, Any]
) -> None:
    world, store = seed_world(7, datetime.now(UTC)), MemoryStore()
    numbers = world.resources["phone-number"].items()
    known = {
        "assistant": next(iter(world.resources["assistant"])),
        "phone-number": next(key for key, each in numbers if each["provider"] == "twilio"),
    }
    given = orjson.loads(_with_ids(orjson.dumps(arguments), known))
    client = Losing(max_answer_bytes=2**20, allow_private=True)

    async def records() -> MemoryStore:
        return store

    pipeline = WritePipeline(registry(local_files=True), records)
    invoker = ResultInvoker(client, registry(local_files=True), pipeline)
    async with client, serving(create_sandbox(facts=load_facts(), world=world)) as sandbox:
        account = Account("account", "Acme", Credential("sandbox-key"), sandbox.url)
        grant = Grant(account, Server("server", "all", "account"))
        find = registry(local_files=True).find
        with pytest.raises(UpstreamFailed) as failed:
            await invoker.invoke(find(tool), {**given, "idempotency_key": "one"}, grant)
        call = cast("dict[str, Any]", failed.value.extra["next_call"])
        listed = await invoker.invoke(find(call["tool"]), call["arguments"], grant)
    compare = cast("dict[str, Any]", call["compare"])
    after = str(compare.pop("createdAt", "")).removesuffix(" or later")
    items = orjson.loads(listed.text)["result"]
    found = [all(_at(each, path) == value for path, value in compare.items()) for each in items]
    assert found.count(True) == 1
    assert items[found.index(True)]["createdAt"] > after


def _with_ids(body: bytes, known: dict[str, str]) -> bytes:
    for kind, named in known.items():
        body = body.replace(f'"{kind}"'.encode(), f'"{named}"'.encode())
    return body


def _at(item: Any, path: str) -> Any:
    for key in path.split("."):
        item = item.get(key) if isinstance(item, dict) else None
    return item
