"""The HTTP client against a real socket that misbehaves in every way Vapi might."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.sockets import GET, KEY, Handler, Reader, Writer, answering, client, serving
from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import ArtifactUnavailable, UpstreamFailed
from vapi_mcp.invocation.answers.presigned import expiry_of
from vapi_mcp.invocation.failures.transport_errors import AnswerTooLarge
from vapi_mcp.invocation.messages import (
    ArtifactLink,
    OpenArtifact,
    Upload,
    UpstreamRequest,
    UpstreamResponse,
)
from vapi_mcp.security.credential import Credential
from vapi_mcp.upstream.addresses import is_public, is_same_origin, normalised


async def test_a_request_carries_the_key_and_nothing_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    request = UpstreamRequest("POST", "/call", (("a", "x+y z"), ("a", "&")), b'{"b":1}')
    async with serving(answering(b"{}", "Content-Type: application/json")) as (account, seen):
        async with client() as upstream:
            answer = await upstream.send(request, account)
    assert answer == UpstreamResponse(200, answer.headers, b"{}")
    assert answer.content_type == "application/json"
    sent = seen[0].lower()
    assert seen[0].startswith(b"POST /call?a=x%2By+z&a=%26 HTTP/1.1\r\n")
    assert b"authorization: bearer sk-very-secret" in sent
    assert b"user-agent: vapi-mcp/" in sent
    assert b"accept-encoding: gzip\r\n" in sent
    assert seen[0].endswith(b'{"b":1}')


async def test_an_answer_of_one_account_leaves_no_cookie_for_another() -> None:
    async with serving(answering(b"{}", "Set-Cookie: who=first; Path=/")) as (account, seen):
        async with client() as upstream:
            await upstream.send(GET, account)
            await upstream.send(GET, replace(account, id="b"))
    assert b"cookie" not in seen[1].lower()


async def test_connections_are_pooled() -> None:
    connections = 0

    async def handle(request: bytes, reader: Reader, writer: Writer) -> None:
        await answering(str(id(writer)).encode())(request, reader, writer)

    async with serving(handle) as (account, _), client() as upstream:
        connections = len({(await upstream.send(GET, account)).body for _ in range(5)})
    assert connections == 1


async def test_an_upload_is_a_form() -> None:
    upload = Upload("a.txt", b"hello", "text/plain", {"purpose": "assistant"})
    async with serving(answering(b"{}", status="201 Created")) as (account, seen):
        async with client() as upstream:
            answer = await upstream.send(UpstreamRequest("POST", "/file", upload=upload), account)
    assert answer.status == 201
    assert b"multipart/form-data; boundary=" in seen[0]
    assert b'name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nhello' in seen[0]
    assert b'name="purpose"\r\n\r\nassistant' in seen[0]


async def test_gzip_is_read_and_bounded_while_it_inflates() -> None:
    async with serving(answering(gzip.compress(b"[1]"), "Content-Encoding: gzip")) as (account, _):
        async with client() as upstream:
            assert (await upstream.send(GET, account)).body == b"[1]"
    bomb = gzip.compress(b"\0" * 200_000_000, 1)
    async with serving(answering(bomb, "Content-Encoding: gzip")) as (account, _):
        async with client() as upstream:
            tracemalloc.start()
            with pytest.raises(AnswerTooLarge):
                await upstream.send(GET, account)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
    assert peak < 20_000_000


@pytest.mark.parametrize("size", [1_000_000, 1_000_001])
async def test_the_bound_is_exact(size: int) -> None:
    for body, headers in (
        (b"x" * size, ()),
        (gzip.compress(b"x" * size), ("Content-Encoding: gzip",)),
    ):
        async with serving(answering(body, *headers)) as (account, _), client() as upstream:
            if size <= 1_000_000:
                assert len((await upstream.send(GET, account)).body) == size
            else:
                with pytest.raises(AnswerTooLarge):
                    await upstream.send(GET, account)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"not gzip at all", "gzip"), (gzip.compress(b"x" * 99, mtime=0)[:-12], "gzip"), (b"x", "br")],
)
async def test_packing_that_cannot_be_read_is_an_error(body: bytes, encoding: str) -> None:
    async with serving(answering(body, f"Content-Encoding: {encoding}")) as (account, _):
        async with client() as upstream:
            with pytest.raises(UpstreamFailed, match="this server cannot read"):
                await upstream.send(GET, account)


async def test_silence_ends_at_the_deadline() -> None:
    async def handle(request: bytes, reader: Reader, writer: Writer) -> None:
        await reader.read()

    async with serving(handle) as (account, _), client() as upstream:
        for method, hint in (("GET", "Try again"), ("POST", "not known")):
            with pytest.raises(UpstreamFailed) as caught:
                await upstream.send(UpstreamRequest(method, "/call", deadline=0.05), account)
            assert caught.value.status == 504
            assert hint in caught.value.extra["hint"]


async def test_a_trickle_ends_at_the_deadline_too() -> None:
    async def handle(request: bytes, reader: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.005)

    async with serving(handle) as (account, _), client() as upstream:
        with pytest.raises(UpstreamFailed, match=r"within 0\.1 seconds"):
            await upstream.send(replace(GET, deadline=0.1), account)


async def test_a_dropped_connection_is_told_from_one_that_was_never_made() -> None:
    async def handle(request: bytes, reader: Reader, writer: Writer) -> None:
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"half":')
        writer.close()

    async with serving(handle) as (account, _), client() as upstream:
        with pytest.raises(UpstreamFailed, match="broke off before Vapi's answer"):
            await upstream.send(replace(GET, method="POST"), account)
    async with client() as upstream:
        with pytest.raises(UpstreamFailed, match=r"cannot be reached at 127\.0\.0\.1"):
            await upstream.send(GET, account)


async def test_a_host_that_does_not_exist_cannot_be_reached() -> None:
    nowhere = Account("a", "a", Credential(KEY), "http://vapi.invalid")
    async with client() as upstream:
        with pytest.raises(UpstreamFailed, match="cannot be reached at vapi.invalid"):
            await upstream.send(GET, nowhere)


def resetting_after_one(reset: int) -> Handler:
    """Answer once, then close that many connections on a request, then answer again."""
    count = 0

    async def handle(request: bytes, reader: Reader, writer: Writer) -> None:
        nonlocal count
        count += 1
        if 1 < count <= 1 + reset:
            writer.close()
        else:
            await answering(b"{}")(request, reader, writer)

    return handle


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
async def test_a_write_is_sent_once_even_when_a_kept_connection_has_died(method: str) -> None:
    """aiohttp 3.14.5 would send PUT and DELETE again by itself."""
    body = None if method == "DELETE" else b"{}"
    async with serving(resetting_after_one(1)) as (account, seen), client() as upstream:
        await upstream.send(GET, account)
        with pytest.raises(UpstreamFailed, match="broke off"):
            await upstream.send(UpstreamRequest(method, "/call", body=body, deadline=5), account)
    assert [request.split()[0].decode() for request in seen] == ["GET", method]


@pytest.mark.parametrize(("resets", "sent"), [(1, 3), (2, 3)])
async def test_a_read_is_sent_once_more_when_a_kept_connection_has_died(
    resets: int, sent: int
) -> None:
    async with serving(resetting_after_one(resets)) as (account, seen), client() as upstream:
        await upstream.send(GET, account)
        if resets == 1:
            assert (await upstream.send(GET, account)).body == b"{}"
        else:
            with pytest.raises(UpstreamFailed, match="broke off"):
                await upstream.send(GET, account)
    assert len(seen) == sent


async def test_a_caller_that_leaves_closes_the_connection() -> None:
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def handle(request: bytes, reader: Reader, writer: Writer) -> None:
        arrived.set()
        await reader.read()
        gone.set()

    async with serving(handle) as (account, _), client() as upstream:
        call = asyncio.create_task(upstream.send(GET, account))
        await arrived.wait()
        call.cancel()
        async with asyncio.timeout(5):
            await gone.wait()
        with pytest.raises(asyncio.CancelledError):
            await call


def redirecting(to: str) -> Handler:
    async def handle(request: bytes, reader: Reader, writer: Writer) -> None:
        if b"GET /call" in request:
            await answering(b"", f"Location: {to}", status="302 Found")(request, reader, writer)
        else:
            headers = ("Content-Range: bytes 0-0/4321", "Content-Type: audio/wav")
            await answering(b"R", *headers, status="206 Partial Content")(request, reader, writer)

    return handle


ARTIFACT = UpstreamRequest("GET", "/call/x/mono-recording", deadline=5)


async def test_a_redirect_that_nobody_asked_for_is_an_answer_unless_it_is_no_url() -> None:
    async with serving(redirecting("https://elsewhere.example/")) as (account, seen):
        async with client() as upstream:
            answer = await upstream.send(ARTIFACT, account)
    assert (answer.status, len(seen)) == (302, 1)
    async with serving(redirecting("https://[::1/x")) as (account, _), client() as upstream:
        with pytest.raises(UpstreamFailed, match="RemoteProtocolError"):
            await upstream.send(ARTIFACT, account)


async def test_a_redirect_is_followed_without_the_key() -> None:
    signed = "/media/x.wav?X-Amz-Date=20260101T000000Z&X-Amz-Expires=60"
    async with serving(redirecting(signed)) as (account, seen), client() as upstream:
        link = await upstream.locate(ARTIFACT, account)
    expected = datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
    assert link == ArtifactLink(account.base_url + signed, "audio/wav", 4321, expected, b"R")
    assert b"range: bytes=0-4095" in seen[1].lower()
    assert b"accept-encoding: identity" in seen[1].lower()
    assert b"authorization" not in seen[1].lower()


@pytest.mark.parametrize(
    "place",
    [
        "https://127.0.0.1:1/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/x",
        "https://[::ffff:192.168.0.1]/x",
        "http://example.com/x",
        "ftp://example.com/x",
        "https://localhost/x",
        "https://localhost./x",
        # As the resolver and the URL libraries read them, these are addresses of this machine.
        "https://127.1/x",
        "https://0x7f000001/x",
        "https://2130706433/x",
        "https://017700000001/x",
        "https://127.0.0.1./x",
        "https://127\u30020\u30020\u30021/x",
        "https://\uff11\uff12\uff17.0.0.1/x",
        "https://[64:ff9b::7f00:1]/x",
        "https://[2002:7f00:1::]/x",
    ],
)
async def test_a_redirect_to_a_private_place_is_refused(place: str) -> None:
    async with serving(redirecting(place)) as (account, seen), client() as upstream:
        with pytest.raises(ArtifactUnavailable):
            await upstream.locate(ARTIFACT, account)
    assert len(seen) == 1


@pytest.mark.parametrize(
    "place",
    [
        "https://user:secret@storage.example/x",
        "https://user@storage.example/x",
        "https://storage.example\\@10.0.0.1/x",
        "https://[::1/x",
        "https://storage.example:99999/x",
        "https:///x",
        "https://\u24db\u24de\u24d2alhost/x",
    ],
)
async def test_a_redirect_that_is_no_plain_url_is_a_bad_link(place: str) -> None:
    async with serving(redirecting(place)) as (account, seen), client() as upstream:
        with pytest.raises(ArtifactUnavailable, match="Vapi redirects to a bad link") as caught:
            await upstream.locate(ARTIFACT, account)
    assert caught.value.status == 502
    assert "secret" not in caught.value.message
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://storage.example/x?a=%2F&b=1", "https://storage.example/x?a=%2F&b=1"),
        ("https://B\u00dcCHER.example/x", "https://xn--bcher-kva.example/x"),
        ("https://8.8.2056/x", "https://8.8.8.8/x"),
        ("https://[2606:4700:0::1111]/x", "https://[2606:4700::1111]/x"),
    ],
)
def test_a_url_is_judged_as_it_will_be_connected_to(url: str, expected: str) -> None:
    assert normalised(url) == expected


async def test_private_places_are_allowed_by_a_setting() -> None:
    async with serving(redirecting("/never")) as (storage, stored):
        async with serving(redirecting(f"{storage.base_url}/x.wav")) as (account, _):
            async with client(allow_private=True) as upstream:
                link = await upstream.locate(ARTIFACT, account)
    assert isinstance(link, ArtifactLink)
    assert link.size == 4321
    assert b"authorization" not in stored[0].lower()


async def test_storage_that_refuses_makes_the_artifact_unavailable() -> None:
    async def handle(request: bytes, reader: Reader, writer: Writer) -> None:
        if b"GET /call" in request:
            await answering(b"", "Location: /gone", status="302 Found")(request, reader, writer)
        else:
            await answering(b"<Error/>", status="403 Forbidden")(request, reader, writer)

    async with serving(handle) as (account, _), client() as upstream:
        with pytest.raises(ArtifactUnavailable, match="its storage answered 403"):
            await upstream.locate(ARTIFACT, account)


async def test_bytes_sent_directly_are_not_read() -> None:
    body = b"x" * 3_000_000
    async with serving(answering(body, "Content-Type: audio/wav")) as (account, _):
        async with client() as upstream:
            answer = await upstream.locate(ARTIFACT, account)
    assert isinstance(answer, UpstreamResponse)
    assert (answer.body, answer.headers["content-length"]) == (b"", "3000000")


async def test_opened_bytes_come_without_the_key_and_in_the_range_asked_for() -> None:
    async with serving(redirecting("/x.wav")) as (account, seen), client() as upstream:
        wanted = {"range": "bytes=0-0", "if-range": '"tag"'}
        async with upstream.opened(ARTIFACT, account, wanted) as found:
            assert isinstance(found, OpenArtifact)
            content = b"".join([chunk async for chunk in found.chunks])
    assert (found.status, content) == (206, b"R")
    assert found.headers["content-range"] == "bytes 0-0/4321"
    stored = seen[1].lower()
    assert b"range: bytes=0-0\r\n" in stored
    assert b'if-range: "tag"' in stored
    assert b"authorization" not in stored


async def test_opened_bytes_that_break_off_or_are_refused_say_so() -> None:
    refusing = answering(b'{"message":"no"}', status="404 Not Found")
    async with serving(refusing) as (account, _), client() as upstream:
        async with upstream.opened(ARTIFACT, account, {}) as found:
            assert isinstance(found, UpstreamResponse)
            assert (found.status, found.body) == (404, b'{"message":"no"}')

    async def breaking(request: bytes, reader: Reader, writer: Writer) -> None:
        await answering(b"half", length=99)(request, reader, writer)
        writer.close()

    async with serving(breaking) as (account, _), client() as upstream:
        async with upstream.opened(ARTIFACT, account, {}) as found:
            assert isinstance(found, OpenArtifact)
            with pytest.raises(ArtifactUnavailable, match="broke off"):
                async for _chunk in found.chunks:
                    pass


async def test_opened_bytes_are_never_those_of_a_private_place() -> None:
    async with serving(redirecting("https://169.254.169.254/x")) as (account, seen):
        async with client() as upstream:
            with pytest.raises(ArtifactUnavailable):
                async with upstream.opened(ARTIFACT, account, {}):
                    pass
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("X-Goog-Date=20260101T000000Z&X-Goog-Expires=3600", datetime(2026, 1, 1, 1, tzinfo=UTC)),
        ("AWSAccessKeyId=x&Expires=1767225600&Signature=y", datetime(2026, 1, 1, tzinfo=UTC)),
        ("se=2026-01-01T00%3A00%3A00Z&sig=x", datetime(2026, 1, 1, tzinfo=UTC)),
        ("Expires=soon", None),
        ("x=1", None),
    ],
)
def test_the_end_of_a_link_is_read_off_its_query(query: str, expected: datetime | None) -> None:
    assert expiry_of(f"https://storage.example/x?{query}") == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("::ffff:10.0.0.1", False),
        ("::7f00:1", False),
        ("64:ff9b:1::7f00:1", False),
        ("192.0.0.8", False),
        ("0.0.0.0", False),
    ],
)
def test_public_addresses_are_told_from_private_ones(address: str, *, expected: bool) -> None:
    assert is_public(address) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("http://127.0.0.1:8900/x", "http://localhost:8900", True),
        ("http://[::1]:8900/x", "http://localhost:8900", True),
        ("http://localhost:8900/x", "http://localhost:8901", False),
        ("https://api.vapi.ai/x", "https://API.vapi.ai:443", True),
        ("http://api.vapi.ai/x", "https://api.vapi.ai", False),
        ("https://localhost.example/x", "https://localhost", False),
    ],
)
def test_all_names_of_this_machine_are_one_origin(one: str, other: str, *, expected: bool) -> None:
    assert is_same_origin(one, other) is expected
