"""The control URL of a running call: no key, and it does what it is told."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.sandbox import HOST, Driver, drive, fresh_world


async def running(sandbox: Driver, **fields: Any) -> dict[str, Any]:
    call = await sandbox.call(**fields)
    sandbox.clock.forward(8)
    return await sandbox.ok("GET", f"/call/{call['id']}")


async def post(sandbox: Driver, call: dict[str, Any], body: Any) -> httpx.Response:
    url, no_key = call["monitor"]["controlUrl"], {"authorization": ""}
    return await sandbox.client.post(url, json=body, headers=no_key)


async def test_words_are_spoken_and_stand_in_the_transcript() -> None:
    async with drive() as sandbox:
        call = await running(sandbox)
        answer = await post(sandbox, call, {"type": "say", "content": "One moment, please."})
        during = await sandbox.ok("GET", f"/call/{call['id']}")
        sandbox.clock.forward(80)
        ended = await sandbox.ok("GET", f"/call/{call['id']}")
    assert answer.status_code == 200
    assert [each["message"] for each in during["messages"]] == ["One moment, please."]
    assert "AI: One moment, please.\n" in ended["artifact"]["transcript"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"type": "end-call"}, "manually-canceled"),
        ({"type": "say", "content": "Bye.", "endCallAfterSpoken": True}, "assistant-ended-call"),
        (
            {"type": "transfer", "destination": {"type": "number", "number": "+14155550199"}},
            "assistant-forwarded-call",
        ),
    ],
)
async def test_a_call_ends_at_once(body: dict[str, Any], reason: str) -> None:
    async with drive() as sandbox:
        call = await running(sandbox)
        await post(sandbox, call, body)
        ended = await sandbox.ok("GET", f"/call/{call['id']}")
    assert (ended["status"], ended["endedReason"]) == ("ended", reason)
    assert ended.get("destination") == body.get("destination")
    assert ended["endedAt"] == "2026-11-20T12:00:08.000Z"


async def test_a_call_that_does_not_run_has_no_control() -> None:
    async with drive() as sandbox:
        call = await sandbox.call()
        assert (await post(sandbox, call, {"type": "end-call"})).status_code == 404


async def test_an_assistant_without_control_gives_no_url() -> None:
    async with drive() as sandbox:
        assistant = await sandbox.assistant(monitorPlan={"controlEnabled": False})
        call = await running(sandbox, assistantId=assistant["id"])
    assert "controlUrl" not in call["monitor"]


@pytest.mark.parametrize("body", [{}, {"type": "say"}, {"type": "transfer"}, {"type": "dance"}])
async def test_what_it_does_not_know_is_refused(body: dict[str, Any]) -> None:
    async with drive() as sandbox:
        call = await running(sandbox)
        assert (await post(sandbox, call, body)).status_code == 400


async def test_calls_of_the_seed_are_controlled_here_too() -> None:
    async with drive(fresh_world(7)) as sandbox:
        calls = await sandbox.ok("GET", "/call?limit=1000")
        there = next(each for each in calls if each["status"] == "in-progress")
        call = await sandbox.ok("GET", f"/call/{there['id']}")
    assert call["monitor"]["controlUrl"] == f"{HOST}/{call['id']}/control"
