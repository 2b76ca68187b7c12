"""The workflows of the prompts, as an agent would go through them over the simulated Vapi."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from tests.support.e2e.following import Follower, Step
from tests.support.e2e.story import Answer

ASSISTANT = "Customer Support"
NUMBER = "Kestrel Care outbound"
PEOPLE = [{"number": "+14155550191", "name": "Ann"}, {"number": "+14155550192", "name": "Bob"}]


def named(listed: Answer, name: str) -> dict[str, Any]:
    """Return the one item of a list that has a name."""
    [found] = [item for item in listed.json["result"] if item.get("name") == name]
    return found


async def grade_calls(agent: Follower) -> None:
    """The last five conversations on Empathy; the recordings of those under 80 points."""
    text = await agent.read("grade_calls", assistant=ASSISTANT, scorecard="Empathy", calls="5")
    assert "under 80 points" in text
    assistants = await agent.take("list_all_vapi_assistants")
    assistant_id = named(assistants, ASSISTANT)["id"]
    listed = await agent.take("list_all_vapi_calls", assistant_id=assistant_id)
    scored = [call for call in listed.json["result"] if _points(call) is not None][:5]
    assert len(scored) == 5
    assert all(call["status"] == "ended" for call in scored)
    assert [c["startedAt"] for c in scored] == sorted(c["startedAt"] for c in scored)[::-1]
    definitions = await agent.take("list_all_vapi_observability_scorecards")
    [metric] = named(definitions, "Empathy")["metrics"]
    assert sum(condition["points"] for condition in metric["conditions"]) == 100
    failed = [call["id"] for call in scored if (_points(call) or 0) < 80]
    assert failed, "the sandbox has no failure to look at"
    looking = agent.next_step("get_single_vapi_call_by_id")
    reading = agent.next_step("get_single_vapi_call_by_id")
    hearing = agent.next_step("list_all_vapi_mono_recordings")
    for call_id in failed:
        call = (await agent.call(looking, failed_call_id=call_id)).json
        output = call["artifact"]["structuredOutputs"][metric["structuredOutputId"]]
        assert isinstance(output["result"], int | float)
        said = (await agent.call(reading, failed_call_id=call_id)).json
        turns = [turn for turn in said["value"] if turn["role"] == "user"]
        assert turns
        assert all({"message", "secondsFromStart"} <= turn.keys() for turn in turns)
        link = (await agent.call(hearing, failed_call_id=call_id)).json
        assert (await _downloaded(link["url"]))[:4] == b"RIFF"
    agent.end()


def _points(call: Mapping[str, Any]) -> float | None:
    cards = (call.get("artifact") or {}).get("scorecards") or {}
    scores = [card["scoreNormalized"] for card in cards.values() if card["name"] == "Empathy"]
    return scores[0] if scores else None


async def _downloaded(url: str) -> bytes:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(url)
    assert answer.status_code == 200
    return answer.content


async def set_up_campaign(agent: Follower) -> None:
    """A window of two hours tomorrow, previewed, then started once though it was sent twice."""
    people = ", ".join(f"{person['number']} {person['name']}" for person in PEOPLE)
    given = {"assistant": "Kestrel Care Renewals", "phone_number": NUMBER, "customers": people}
    text = await agent.read("set_up_campaign", **given, start="tomorrow at ten")
    assert "Window: 2 hours" in text
    numbers = await agent.take("list_all_vapi_phone_numbers")
    number = named(numbers, NUMBER)
    assert number["provider"] != "vapi"
    assistant = named(await agent.take("list_all_vapi_assistants"), given["assistant"])
    before = await agent.take("list_all_vapi_campaigns")
    prices = await agent.take("create_a_vapi_analytics")
    [price] = [row for row in prices.json[0]["result"] if row["assistantId"] == assistant["id"]]
    assert price["costPerCall"] > 0
    start = datetime.now(UTC) + timedelta(days=1)
    order = {
        "campaign_name": "Renewals, autumn, part two",
        "assistant_id": assistant["id"],
        "number_id": number["id"],
        "customers": PEOPLE,
        "start": start.isoformat(),
        "end": (start + timedelta(hours=2)).isoformat(),
    }
    preview = await agent.take("create_a_vapi_campaign", **order)
    assert (preview.json["method"], preview.json["path"]) == ("POST", "/campaign")
    assert preview.json["body"]["customers"] == PEOPLE
    assert _ids(await agent.ask("list_all_vapi_campaigns", {"limit": 25})) == _ids(before)
    acting = agent.next_step("create_a_vapi_campaign")
    key = str(uuid4())
    made = await agent.call(acting, **order, key=key)
    again = await agent.call(acting, **order, key=key)
    assert again.json == made.json
    assert any(note.startswith("Replayed") for note in again.notes), again.notes
    campaign_id = made.json["id"]
    seen = await agent.take("get_single_vapi_campaign_by_id", campaign_id=campaign_id)
    assert (seen.json["status"], seen.json["callsCounterScheduled"]) == ("scheduled", 2)
    after = await agent.ask("list_all_vapi_campaigns", {"limit": 25})
    assert _ids(after) == _ids(before) | {campaign_id}
    stopped = await agent.take("update_a_vapi_campaign_by_id", campaign_id=campaign_id)
    changed = {each["path"]: each.get("after") for each in stopped.json["changed"]}
    assert changed["status"] in ("cancelled", "ended")
    agent.end()


def _ids(listed: Answer) -> set[str]:
    return {item["id"] for item in listed.json["result"]}


async def compare_assistants(agent: Follower) -> None:
    """Thirty days by cost and success; the sums agree with each other."""
    await agent.read("compare_assistants", days="30")
    step = agent.next_step("create_a_vapi_analytics")
    span = {"now": datetime.now(UTC).isoformat()}
    since = (datetime.now(UTC) - timedelta(days=30)).isoformat()
    found = await agent.call(step, **{"30_days_ago": since, **span})
    cost, success, endings = (query["result"] for query in found.json)
    calls = _sums(cost)
    assert sum(calls.values()) > 200
    assert _sums(success) == _sums(endings) == calls
    for row in cost:
        # The average leaves out calls that cost nothing.
        assert row["cost"] <= row["calls"] * row["costPerCall"] + 0.01
    names = await agent.take("list_all_vapi_assistants")
    known = {item["id"]: item["name"] for item in names.json["result"]}
    judged = {id_: _share(success, id_) for id_ in known if calls.get(id_, 0) >= 20}
    weakest = min(judged, key=lambda id_: judged[id_])
    arguments = {"weakest_assistant_id": weakest, "30_days_ago": since}
    examples = await agent.take("list_all_vapi_calls", **arguments)
    assert any(
        call.get("analysis", {}).get("successEvaluation") == "false"
        for call in examples.json["result"]
    )
    agent.end()


def _sums(rows: list[dict[str, Any]]) -> dict[str | None, int]:
    sums: dict[str | None, int] = {}
    for row in rows:
        sums[row.get("assistantId")] = sums.get(row.get("assistantId"), 0) + int(row["calls"])
    return sums


def _share(rows: list[dict[str, Any]], assistant_id: str) -> float:
    judged = {
        str(row["analysis.successEvaluation"]): int(row["calls"])
        for row in rows
        if row["assistantId"] == assistant_id
    }
    good, bad = judged.get("true", 0), judged.get("false", 0)
    return good / (good + bad) if good + bad else 1.0


async def debug_call(agent: Follower) -> None:
    """A call whose voice failed in the middle, from its log to the assistant's configuration."""
    calls = await agent.walk("list_all_vapi_calls", limit=400, fields=["id", "endedReason"])
    failed = next(call for call in calls if "voice-failed" in call.get("endedReason", ""))
    await agent.read("debug_call", call=failed["id"])
    call, lines = await _looked_into(agent)
    assert call["endedReason"] == failed["endedReason"]
    assert failed["endedReason"] in lines[-1]["body"]


async def debug_longest_call(agent: Follower) -> None:
    """The longest call there is, half an hour of talk: its parts come in pieces."""
    keys = ["id", "startedAt", "endedAt", "phoneNumberId"]
    calls = await agent.walk("list_all_vapi_calls", limit=400, fields=keys)
    ended = [call for call in calls if "endedAt" in call and call.get("phoneNumberId")]
    longest = max(ended, key=lambda call: _moment(call, "endedAt") - _moment(call, "startedAt"))
    await agent.read("debug_call", call=longest["id"])
    await _looked_into(agent)


def _moment(call: Mapping[str, Any], key: str) -> datetime:
    return datetime.fromisoformat(call.get(key, call["endedAt"]))


async def _looked_into(agent: Follower) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    call = (await agent.take("get_single_vapi_call_by_id")).json
    logs = await agent.take("list_all_vapi_call_logs")
    assert {line["level"] for line in logs.json["result"]} <= {"WARN", "ERROR"}
    said = (await agent.take("get_single_vapi_call_by_id")).json
    assert {turn["role"] for turn in said["value"]} & {"bot", "user"}
    assistant = await agent.take(
        "get_single_vapi_assistant_by_id", assistant_id=call["assistantId"]
    )
    assert assistant.json["voice"]["provider"]
    number = await agent.take("get_single_vapi_phone_number_by_id", number_id=call["phoneNumberId"])
    assert number.json["status"] == "active"
    others = await agent.take("list_all_vapi_calls", assistant_id=call["assistantId"])
    assert call["id"] in [other["id"] for other in others.json["result"]]
    capturing = agent.next_step("list_all_vapi_pcaps")
    captured = await agent.ask(capturing.tool, dict(capturing.arguments))
    assert captured.json.get("statusCode") == 404 if captured.is_error else captured.json["url"]
    agent.end()
    return call, logs.json["result"]


async def try_change(agent: Follower) -> None:
    """A suite against the saved assistant and a changed copy; the change is shown, then sent."""
    text = await agent.read("try_change", assistant=ASSISTANT, change="Say that parking is free.")
    assert "Say that parking is free." in text
    assistant_id = named(await agent.take("list_all_vapi_assistants"), ASSISTANT)["id"]
    saved = await agent.take("get_single_vapi_assistant_by_id", assistant_id=assistant_id)
    suites = await agent.take("list_all_vapi_simulation_suites")
    suite_id = named(suites, "Smoke test")["id"]
    gaps: dict[str, Any] = {"suite_id": suite_id, "assistant_id": assistant_id}
    before = await agent.take("create_a_vapi_simulation_run", **gaps, key_before=str(uuid4()))
    model = {**saved.json["model"], "temperature": 0.2}
    changed = {"name": saved.json["name"], "model": model}
    gaps |= {"changed_assistant": changed, "key_after": str(uuid4())}
    after = await agent.take("create_a_vapi_simulation_run", **gaps)
    looking = agent.next_step("get_single_vapi_simulation_run_by_id")
    reading = agent.next_step("list_all_vapi_simulation_run_items")
    for run in (before, after):
        await _ended(agent, looking, run.json["id"])
        items = (await agent.call(reading, run_id=run.json["id"])).json["result"]
        assert {item["status"] for item in items} <= {"passed", "failed"}
        assert len(items) == 2
    order = {"assistant_id": assistant_id, "changed_model": {"temperature": 0.2}}
    shown = await agent.take("update_a_vapi_assistant_by_id", **order)
    assert shown.json["body"]["model"]["temperature"] == 0.2
    agent.end()


async def _ended(agent: Follower, looking: Step, run_id: str) -> None:
    async with asyncio.timeout(30):
        while (await agent.call(looking, run_id=run_id)).json["status"] != "ended":  # noqa: ASYNC110 - Vapi tells nobody
            await asyncio.sleep(0.5)


Workflow = Callable[[Follower], Any]
WORKFLOWS: Mapping[str, Workflow] = {
    each.__name__: each
    for each in (
        grade_calls,
        set_up_campaign,
        compare_assistants,
        debug_call,
        debug_longest_call,
        try_change,
    )
}
# Those that need the full catalogue.
FULL_ONLY = frozenset({"try_change"})
