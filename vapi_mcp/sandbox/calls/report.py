"""The report of an ended call: messages, artifact, analysis and costs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime

from vapi_mcp.sandbox.calls.billing import call_costs
from vapi_mcp.sandbox.calls.conversations import (
    Turn,
    messages_of,
    openai_messages,
    transcript_of,
    turns,
)
from vapi_mcp.sandbox.resources.assistants import speaking_assistant, variables_of
from vapi_mcp.sandbox.resources.extraction import extract_all
from vapi_mcp.sandbox.resources.scorecards import score_all
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.sandbox import Sandbox
from vapi_mcp.sandbox.state.seeded_random import chance

STORAGE = "https://storage.vapi.ai"
_PCAP_PROVIDERS = frozenset({"vapi", "byo-phone-number"})


def report(sandbox: Sandbox, call: JsonObject, start: datetime, end: datetime) -> JsonObject:
    """Return the properties that an answered call gains when it ends."""
    assistant = speaking_assistant(sandbox, call) or {}
    variables = variables_of(assistant, call.get("customer"))
    draw = chance(call["id"], "conversation")
    seconds = (end - start).total_seconds()
    spoken = turns(assistant, variables, call["endedReason"], draw)
    # What was said over the control URL, before the farewell.
    told: list[Turn] = [("bot", each["message"]) for each in call.get("messages", ())]
    spoken = [*spoken[:-1], *told, *spoken[-1:]] if told else spoken
    messages = messages_of(assistant, spoken, start, seconds)
    talked = {**call, "messages": messages}
    artifact: JsonObject = {
        "messages": messages,
        "messagesOpenAIFormatted": openai_messages(assistant, spoken),
        "transcript": transcript_of(spoken),
        **_files(sandbox, call, assistant),
        "assistantActivations": [_activation(call, assistant)],
        "variableValues": variables,
        "performanceMetrics": _latencies(spoken, draw),
    }
    finished = {**talked, "artifact": artifact, "analysis": _analysis(call, assistant, spoken)}
    artifact |= extract_all(sandbox, finished, assistant)
    artifact |= score_all(sandbox, finished, assistant)
    return {
        "messages": messages,
        "artifact": artifact,
        "analysis": finished["analysis"],
        **call_costs(talked, assistant, seconds),
    }


def _files(sandbox: Sandbox, call: JsonObject, assistant: JsonObject) -> JsonObject:
    """Return the identifiers of what was recorded; they name files but open none."""
    plan = {**(assistant.get("artifactPlan") or {}), **(call.get("artifactPlan") or {})}
    stem = f"{STORAGE}/{call['id']}"
    files: JsonObject = {}
    if plan.get("recordingEnabled") is not False:
        mono = {
            "combinedUrl": f"{stem}-mono.wav",
            "assistantUrl": f"{stem}-assistant.wav",
            "customerUrl": f"{stem}-customer.wav",
        }
        stereo = f"{stem}-stereo.wav"
        files["recordingUrl"] = mono["combinedUrl"]
        files["stereoRecordingUrl"] = stereo
        files["recording"] = {"stereoUrl": stereo, "mono": mono}
    if plan.get("videoRecordingEnabled") and call["type"] == "webCall":
        files["videoRecordingUrl"] = f"{stem}-video.mp4"
    number = sandbox.find("phone-number", call.get("phoneNumberId"))
    if plan.get("pcapEnabled", True) and number and number["provider"] in _PCAP_PROVIDERS:
        files["pcapUrl"] = f"{stem}.pcap"
    if plan.get("loggingEnabled") is not False:
        files["logUrl"] = f"{stem}-call.jsonl.gz"
    return files


def _activation(call: JsonObject, assistant: JsonObject) -> JsonObject:
    named = {"assistantName": assistant.get("name") or "Assistant"}
    return {**named, "assistantId": call["assistantId"]} if call.get("assistantId") else named


def _analysis(call: JsonObject, assistant: JsonObject, spoken: Sequence[Turn]) -> JsonObject:
    plan = assistant.get("analysisPlan") or {}
    analysis: JsonObject = {}
    succeeded = len(spoken) > 2  # noqa: PLR2004 - greeting and one answer are no conversation
    if (plan.get("summaryPlan") or {}).get("enabled") is not False:
        speaker = assistant.get("name") or "The assistant"
        customer = (call.get("customer") or {}).get("name") or "the customer"
        subject = spoken[-3][1] if succeeded else "There was no conversation"
        analysis["summary"] = (
            f"{speaker} spoke with {customer}. The last thing asked or said was: {subject}"
        )
    if (plan.get("successEvaluationPlan") or {}).get("enabled") is not False:
        analysis["successEvaluation"] = "true" if succeeded else "false"
    return analysis


def _latencies(spoken: Sequence[Turn], draw: random.Random) -> JsonObject:
    parts = ("modelLatency", "voiceLatency", "transcriberLatency", "endpointingLatency")
    measured: list[dict[str, int]] = []
    for _ in range(max(1, sum(role == "user" for role, _ in spoken))):
        turn = dict(zip(parts, (draw.randint(*span) for span in _SPANS), strict=True))
        measured.append({**turn, "turnLatency": sum(turn.values())})
    averages = {
        f"{name}Average": round(sum(turn[name] for turn in measured) / len(measured))
        for name in (*parts, "turnLatency")
    }
    return {"turnLatencies": measured, **averages}


_SPANS = ((350, 900), (180, 420), (90, 250), (120, 600))
