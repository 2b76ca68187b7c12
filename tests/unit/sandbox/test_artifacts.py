from __future__ import annotations

import gzip
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest

from tests.support.sandbox import HOST, Driver, drive

RECORDINGS = (
    "mono-recording",
    "stereo-recording",
    "customer-recording",
    "assistant-recording",
)


async def _link(sandbox: Driver, call: Any, artifact: str = "mono-recording") -> str:
    answer = await sandbox.ask("GET", f"/call/{call['id']}/{artifact}")
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


async def _get(sandbox: Driver, link: str, method: str = "GET", **headers: str) -> httpx.Response:
    """Open a link as a client does that leaves its key behind."""
    request = sandbox.client.build_request(method, link, headers=headers)
    request.headers.pop("authorization")
    return await sandbox.client.send(request)


@pytest.mark.parametrize("artifact", RECORDINGS)
async def test_recordings_are_waves_behind_a_redirect(artifact: str) -> None:
    async with drive() as sandbox:
        link = await _link(sandbox, await sandbox.ended_call(), artifact)
        answer = await _get(sandbox, link)
    assert link.startswith(f"{HOST}/storage/")
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["content-disposition"].endswith(
        f'{artifact.split("-", maxsplit=1)[0]}.wav"'
    )
    assert answer.content[:4] == b"RIFF"


async def test_logs_are_gzipped_lines_of_json() -> None:
    async with drive() as sandbox:
        link = await _link(sandbox, await sandbox.ended_call(), "call-logs")
        answer = await _get(sandbox, link)
    assert answer.headers["content-type"] == "application/gzip"
    assert "content-encoding" not in answer.headers
    assert [orjson.loads(line) for line in gzip.decompress(answer.content).splitlines()]


async def test_a_web_call_can_have_a_video() -> None:
    async with drive() as sandbox:
        plan = {"videoRecordingEnabled": True}
        body: Any = {"assistant": {"artifactPlan": plan}, "transport": {"provider": "daily"}}
        call = await sandbox.ok("POST", "/call", body)
        sandbox.clock.forward(120)
        answer = await _get(sandbox, await _link(sandbox, call, "video-recording"))
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.content[4:8] == b"ftyp"


async def test_only_calls_over_vapis_own_lines_have_a_capture() -> None:
    async with drive() as sandbox:
        number = await sandbox.number(provider="vapi")
        captured = await sandbox.ended_call(phoneNumberId=number["id"])
        other = await sandbox.ended_call()
        answer = await _get(sandbox, await _link(sandbox, captured, "pcap"))
        missing = await sandbox.ask("GET", f"/call/{other['id']}/pcap")
    assert answer.content[:4] in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4")
    assert (missing.status_code, missing.json()["error"]) == (404, "Not Found")


async def test_a_call_has_no_recording_before_its_end_or_when_it_is_off() -> None:
    async with drive() as sandbox:
        call = await sandbox.call()
        off = await sandbox.assistant(
            artifactPlan={"recordingEnabled": False, "loggingEnabled": False}
        )
        silent = await sandbox.call(assistantId=off["id"])
        for path in RECORDINGS:
            assert (await sandbox.ask("GET", f"/call/{call['id']}/{path}")).status_code == 404
        sandbox.clock.forward(120)
        for path in (*RECORDINGS, "call-logs", "video-recording"):
            assert (await sandbox.ask("GET", f"/call/{silent['id']}/{path}")).status_code == 404


async def test_a_link_refuses_a_request_that_brings_a_key() -> None:
    async with drive() as sandbox:
        link = await _link(sandbox, await sandbox.ended_call())
        answer = await sandbox.client.get(link)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/xml"
    assert "Only one auth mechanism allowed" in answer.text


async def test_a_link_states_its_expiry_and_keeps_to_it() -> None:
    async with drive() as sandbox:
        link = await _link(sandbox, await sandbox.ended_call())
        query = parse_qs(urlsplit(link).query)
        sandbox.clock.forward(3599)
        before = await _get(sandbox, link)
        sandbox.clock.forward(1)
        after = await _get(sandbox, link)
    assert (query["X-Amz-Date"], query["X-Amz-Expires"]) == (["20261120T120200Z"], ["3600"])
    assert (before.status_code, after.status_code) == (200, 403)
    assert "<Message>Request has expired</Message>" in after.text


@pytest.mark.parametrize(
    ("old", "new"),
    [("X-Amz-Expires=3600", "X-Amz-Expires=9999"), ("mono.wav", "stereo.wav"), ("?", "?x=&y")],
)
async def test_a_link_that_was_changed_is_refused(old: str, new: str) -> None:
    async with drive() as sandbox:
        link = await _link(sandbox, await sandbox.ended_call())
        changed = link.replace(old, new) if old != "?" else link.split("?")[0]
        answer = await _get(sandbox, changed)
    assert answer.status_code == 403
    assert "SignatureDoesNotMatch" in answer.text


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE"])
async def test_a_link_signed_for_get_refuses_other_methods(method: str) -> None:
    async with drive() as sandbox:
        link = await _link(sandbox, await sandbox.ended_call())
        assert (await _get(sandbox, link, method)).status_code == 403


async def test_ranges_are_served() -> None:
    async with drive() as sandbox:
        link = await _link(sandbox, await sandbox.ended_call())
        whole = (await _get(sandbox, link)).content
        size = len(whole)
        for wanted, part, said in (
            ("bytes=0-0", whole[:1], f"bytes 0-0/{size}"),
            ("bytes=4-7", whole[4:8], f"bytes 4-7/{size}"),
            (f"bytes={size - 3}-", whole[-3:], f"bytes {size - 3}-{size - 1}/{size}"),
            ("bytes=-3", whole[-3:], f"bytes {size - 3}-{size - 1}/{size}"),
        ):
            answer = await _get(sandbox, link, Range=wanted)
            assert (answer.status_code, answer.content) == (206, part)
            assert answer.headers["content-range"] == said
        beyond = await _get(sandbox, link, Range=f"bytes={size}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")


async def test_one_call_carries_fresh_links_and_a_list_does_not() -> None:
    async with drive() as sandbox:
        call = await sandbox.ended_call()
        (listed,) = await sandbox.ok("GET", "/call")
        answer = await _get(sandbox, call["artifact"]["presignedCustomerUrl"])
    artifact = call["artifact"]
    presigned = {name for name in artifact if name.startswith("presigned")}
    assert presigned == {
        "presignedMonoUrl",
        "presignedStereoUrl",
        "presignedCustomerUrl",
        "presignedAssistantUrl",
        "presignedLogUrl",
        "presignedUrlsExpiresAt",
    }
    assert artifact["presignedUrlsExpiresAt"] == "2026-11-20T13:02:00.000Z"
    assert answer.status_code == 200
    assert not [name for name in listed["artifact"] if name.startswith("presigned")]


async def test_links_begin_with_the_base_url_when_there_is_one() -> None:
    async with drive(base_url="https://files.example/") as sandbox:
        link = await _link(sandbox, await sandbox.ended_call())
    assert link.startswith("https://files.example/storage/")
