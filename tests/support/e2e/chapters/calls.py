"""Calls and campaigns, and the files that calls leave behind."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson

from tests.support.e2e.story import Noun, Story

CALL = Noun("call", "calls")
CAMPAIGN = Noun("campaign", "campaigns")

# In the simulated Vapi the last digits of a number decide how a call ends: this one is busy.
BUSY = "+14155550191"

_IDENTIFIERS = {
    "list_all_vapi_mono_recordings": "recordingUrl",
    "list_all_vapi_stereo_recordings": "stereoRecordingUrl",
    "list_all_vapi_customer_recordings": "recordingUrl",
    "list_all_vapi_assistant_recordings": "recordingUrl",
    "list_all_vapi_video_recordings": "videoRecordingUrl",
    "list_all_vapi_pcaps": "pcapUrl",
    "list_all_vapi_call_logs": "logUrl",
}
_MAGIC = {
    "audio/wav": (0, b"RIFF"),
    "video/mp4": (4, b"ftyp"),
    "application/vnd.tcpdump.pcap": (0, b"\xd4\xc3\xb2\xa1"),
    "application/gzip": (0, b"\x1f\x8b"),
}


async def place_a_call(story: Story, assistant_id: str, number_id: str) -> str:
    """Call somebody whose line is busy and return the call's id."""
    who = {"assistantId": assistant_id, "phoneNumberId": number_id}
    call = await story.create(CALL, **who, customer={"number": BUSY}, name="First")
    assert call["status"] != "scheduled"
    await story.update(CALL, call["id"], name="First of all")
    ours = await story.walk("list_all_vapi_calls", assistantId=assistant_id)
    assert [(one["id"], one["name"]) for one in ours] == [(call["id"], "First of all")]
    batch = await story.ok("create_a_vapi_call", **who, customers=[{"number": BUSY}] * 2)
    assert [len(batch["results"]), len(batch["errors"])] == [2, 0]
    error = await story.refused("list_all_vapi_mono_recordings", 404, id=call["id"])
    assert "get_single_vapi_call_by_id" in error["hint"]
    return call["id"]


async def schedule_a_call(story: Story, assistant_id: str, number_id: str) -> None:
    """Plan a call for tomorrow and cancel it by erasing it."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    call = await story.ok(
        "create_a_vapi_call",
        assistantId=assistant_id,
        phoneNumberId=number_id,
        customer={"number": BUSY},
        schedulePlan={"earliestAt": tomorrow},
    )
    assert call["status"] == "scheduled"
    cancelled = await story.ok("delete_a_vapi_call_by_id", id=call["id"])
    assert (cancelled["id"], cancelled["status"]) == (call["id"], "ended")


async def see_a_call_end(story: Story, call_id: str) -> None:
    """Follow a call to its end, then erase it."""
    ended = await story.until(
        lambda call: call["status"] == "ended", "get_single_vapi_call_by_id", id=call_id
    )
    assert ended["endedReason"] == "customer-busy"
    assert ended["createdAt"] < ended["endedAt"]
    await story.delete(CALL, call_id)


async def start_a_campaign(story: Story, assistant_id: str, number_id: str) -> str:
    """Start one campaign, stop another before its time, and return the first one's id."""
    people = [{"number": BUSY, "name": "Ann"}, {"number": BUSY, "name": "Bob"}]
    who = {"assistantId": assistant_id, "phoneNumberId": number_id, "customers": people}
    later = {"earliestAt": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    planned = await story.create(CAMPAIGN, name="Later", **who, schedulePlan=later)
    assert (planned["status"], planned["callsCounterScheduled"]) == ("scheduled", 2)
    await story.update(CAMPAIGN, planned["id"], name="Never")
    await story.update(CAMPAIGN, planned["id"], status="cancelled")
    await story.delete(CAMPAIGN, planned["id"])
    now = {"name": "Now", **who}
    await story.refused("create_a_vapi_campaign", 409, **now)
    made = await story.ok("create_a_vapi_campaign", **now, understood=True)
    started = await story.find(CAMPAIGN, made["id"], now)
    assert started["status"] == "in-progress"
    assert len(started["calls"]) == len(people)
    return started["id"]


async def see_a_campaign_end(story: Story, campaign_id: str) -> None:
    """Follow a campaign to its end, find it among the ended ones, and delete it."""
    ended = await story.until(
        lambda campaign: campaign["status"] == "ended",
        "get_single_vapi_campaign_by_id",
        id=campaign_id,
    )
    assert ended["callsCounterEnded"] == 2
    assert {call["endedReason"] for call in ended["calls"].values()} == {"customer-busy"}
    found = await story.walk("list_all_vapi_campaigns", status="ended")
    assert campaign_id in [campaign["id"] for campaign in found]
    await story.delete(CAMPAIGN, campaign_id)


async def open_artifacts(story: Story) -> None:
    """Open every kind of file that calls leave, by its link alone."""
    calls = await story.walk(
        "list_all_vapi_calls",
        limit=200,
        fields=["id", "status", *(f"artifact.{key}" for key in set(_IDENTIFIERS.values()))],
    )
    for name, key in _IDENTIFIERS.items():
        call = next(
            call
            for call in calls
            if call["status"] == "ended" and call.get("artifact", {}).get(key)
        )
        answer = await story.tell(name, id=call["id"])
        assert "A person with this link can open it" in answer.notes[0]
        await _open(answer.json, call["id"])


async def _open(artifact: Any, call_id: str) -> None:
    assert artifact["call_id"] == call_id
    assert datetime.fromisoformat(artifact["expires_at"]) > datetime.now(UTC)
    async with httpx.AsyncClient(trust_env=False) as http:
        response = (await http.get(artifact["url"])).raise_for_status()
    content = response.content
    assert len(content) == artifact["size_bytes"]
    assert response.headers["content-type"] == artifact["content_type"]
    offset, magic = _MAGIC[artifact["content_type"]]
    assert content[offset : offset + len(magic)] == magic
    if magic == b"RIFF":
        assert content[8:12] == b"WAVE"
    if artifact["artifact"] == "call-logs":
        lines = [orjson.loads(line) for line in gzip.decompress(content).splitlines()]
        assert lines
        assert all(isinstance(line, dict) for line in lines)
