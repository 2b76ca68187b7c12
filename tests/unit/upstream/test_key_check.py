from __future__ import annotations

import base64

import httpx
import orjson
import pytest

from vapi_mcp.accounts.records import REGIONS, Account, Upstreams
from vapi_mcp.errors import LimitReached
from vapi_mcp.invocation.failures.transport_errors import unreachable
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.sandbox.app import create_sandbox
from vapi_mcp.sandbox.state.snapshot import StateSnapshot
from vapi_mcp.security.credential import Credential
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.upstream.client import UpstreamClient
from vapi_mcp.upstream.key_check import UpstreamKeyCheck

HOT_TIP = "Invalid Key. Hot tip, you may be using the private key instead of the public key."
US, EU = REGIONS["us"], REGIONS["eu"]


class Vapi:
    """Vapi at several places: a status and a body each; what is not there is unreachable."""

    def __init__(self, **answers: tuple[int, object]) -> None:
        places = {"us": US, "eu": EU, "mirror": "https://mirror.example.com"}
        self.answers = {places[name]: answer for name, answer in answers.items()}
        self.asked: list[str] = []

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        assert (request.method, request.path, request.query) == (
            "GET",
            "/assistant",
            (("limit", "1"),),
        )
        self.asked.append(account.base_url)
        if account.base_url not in self.answers:
            raise unreachable("api.vapi.ai", "no route to host")
        status, body = self.answers[account.base_url]
        return UpstreamResponse(status, {}, body if isinstance(body, bytes) else orjson.dumps(body))


def account(base_url: str = US, key: str = "the-key") -> Account:
    return Account("a", "A", Credential(key), base_url)


def refused(message: str = HOT_TIP) -> tuple[int, object]:
    return 401, {"statusCode": 401, "error": "Unauthorized", "message": message}


async def test_a_key_that_lists_assistants_is_accepted() -> None:
    vapi = Vapi(us=(200, []))
    verdict = await UpstreamKeyCheck(vapi, Upstreams())(account())
    assert (verdict.outcome, verdict.message) == ("accepted", "")
    assert vapi.asked == [US]


async def test_a_key_is_accepted_whatever_its_assistants_hold() -> None:
    deep = b"[" * 2000 + b"]" * 2000
    for odd in (b'[{"name": "\\ud83d"}]', b'[{"name": "\xff"}]', b'[{"metadata": %s}]' % deep):
        verdict = await UpstreamKeyCheck(Vapi(us=(200, odd)), Upstreams())(account())
        assert verdict.outcome == "accepted"


async def test_a_refused_key_comes_with_vapis_words_and_what_to_check() -> None:
    vapi = Vapi(us=refused(), eu=refused())
    verdict = await UpstreamKeyCheck(vapi, Upstreams())(account())
    assert verdict.outcome == "refused"
    for words in ("api.vapi.ai", HOT_TIP, "private key", "region"):
        assert words in verdict.message
    assert "the-key" not in verdict.message


@pytest.mark.parametrize(("wrong", "right", "region"), [(US, EU, "eu"), (EU, US, "us")])
async def test_a_key_of_the_other_region_is_told_where_it_belongs(
    wrong: str, right: str, region: str
) -> None:
    answers: dict[str, tuple[int, object]] = {"us": refused(), "eu": refused(), region: (200, [])}
    verdict = await UpstreamKeyCheck(Vapi(**answers), Upstreams())(account(wrong))
    assert verdict.outcome == "refused"
    assert f"Set region to {region}." in verdict.message
    assert right != wrong


async def test_a_public_key_is_told_apart_and_goes_nowhere_else() -> None:
    payload = base64.urlsafe_b64encode(orjson.dumps({"orgId": "o", "token": {"tag": "public"}}))
    key = f"head.{payload.decode().rstrip('=')}.signature"
    vapi = Vapi(us=refused(), eu=(200, []))
    verdict = await UpstreamKeyCheck(vapi, Upstreams())(account(key=key))
    assert verdict.outcome == "refused"
    assert "This is a public key" in verdict.message
    assert vapi.asked == [US]


@pytest.mark.parametrize("key", ["a.b.c", "a.bm90IGpzb24.c", "a.W10.c", "a.é.c", "a..c", "..."])
async def test_a_key_that_only_looks_like_a_jwt_is_a_plain_one(key: str) -> None:
    verdict = await UpstreamKeyCheck(Vapi(us=refused()), Upstreams())(account(key=key))
    assert verdict.outcome == "refused"
    assert "public key, which" not in verdict.message


async def test_a_key_refused_at_another_base_url_goes_nowhere_else() -> None:
    vapi = Vapi(mirror=refused(), us=(200, []), eu=(200, []))
    elsewhere = "https://mirror.example.com"
    upstreams = Upstreams(default=elsewhere)
    assert (await UpstreamKeyCheck(vapi, upstreams)(account(elsewhere))).outcome == "refused"
    assert vapi.asked == [elsewhere]


async def test_words_that_hold_the_key_are_not_quoted() -> None:
    vapi = Vapi(us=refused("the key the-key is invalid"), eu=refused())
    verdict = await UpstreamKeyCheck(vapi, Upstreams())(account())
    assert verdict.outcome == "refused"
    assert "the-key" not in verdict.message


@pytest.mark.parametrize("answer", [(500, "x"), (503, b"<html>"), (429, {"message": "slow"})])
async def test_a_vapi_that_cannot_say_is_unreachable(answer: tuple[int, object]) -> None:
    verdict = await UpstreamKeyCheck(Vapi(us=answer), Upstreams())(account())
    assert (verdict.outcome, verdict.message) == (
        "unreachable",
        f"Vapi at api.vapi.ai answered {answer[0]}.",
    )


async def test_a_vapi_that_does_not_answer_is_unreachable() -> None:
    verdict = await UpstreamKeyCheck(Vapi(), Upstreams())(account())
    assert verdict.outcome == "unreachable"
    assert "no route to host" in verdict.message


async def test_a_key_that_finds_no_free_connection_is_not_tried() -> None:
    class Busy:
        async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
            del request, account
            raise LimitReached(64, "requests to Vapi at once for one account", 1)

    verdict = await UpstreamKeyCheck(Busy(), Upstreams())(account())
    assert verdict.outcome == "unreachable"
    assert "try again in a second" in verdict.message


@pytest.mark.parametrize("answer", [(200, b"<html>"), (200, {}), (404, b""), (302, b"")])
async def test_a_place_that_is_no_vapi_is_told_so(answer: tuple[int, object]) -> None:
    verdict = await UpstreamKeyCheck(Vapi(us=answer), Upstreams())(account())
    assert verdict.outcome == "refused"
    assert "Check that the base URL is Vapi's API." in verdict.message


async def test_the_sandbox_is_a_vapi_like_any_other() -> None:
    sandbox = create_sandbox(facts=load_facts(), world=StateSnapshot("org"))
    transport = httpx.ASGITransport(sandbox)
    client = UpstreamClient(max_answer_bytes=100_000, transport=transport)
    check = UpstreamKeyCheck(client, Upstreams(default="http://sandbox.invalid"))
    try:
        taken = await check(account("http://sandbox.invalid", "sandbox-key"))
        not_taken = await check(account("http://sandbox.invalid", "another-key"))
    finally:
        await client.aclose()
    assert (taken.outcome, not_taken.outcome) == ("accepted", "refused")
