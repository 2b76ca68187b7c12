from __future__ import annotations

import gzip
import zlib
from typing import Any

import httpx
import pytest

from tests.support.sandbox import AUTHORIZED, ORG, Driver, drive, listening
from vapi_mcp.sandbox.app import create_sandbox
from vapi_mcp.sandbox.faults.injection import FAULTS, MAGIC_PREFIX
from vapi_mcp.sandbox.state.snapshot import StateSnapshot
from vapi_mcp.specs.facts.facts import load_facts


async def _struck(sandbox: Driver, fault: str, path: str = "/assistant") -> httpx.Response:
    return await sandbox.ask("GET", path, headers={"X-Sandbox-Fault": fault})


def _id_of(name: str) -> str:
    return f"{MAGIC_PREFIX}{FAULTS[name][0]}"


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        (
            "rate-limited",
            429,
            {"message": "Rate limit exceeded", "error": "Too Many Requests", "statusCode": 429},
        ),
        ("server-error", 500, {"statusCode": 500, "message": "Internal server error"}),
        (
            "unavailable",
            503,
            {
                "message": "Service Unavailable",
                "error": "Service Unavailable",
                "statusCode": 503,
            },
        ),
    ],
)
async def test_a_header_and_an_id_ask_for_the_same_fault(name: str, status: int, body: Any) -> None:
    async with drive() as sandbox:
        by_header = await _struck(sandbox, name)
        by_path = await sandbox.ask("GET", f"/assistant/{_id_of(name)}")
        by_query = await sandbox.ask("GET", f"/call?assistantId={_id_of(name)}")
        by_body = await sandbox.ask("POST", "/call", {"assistantId": _id_of(name)})
    for answer in (by_header, by_path, by_query, by_body):
        assert (answer.status_code, answer.json()) == (status, body)


async def test_a_rate_limit_says_when_to_come_back() -> None:
    async with drive() as sandbox:
        answer = await _struck(sandbox, "rate-limited")
        longer = await _struck(sandbox, "rate-limited;30")
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["x-ratelimit-limit"] == "100"
    assert answer.headers["x-ratelimit-remaining"] == "0"
    assert int(answer.headers["x-ratelimit-reset"]) > 1_000_000_000
    assert longer.headers["retry-after"] == "30"


async def test_pinned_has_a_body_of_its_own() -> None:
    async with drive() as sandbox:
        for noun in ("assistant", "tool"):
            answer = await sandbox.ask("DELETE", f"/{noun}/{_id_of('pinned')}")
            assert answer.status_code == 409
            assert answer.json()["error"] == f"{noun}_pinned"
            assert "statusCode" not in answer.json()


async def test_a_deletion_that_is_unavailable_deletes_nothing() -> None:
    async with drive() as sandbox:
        call = await sandbox.ended_call()
        path = f"/call/{call['id']}"
        answer = await sandbox.ask("DELETE", path, headers={"X-Sandbox-Fault": "unavailable"})
        kept = await sandbox.ask("GET", path)
    assert answer.status_code == 503
    assert "the call was not deleted" in answer.json()["message"]
    assert kept.status_code == 200


async def test_a_proxys_error_is_html() -> None:
    async with drive() as sandbox:
        answer = await _struck(sandbox, "html")
    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith("text/html")
    assert "<h1>Bad gateway" in answer.text


async def test_an_empty_answer_is_a_success_without_a_body() -> None:
    async with drive() as sandbox:
        answer = await _struck(sandbox, "empty")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_half_a_json_is_a_clean_prefix_of_the_true_answer() -> None:
    async with drive() as sandbox:
        made = await sandbox.assistant()
        whole = (await sandbox.ask("GET", f"/assistant/{made['id']}")).content
        answer = await _struck(sandbox, "half-json", f"/assistant/{made['id']}")
        stand_in = await sandbox.ask("GET", f"/assistant/{_id_of('half-json')}")
    assert answer.status_code == stand_in.status_code == 200
    assert answer.content == whole[: len(whole) // 2]
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert stand_in.content.startswith(b'{"id":"')
    assert not stand_in.content.endswith(b"}")


async def test_a_huge_answer_is_json_over_sixteen_mebibytes() -> None:
    async with drive() as sandbox:
        answer = await _struck(sandbox, "huge;17")
    assert "content-length" not in answer.headers
    assert len(answer.content) > 17 << 20
    assert (answer.content[:2], answer.content[-2:]) == (b'["', b'"]')


async def test_a_gzip_bomb_is_small_and_inflates_to_more_than_a_hundred_megabytes() -> None:
    async with drive() as sandbox:
        request = sandbox.client.build_request(
            "GET", "/assistant", headers={"X-Sandbox-Fault": "gzip-bomb"}
        )
        answer = await sandbox.client.send(request, stream=True)
        packed = b"".join([piece async for piece in answer.aiter_raw()])
        await answer.aclose()
    assert answer.headers["content-encoding"] == "gzip"
    assert len(packed) < 200_000
    unpack = zlib.decompressobj(31)
    assert unpack.decompress(packed, 100).startswith(b'{"padding":"0')
    assert len(gzip.decompress(packed)) > 100_000_000


async def test_a_slow_answer_is_the_true_one() -> None:
    async with drive() as sandbox:
        answer = await _struck(sandbox, "slow;0.01")
    assert (answer.status_code, answer.json()) == (200, [])


async def test_a_stalled_answer_goes_on_in_the_end() -> None:
    async with drive() as sandbox:
        made = await sandbox.assistant()
        answer = await _struck(sandbox, "stalled;0.01", f"/assistant/{made['id']}")
    assert answer.json() == made


async def test_a_redirect_leads_where_it_is_told() -> None:
    async with drive() as sandbox:
        answer = await _struck(sandbox, "redirect;http://169.254.169.254/latest")
    assert answer.status_code == 302
    assert answer.headers["location"] == "http://169.254.169.254/latest"


async def test_unknown_faults_and_other_ids_change_nothing() -> None:
    async with drive() as sandbox:
        assert (await _struck(sandbox, "earthquake")).json() == []
        assert (await sandbox.ask("GET", f"/assistant/{MAGIC_PREFIX}ffff")).status_code == 404


async def test_a_key_is_needed_before_anything_fails() -> None:
    async with drive() as sandbox:
        headers = {"X-Sandbox-Fault": "server-error", "Authorization": ""}
        answer = await sandbox.ask("GET", "/assistant", headers=headers)
    assert answer.status_code == 401


def test_a_dropped_connection_breaks_in_the_middle_of_a_performed_request() -> None:
    app = create_sandbox(facts=load_facts(), world=StateSnapshot(ORG))
    with listening(app) as url, httpx.Client(base_url=url, headers=AUTHORIZED) as client:
        drop = {"X-Sandbox-Fault": "dropped"}
        with pytest.raises(httpx.RemoteProtocolError):
            client.post("/assistant", json={"name": "Ava"}, headers=drop)
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(f"/assistant/{_id_of('dropped')}")
        (kept,) = client.get("/assistant").json()
        body = {"assistantId": kept["id"], "input": "Hello there", "stream": True}
        with (
            client.stream("POST", "/chat", json=body, headers=drop) as answer,
            pytest.raises(httpx.RemoteProtocolError),
        ):
            answer.read()
    assert kept["name"] == "Ava"
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_a_client_that_leaves_ends_a_slow_answer() -> None:
    app = create_sandbox(facts=load_facts(), world=StateSnapshot(ORG))
    impatient = httpx.Timeout(10, read=0.2)
    with listening(app) as url:
        with httpx.Client(base_url=url, headers=AUTHORIZED, timeout=impatient) as client:
            with pytest.raises(httpx.ReadTimeout):
                client.get("/assistant", headers={"X-Sandbox-Fault": "slow"})
        # Leaving the block stops the server, which waits for requests that are still served.
    assert client.is_closed
