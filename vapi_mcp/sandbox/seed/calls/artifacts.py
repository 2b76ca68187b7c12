"""Artifacts of seeded calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vapi_mcp.sandbox.seed.assistants import PROFILES
from vapi_mcp.sandbox.seed.calls.tape import Tape

Part = dict[str, Any]

_STORAGE = "https://storage.vapi.ai"


@dataclass(frozen=True, slots=True)
class Media:
    """Which files a call leaves behind besides its recordings and log."""

    video: bool = False
    packets: bool = False


def artifact_of(tape: Tape, call_id: str, media: Media, variables: Part) -> Part:
    """Return the artifact of a finished conversation, without what analysis adds to it.

    Its `messages` is the tape's own list.
    """
    artifact: Part = {
        "messages": tape.messages,
        "messagesOpenAIFormatted": tape.formatted,
        "transcript": "".join(tape.spoken),
        "variableValues": variables,
        "performanceMetrics": performance_of(tape),
        **_media_links(tape, call_id, media),
    }
    if len(tape.active) > 1:
        artifact["assistantActivations"] = _activations(tape)
        artifact["nodes"] = _nodes(tape)
    return artifact


def performance_of(tape: Tape) -> Part:
    """Return the latencies of every turn and their averages, in milliseconds."""
    metrics: Part = {"turnLatencies": tape.latencies}
    for part in ("model", "voice", "transcriber", "endpointing", "turn"):
        values = [latency[f"{part}Latency"] for latency in tape.latencies]
        metrics[f"{part}LatencyAverage"] = round(sum(values) / len(values), 2) if values else 0
    metrics["numUserInterrupted"] = 0
    metrics["numAssistantInterrupted"] = tape.interruptions
    return metrics


def log_link(call_id: str, moment: int) -> str:
    """Return the identifier of a call's log; `moment` is milliseconds since the epoch."""
    return f"{_STORAGE}/{call_id}-{moment}-call-logs.jsonl.gz"


def _media_links(tape: Tape, call_id: str, media: Media) -> Part:
    moment = round(tape.start.timestamp() * 1000) + tape.clock
    base = f"{_STORAGE}/{call_id}-{moment}"
    links: Part = {"logUrl": log_link(call_id, moment)}
    if media.packets:
        links["pcapUrl"] = f"{base}-sip.pcap"
    recording: Part = {
        "stereoUrl": f"{base}-stereo.wav",
        "mono": {
            "combinedUrl": f"{base}-mono.wav",
            "assistantUrl": f"{base}-assistant.wav",
            "customerUrl": f"{base}-customer.wav",
        },
    }
    links["recordingUrl"] = f"{base}-mono.wav"
    links["stereoRecordingUrl"] = f"{base}-stereo.wav"
    if media.video:
        links["videoRecordingUrl"] = recording["videoUrl"] = f"{base}-video.mp4"
        links["videoRecordingStartDelaySeconds"] = 0.4
        recording["videoRecordingStartDelaySeconds"] = 0.4
    return links | {"recording": recording}


def _activations(tape: Tape) -> list[Part]:
    return [
        {
            "assistantName": PROFILES[key].name,
            "assistantId": tape.draws.id_of("assistant", key),
        }
        for key in tape.active
    ]


def _nodes(tape: Tape) -> list[Part]:
    nodes: list[Part] = []
    for message in tape.messages:
        if message["role"] == "system":
            name = PROFILES[tape.active[len(nodes)]].name
            nodes.append({"nodeName": name, "messages": [], "variableValues": {}})
        else:
            nodes[-1]["messages"].append(message)
    return nodes
