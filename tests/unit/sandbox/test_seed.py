from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import orjson
import pytest

from vapi_mcp.sandbox.seed import seed_world
from vapi_mcp.sandbox.state.snapshot import KINDS, StateSnapshot

NOW = datetime(2026, 11, 20, 13, 24, 5, 123456, tzinfo=UTC)
STATUSES = {
    "scheduled",
    "queued",
    "ringing",
    "in-progress",
    "forwarding",
    "ended",
    "not-found",
    "deletion-failed",
}
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@cache
def world() -> StateSnapshot:
    return seed_world(7, NOW)


def items(kind: str) -> list[dict[str, Any]]:
    return list(world().resources[kind].values())


def named(kind: str, name: str) -> dict[str, Any]:
    return next(item for item in items(kind) if item["name"] == name)


def conversations() -> list[dict[str, Any]]:
    return [call for call in items("call") if call.get("messages")]


def spoken() -> str:
    return "".join(call["artifact"]["transcript"] for call in conversations())


def is_nested(value: Any) -> bool:
    return isinstance(value, dict | list)


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts: Any = value.values() if isinstance(value, dict) else value
    return [text for part in parts for text in strings(part)] if is_nested(value) else []


def test_every_kind_is_seeded_in_the_promised_number() -> None:
    counts = {kind: len(items(kind)) for kind in KINDS}
    assert counts == {
        "assistant": 13,
        "squad": 3,
        "call": 309,
        "chat": 30,
        "campaign": 6,
        "session": 12,
        "phone-number": 8,
        "tool": 14,
        "file": 6,
        "structured-output": 6,
        "insight": 8,
        "eval": 5,
        "eval-run": 10,
        "scorecard": 4,
        "provider-resource": 4,
        "simulation": 2,
        "simulation-personality": 2,
        "simulation-scenario": 2,
        "simulation-suite": 2,
        "simulation-run": 2,
        "simulation-run-item": 2,
        "knowledge-base": 2,
        "knowledge-base-file": 2,
        "board": 2,
    }


def test_same_seed_and_moment_give_the_same_bytes() -> None:
    assert seed_world(7, NOW).dump() == world().dump()


def test_another_seed_gives_other_ids() -> None:
    other = seed_world(8, NOW)
    assert other.org_id != world().org_id
    assert not other.resources["call"].keys() & world().resources["call"].keys()


def test_ids_stay_when_the_clock_moves() -> None:
    later = seed_world(7, NOW + timedelta(days=3))
    assert {kind: set(later.resources[kind]) for kind in KINDS} == {
        kind: set(world().resources[kind]) for kind in KINDS
    }


def test_dumped_world_loads_to_an_equal_one() -> None:
    assert StateSnapshot.load(world().dump()) == world()


def test_bytes_that_are_no_world_are_refused() -> None:
    with pytest.raises(ValueError, match="not a dumped world"):
        StateSnapshot.load(b"{}")


def test_objects_carry_id_organisation_and_past_timestamps() -> None:
    now = NOW.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for kind in KINDS:
        for key, item in world().resources[kind].items():
            assert item["id"] == key
            assert UUID4.fullmatch(key)
            assert item["orgId"] == world().org_id
            for name in ("createdAt", "updatedAt", "startedAt", "endedAt"):
                if name in item:
                    assert STAMP.fullmatch(item[name])
                    assert item[name] < now


def test_references_lead_to_seeded_objects() -> None:
    kinds = {"assistantId": "assistant", "squadId": "squad", "phoneNumberId": "phone-number"}
    kinds |= {"campaignId": "campaign", "sessionId": "session", "evalId": "eval"}
    kinds |= {"previousChatId": "chat"}
    seen = Counter[str]()
    for kind in KINDS:
        for item in items(kind):
            for name, target in kinds.items():
                if name in item:
                    assert item[name] in world().resources[target]
                    seen[name] += 1
    assert set(seen) == set(kinds)
    tool_ids = [key for item in items("assistant") for key in item["model"].get("toolIds", [])]
    assert set(tool_ids) == set(world().resources["tool"])


def test_calls_come_in_every_status_and_type() -> None:
    calls = items("call")
    assert {call["status"] for call in calls} == STATUSES
    assert {call["type"] for call in calls} == {
        "inboundPhoneCall",
        "outboundPhoneCall",
        "webCall",
        "vapi.websocketCall",
    }


def test_ended_reasons_cover_success_failure_and_silence() -> None:
    reasons = {call.get("endedReason") for call in items("call")}
    assert reasons >= {
        "customer-ended-call",
        "assistant-ended-call",
        "assistant-forwarded-call",
        "voicemail",
        "customer-did-not-answer",
        "customer-busy",
        "silence-timed-out",
        "exceeded-max-duration",
        "call.start.error-get-transport",
        "scheduled-call-deleted",
    }
    assert any(reason and "pipeline-error" in reason for reason in reasons)


def test_call_sizes_span_kilobytes_to_two_megabytes() -> None:
    sizes = [len(orjson.dumps(call)) for call in items("call")]
    assert sum(size > 1_500_000 for size in sizes) == 3
    assert max(sizes) < 2_200_000
    assert sum(200_000 < size < 1_000_000 for size in sizes) == 10
    assert sum(10_000 <= size <= 60_000 for size in sizes) > len(sizes) / 2
    assert any(size < 1000 for size in sizes)
    assert sum(sizes) < 30_000_000


def test_thirty_calls_of_a_campaign_share_one_millisecond() -> None:
    moments = Counter(call["createdAt"] for call in items("call"))
    (moment, count), (_, second) = moments.most_common(2)
    burst = [call for call in items("call") if call["createdAt"] == moment]
    assert (count, second) == (30, 6)
    assert len({call["campaignId"] for call in burst}) == 1


def test_calls_spread_over_a_month_and_business_hours() -> None:
    moments = [datetime.fromisoformat(call["createdAt"]) for call in items("call")]
    assert len({moment.date() for moment in moments}) > 20
    assert min(moments) > NOW - timedelta(days=31)
    assert sum(13 <= moment.hour < 23 for moment in moments) > 0.6 * len(moments)
    assert sum(moment.weekday() < 5 for moment in moments) > 0.8 * len(moments)


def test_costs_of_every_call_add_up() -> None:
    priced = [call for call in items("call") if "cost" in call]
    assert len(priced) > 250
    for call in priced:
        breakdown = call["costBreakdown"]
        parts = sum(breakdown[name] for name in ("transport", "stt", "llm", "tts", "vapi", "chat"))
        analysis = breakdown["analysisCostBreakdown"]
        parts += sum(cost for name, cost in analysis.items() if not name.endswith("Tokens"))
        assert call["cost"] == breakdown["total"]
        assert sum(cost["cost"] for cost in call["costs"]) == pytest.approx(call["cost"], abs=1e-6)
        assert parts == pytest.approx(call["cost"], abs=1e-6)


def test_turns_follow_each_other_within_the_call() -> None:
    for call in conversations():
        start = datetime.fromisoformat(call["startedAt"]).timestamp() * 1000
        end = datetime.fromisoformat(call["endedAt"]).timestamp() * 1000
        for message in call["messages"]:
            assert message["time"] == pytest.approx(
                start + 1000 * message["secondsFromStart"], abs=1
            )
            if "duration" in message:
                assert message["endTime"] == message["time"] + message["duration"]
                assert message["endTime"] <= end + 1
        for before, after in pairwise(call["messages"]):
            assert before.get("endTime", before["time"]) <= after["time"]


def test_transcript_says_what_the_messages_say() -> None:
    speakers = {"bot": "AI", "user": "User"}
    for call in conversations():
        lines = [
            f"{speakers[message['role']]}: {message['message']}\n"
            for message in call["messages"]
            if message["role"] in speakers
        ]
        assert call["artifact"]["transcript"] == "".join(lines)
        assert call["artifact"]["messages"] == call["messages"]


def test_placeholders_of_scripts_are_filled() -> None:
    unfilled = re.compile(r"\$[a-z_]{3,}")
    for call in conversations():
        kept = [call["messages"][1:], call["analysis"], call["artifact"]["transcript"]]
        assert not [text for text in strings(kept) if unfilled.search(text)]


def test_tool_calls_and_results_are_json_in_pairs() -> None:
    for call in conversations():
        asked: list[str] = []
        answered: list[str] = []
        for message in call["messages"]:
            if message["role"] == "tool_calls":
                (tool_call,) = message["toolCalls"]
                asked.append(tool_call["id"])
                assert isinstance(orjson.loads(tool_call["function"]["arguments"]), dict)
            elif message["role"] == "tool_call_result":
                answered.append(message["toolCallId"])
                if message["name"] != "handoff_to_assistant":
                    assert isinstance(orjson.loads(message["result"]), dict)
        assert answered == asked[: len(answered)]
        assert len(asked) - len(answered) <= 1


def test_support_calls_have_scorecards_some_below_eighty_on_empathy() -> None:
    support = named("assistant", "Customer Support")["id"]
    empathy = named("structured-output", "Empathy Score")["id"]
    scorecard = named("scorecard", "Empathy")["id"]
    judged = [
        call["artifact"]
        for call in conversations()
        if call.get("assistantId") == support and empathy in call["artifact"]["structuredOutputs"]
    ]
    assert len(judged) >= 15
    results = [artifact["structuredOutputs"][empathy]["result"] for artifact in judged]
    assert 3 <= sum(result < 80 for result in results) < len(results)
    for artifact, result in zip(judged, results, strict=True):
        score = artifact["scorecards"][scorecard]
        assert (score["scoreNormalized"] < 80) == (result < 80)
        assert sum(score["metricPoints"].values()) == score["score"]


def test_scorecards_measure_numbers_and_booleans_only() -> None:
    for scorecard in items("scorecard"):
        for metric in scorecard["metrics"]:
            output = world().resources["structured-output"][metric["structuredOutputId"]]
            assert output["schema"]["type"] in {"number", "boolean"}
            assert all(0 <= condition["points"] <= 100 for condition in metric["conditions"])


def test_media_links_exist_only_where_the_media_would() -> None:
    numbers = world().resources["phone-number"]
    for call in items("call"):
        artifact = call.get("artifact", {})
        if "pcapUrl" in artifact:
            provider = numbers[call["phoneNumberId"]]["provider"]
            assert provider in {"vapi", "byo-phone-number"}
        if "recordingUrl" in artifact:
            assert artifact["recording"]["mono"]["combinedUrl"] == artifact["recordingUrl"]
            assert call["id"] in artifact["recordingUrl"]
        if "videoRecordingUrl" in artifact:
            assert call["type"] == "webCall"
    assert sum("videoRecordingUrl" in call.get("artifact", {}) for call in items("call")) >= 5


def test_calls_without_retention_keep_cost_and_latency_only() -> None:
    private = [
        call
        for call in items("call")
        if call["assistantOverrides"].get("compliancePlan") == {"hipaaEnabled": True}
    ]
    assert len(private) == 5
    for call in private:
        assert call["messages"] == []
        assert set(call["artifact"]) == {"messages", "performanceMetrics"}
        assert call["cost"] > 0


def test_transcripts_hold_injections_languages_and_emoji() -> None:
    text = spoken()
    for phrase in ("Ignore all previous instructions", "¿habla español?", "Kennzeichen", "🙏"):
        assert phrase in text


def test_squad_calls_name_the_assistants_that_spoke() -> None:
    triaged = [call for call in conversations() if "squadId" in call]
    handed = [call for call in triaged if "assistantActivations" in call["artifact"]]
    assert len(handed) >= 12
    for call in handed:
        names = [active["assistantName"] for active in call["artifact"]["assistantActivations"]]
        assert names[0] == "Support Triage"
        assert len(names) == len(call["artifact"]["nodes"]) == 2


def test_campaign_counters_agree_with_its_calls() -> None:
    assert {item["status"] for item in items("campaign")} == {
        "scheduled",
        "in-progress",
        "ended",
        "cancelled",
        "archived",
    }
    full = named("campaign", "Kestrel delivery notices")
    made = [call for call in items("call") if call.get("campaignId") == full["id"]]
    assert set(full["calls"]) == {call["id"] for call in made}
    assert len(made) == full["callsCounterEnded"] == 50
    assert full["callsCounterEndedVoicemail"] == 8


def test_phone_numbers_cover_all_providers_and_one_sip_only() -> None:
    providers = Counter(item["provider"] for item in items("phone-number"))
    assert set(providers) == {"vapi", "twilio", "byo-phone-number", "vonage", "telnyx"}
    (sip_only,) = [item for item in items("phone-number") if "number" not in item]
    assert (sip_only["provider"], "sipUri" in sip_only) == ("vapi", True)


def test_all_phone_numbers_belong_to_fictitious_ranges() -> None:
    fictitious = re.compile(r"\+1\d{3}55501\d\d|\+447700900\d{3}|\+493023125\d{3}")
    numbers = [call["customer"]["number"] for call in items("call") if "customer" in call]
    numbers += [item["number"] for item in items("phone-number") if "number" in item]
    for campaign in items("campaign"):
        numbers += [customer["number"] for customer in campaign["customers"]]
    assert len(numbers) > 300
    assert [number for number in numbers if not fictitious.fullmatch(number)] == []


def test_files_have_contents_of_their_size_and_one_failed() -> None:
    assert set(world().file_contents) == set(world().resources["file"])
    for key, content in world().file_contents.items():
        assert world().resources["file"][key]["bytes"] == len(content)
    assert Counter(item["status"] for item in items("file")) == {"done": 5, "failed": 1}


def test_eval_runs_are_queued_running_passed_and_failed() -> None:
    runs = items("eval-run")
    assert Counter(run["status"] for run in runs) == {"ended": 8, "running": 1, "queued": 1}
    verdicts = Counter(result["status"] for run in runs for result in run["results"])
    assert verdicts == {"pass": 4, "fail": 2}
    assert {run.get("endedReason") for run in runs} >= {"mockConversation.done", "error", "timeout"}
