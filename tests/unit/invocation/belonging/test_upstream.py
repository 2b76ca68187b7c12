"""The way to Vapi of an account that is kept to one client."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from typing import Any

import orjson
import pytest

from tests.support.invocation import ACCOUNT, REGISTRY
from tests.support.organisation import Organisation
from tests.unit.invocation.belonging.conftest import Client, two_clients
from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import StoreError, ToolError, UpstreamFailed
from vapi_mcp.invocation.belonging.upstream import BelongingUpstream
from vapi_mcp.invocation.failures.transport_errors import NeverConnected
from vapi_mcp.invocation.messages import ArtifactLink, UpstreamRequest, UpstreamResponse
from vapi_mcp.upstream.client import UpstreamClient


def way(client: Client) -> BelongingUpstream:
    async def opened() -> Any:
        return client.store

    return BelongingUpstream(client.organisation, REGISTRY.tools.values(), opened)


def body_of(response: UpstreamResponse) -> Any:
    return orjson.loads(response.body)


@pytest.mark.parametrize(
    "path",
    [
        "/org",
        "/credential",
        "/assistant/../org",
        "/assistant/..",
        "/call/c-acme/unheard-of",
        "/eval/simulation/concurrency",
    ],
)
async def test_what_no_tool_asks_for_is_not_sent(acme: Client, path: str) -> None:
    response = await way(acme).send(UpstreamRequest("GET", path), acme.grant.account)

    assert response.status in (403, 404)
    assert f"GET {path}" not in acme.organisation.asked


async def test_a_recording_is_led_to_only_if_its_call_belongs(acme: Client) -> None:
    upstream, account = way(acme), acme.grant.account
    ours = await upstream.locate(UpstreamRequest("GET", "/call/c-acme/mono-recording"), account)
    theirs = await upstream.locate(UpstreamRequest("GET", "/call/c-globex/mono-recording"), account)
    unknown = await upstream.locate(UpstreamRequest("GET", "/call/none/mono-recording"), account)

    assert isinstance(ours, ArtifactLink)
    assert theirs == unknown
    assert "GET /call/c-globex/mono-recording" not in acme.organisation.asked


async def test_the_bytes_of_a_recording_are_opened_only_if_its_call_belongs(acme: Client) -> None:
    request = UpstreamRequest("GET", "/call/c-globex/mono-recording")
    async with way(acme).opened(request, acme.grant.account, {}) as found:
        assert found.status == 404

    assert "GET /call/c-globex/mono-recording" not in acme.organisation.asked


async def test_a_chat_that_streams_refers_to_owned_objects_alone(acme: Client) -> None:
    async def take(piece: bytes) -> None:
        raise AssertionError(piece)

    body = orjson.dumps({"assistantId": "a-globex", "input": "hi", "stream": True})
    request = UpstreamRequest("POST", "/chat", body=body)
    response = await way(acme).stream(request, acme.grant.account, take)

    assert response.status == 400
    assert "POST /chat" not in acme.organisation.asked


class Streaming(Organisation):
    async def stream(self, request: UpstreamRequest, account: Account, take: Any) -> Any:
        self.requests.append(request)
        await take(b'data: {"id":"h-new","delta":"Hel')
        await take(b'lo"}\n\n')
        self.add("/chat", {"id": "h-new", "assistant": {"name": "inline"}})
        return UpstreamResponse(200, {"content-type": "text/event-stream"}, b"")


async def test_a_chat_that_streams_belongs_though_it_names_no_assistant() -> None:
    acme, pieces = Client(Streaming({}), Only(assistants=("a-acme",))), list[bytes]()

    async def take(piece: bytes) -> None:
        pieces.append(piece)

    body = orjson.dumps({"assistant": {"name": "inline"}, "input": "hi", "stream": True})
    await way(acme).stream(UpstreamRequest("POST", "/chat", body=body), acme.grant.account, take)

    assert await acme.ids("list_all_vapi_chats") == ["h-new"]
    assert b"".join(pieces) == b'data: {"id":"h-new","delta":"Hello"}\n\n'


async def test_no_answer_tells_how_many_calls_the_organisation_has(acme: Client) -> None:
    limits = {"concurrencyLimit": 10, "remainingConcurrentCalls": 3}
    acme.organisation.objects["/call"]["c-acme"]["subscriptionLimits"] = limits
    upstream, account = way(acme), acme.grant.account
    one = await upstream.send(UpstreamRequest("GET", "/call/c-acme"), account)
    several = await upstream.send(UpstreamRequest("GET", "/call"), account)

    assert b"subscriptionLimits" not in one.body + several.body
    assert [each["id"] for each in body_of(several)] == ["c-acme"]


class Refusing(Organisation):
    """An organisation that answers to some requests otherwise."""

    refusals: dict[str, tuple[int, str]]

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        if found := self.refusals.get(f"{request.method} {request.path}"):
            self.requests.append(request)
            told = {"message": found[1], "statusCode": found[0]}
            return UpstreamResponse(
                found[0], {"content-type": "application/json"}, orjson.dumps(told)
            )
        return await super().send(request, account)


def refusing(**refusals: tuple[int, str]) -> Client:
    organisation = Refusing({})
    organisation.objects = two_clients().objects
    organisation.refusals = {key.replace("_", " /", 1): each for key, each in refusals.items()}
    return Client(organisation, Only(metadata=(("client", "acme"),)))


async def test_a_refusal_that_names_others_is_told_without_them() -> None:
    acme = refusing(POST_squad=(400, "globex desk is in the way"))
    answer = await acme.ask("create_a_vapi_squad", members=[{"assistantId": "a-acme"}])

    assert answer["statusCode"] == 400
    assert "globex" not in str(answer)


async def test_a_refusal_that_names_no_others_is_told_as_it_is() -> None:
    acme = refusing(POST_squad=(400, "members: too few"))
    answer = await acme.ask("create_a_vapi_squad", members=[{"assistantId": "a-acme"}])

    assert "members: too few" in answer["message"]


async def test_a_key_that_vapi_refuses_is_told_as_ever() -> None:
    acme = refusing(GET_assistant=(401, "Invalid Key"))

    assert (await acme.ask("list_all_vapi_calls"))["statusCode"] == 401


async def test_a_write_is_not_sent_where_it_cannot_be_read_what_belongs() -> None:
    acme = refusing(GET_tool=(503, "busy"))
    outcome = await acme.outcome("create_a_vapi_assistant", name="x")

    assert isinstance(outcome.end, NeverConnected)
    assert "POST /assistant" not in acme.organisation.asked


class Breaking(Organisation):
    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        if request.path == "/assistant/a-acme":
            raise UpstreamFailed("Vapi did not answer within 30 seconds.", status=504)
        return await super().send(request, account)


async def test_a_check_that_fails_says_that_nothing_was_sent(acme: Client) -> None:
    broken = Breaking({})
    broken.objects = acme.organisation.objects
    body = orjson.dumps({"name": "x"})
    with pytest.raises(NeverConnected, match="Nothing was sent"):
        await way(replace(acme, organisation=broken)).send(
            UpstreamRequest("PATCH", "/assistant/a-acme", body=body), acme.grant.account
        )


async def test_nothing_is_shown_while_the_store_does_not_answer(acme: Client) -> None:
    async def opened() -> Any:
        raise StoreError

    upstream = BelongingUpstream(acme.organisation, REGISTRY.tools.values(), opened)
    with pytest.raises(ToolError, match="cannot be read what belongs"):
        await upstream.send(UpstreamRequest("GET", "/call"), acme.grant.account)

    assert acme.organisation.asked == []


async def test_vapi_filters_where_one_assistant_is_all_there_is() -> None:
    acme = Client(two_clients(), Only(assistants=("a-acme",)))
    acme.organisation.objects["/phone-number"].clear()
    acme.organisation.objects["/squad"].clear()
    acme.organisation.objects["/call"]["c-acme"].pop("phoneNumberId")

    assert await acme.ids("list_all_vapi_calls") == ["c-acme"]
    asked = [dict(each.query) for each in acme.organisation.requests if each.path == "/call"]
    assert [each["assistantId"] for each in asked] == ["a-acme"]


async def test_the_client_of_vapi_takes_no_account_that_is_kept_to_something(
    acme: Client,
) -> None:
    async with UpstreamClient(max_answer_bytes=1, allow_private=False) as client:
        with pytest.raises(RuntimeError, match="went past"):
            await client.send(UpstreamRequest("GET", "/call"), acme.grant.account)


async def test_what_was_read_for_a_call_is_let_go_with_it(acme: Client) -> None:
    gc.collect()
    gc.disable()
    try:
        kept = way(acme).of_call(acme.grant.account)
        for path in ("/call", "/chat", "/call/c-acme", "/tool/t-globex"):
            await kept.send(UpstreamRequest("GET", path), acme.grant.account)
        watched = weakref.ref(kept)
        del kept
        assert watched() is None
    finally:
        gc.enable()


def test_a_grant_keeps_its_account_to_what_its_server_names(acme: Client) -> None:
    everyone = Client(acme.organisation, None)

    assert acme.grant.account.realm.startswith(f"{ACCOUNT.id}/")
    assert everyone.grant.account.realm == ACCOUNT.id
