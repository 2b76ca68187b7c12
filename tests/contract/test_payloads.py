"""Bodies that people really post: the product, the sandbox, and both together, by one verdict."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.contract.corpus import Payload, Verdict, payloads, saved_world
from tests.support.invocation import ResultInvoker
from tests.support.sandbox import HOST, KEY, NOON, Driver, HandClock, drive
from tests.support.writes import registry
from vapi_mcp.accounts.records import Account, Grant, Server
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.arguments.check import check_arguments
from vapi_mcp.invocation.request import encoded, path_of
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.pipeline import WritePipeline
from vapi_mcp.registry.scope import FULL
from vapi_mcp.registry.tool import Tool
from vapi_mcp.sandbox.app import create_sandbox
from vapi_mcp.security.credential import Credential
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.store.memory.memory_store import MemoryStore
from vapi_mcp.upstream.client import UpstreamClient

CORPUS = payloads()
GRANT = Grant(Account("acc", "Acme", Credential(KEY), HOST), Server("srv", "all", "acc", FULL))
# Whose answers show all that was stored.
WHOLE = ("/assistant", "/squad", "/tool")

each_payload = pytest.mark.parametrize("payload", CORPUS, ids=lambda payload: payload.name)


@asynccontextmanager
async def product() -> AsyncGenerator[ResultInvoker]:
    """The pipeline over a sandbox that holds the saved objects, at noon."""
    clock = HandClock()
    app = create_sandbox(facts=load_facts(), world=saved_world(), clock=clock)
    transport = httpx.ASGITransport(app)
    client = UpstreamClient(max_answer_bytes=1_000_000, transport=transport)
    records = MemoryStore()

    async def open_records() -> MemoryStore:
        return records

    pipeline = WritePipeline(registry(), open_records, clock)
    async with client:
        yield ResultInvoker(client, registry(), pipeline)


# When a schedule begins depends on today; how a campaign goes, on the account.
_FORECASTS = ("Starts in ", "Expected length", "Expected end", "Free lines")


async def dry_run(tool: Tool, arguments: dict[str, Any]) -> tuple[str, ...]:
    """Return the notes of a call that sends nothing; a reading tool has no such call."""
    if "dry_run" not in tool.arguments:
        return check_arguments(tool, arguments, load_facts()).notes
    async with product() as invoker:
        result = await invoker.invoke(tool, {**arguments, "dry_run": True}, GRANT)
    assert "nothing was sent" in result.notes[-1]
    return tuple(note for note in result.notes[:-1] if not note.startswith(_FORECASTS))


async def really(tool: Tool, arguments: dict[str, Any]) -> ToolResult:
    async with product() as invoker:
        return await invoker.invoke(tool, arguments, GRANT)


def placed(tool: Tool, arguments: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what a person would send, by place; what `clear` names is a null of the body."""
    values: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "body": {}, "control": {}}
    for name, value in arguments.items():
        argument = tool.arguments.get(name)
        place, upstream = (argument.place, argument.upstream) if argument else ("body", name)
        values[place][upstream] = value
    values["body"] |= dict.fromkeys(values["control"].get("clear", ()))
    return values


async def posted(tool: Tool, arguments: dict[str, Any], sandbox: Driver) -> httpx.Response:
    """Return Vapi's answer to the body that a person would post, as it is written."""
    values = placed(tool, arguments)
    path = path_of(tool, values["path"])
    query = encoded(values["query"])
    return await sandbox.ask(tool.operation.method, path, values["body"], params=query)


def assert_refused(verdict: Verdict, message: str) -> None:
    assert verdict.place is not None
    assert verdict.place in message
    assert verdict.words in message


@each_payload
async def test_the_product_takes_it_with_these_notes_or_refuses_it_there(payload: Payload) -> None:
    tool = registry().find(payload.tool, FULL)
    if payload.product.is_refusal:
        with pytest.raises(ToolError) as refused:
            await dry_run(tool, payload.arguments)
        assert_refused(payload.product, refused.value.message)
    else:
        assert await dry_run(tool, payload.arguments) == payload.product.notes


@pytest.mark.parametrize(
    "payload",
    [each for each in CORPUS if each.product == Verdict() and not each.is_mistake],
    ids=lambda payload: payload.name,
)
def test_what_is_taken_without_a_note_is_sent_as_it_was_written(payload: Payload) -> None:
    tool = registry().find(payload.tool, FULL)
    body = check_arguments(tool, payload.arguments, load_facts()).body
    assert body == placed(tool, payload.arguments)["body"]


@each_payload
async def test_the_sandbox_answers_as_vapi_does(payload: Payload) -> None:
    tool = registry().find(payload.tool, FULL)
    async with drive(saved_world()) as sandbox:
        answer = await posted(tool, payload.arguments, sandbox)
    if payload.sandbox.is_refusal:
        assert answer.status_code in (400, 404)
        said = answer.json()["message"]
        assert_refused(payload.sandbox, "; ".join(said) if isinstance(said, list) else said)
        return
    assert answer.status_code in (200, 201), answer.text
    if tool.operation.key.startswith("POST") and tool.operation.path in WHOLE:
        stored = answer.json()
        body = {name: value for name, value in payload.arguments.items() if value is not None}
        assert {name: stored.get(name) for name in body} == body


@each_payload
async def test_what_the_product_sends_the_sandbox_takes(payload: Payload) -> None:
    tool = registry().find(payload.tool, FULL)
    if payload.sent.is_refusal:
        with pytest.raises(ToolError) as refused:
            await really(tool, payload.arguments)
        assert_refused(payload.sent, refused.value.message)
    else:
        assert json.loads((await really(tool, payload.arguments)).text)


def test_the_corpus_is_large_and_each_body_says_where_such_bodies_are_seen() -> None:
    assert len(CORPUS) >= 60
    assert all(len(payload.why) > 20 for payload in CORPUS)


def test_every_tool_that_takes_a_json_body_has_a_body_that_is_accepted() -> None:
    """Files are forms, a deletion's body names what goes, tools of ours have no operation."""
    takers = {
        tool.name
        for tool in registry().in_scope(FULL)
        if tool.operation.body is not None
        if tool.spec.own is None
        if tool.operation.body.content_type == "application/json"
        if tool.spec.effect != "delete"
    }
    taken = {payload.tool for payload in CORPUS if not payload.product.is_refusal}
    assert takers - taken == set()


def test_no_body_is_there_twice() -> None:
    bodies = [json.dumps([each.tool, each.arguments]) for each in CORPUS]
    assert len(set(bodies)) == len(bodies)


def test_no_number_rings_anybody() -> None:
    """555-01xx in North America, 020 7946 0xxx in London: kept for fiction by their regulators."""
    texts = [json.dumps(each.arguments) for each in CORPUS]
    numbers = {found for text in texts for found in re.findall(r"\+\d{10,15}\b", text)}
    fiction = re.compile(r"\+1\d{3}55501\d\d|\+442079460\d{3}")
    assert [number for number in sorted(numbers) if not fiction.fullmatch(number)] == []


def test_the_sandbox_stands_at_the_moment_that_the_bodies_are_written_for() -> None:
    assert NOON.isoformat() == "2026-11-20T12:00:00+00:00"
