"""The artifacts of a call, and signed links to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from vapi_mcp.sandbox.media import logs, pcap, wav
from vapi_mcp.sandbox.media.sample_video import video
from vapi_mcp.sandbox.requests.authentication import STORAGE
from vapi_mcp.sandbox.requests.refusals import refusal
from vapi_mcp.sandbox.requests.request import SandboxRequest
from vapi_mcp.sandbox.resources.crud import Handler
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import to_text
from vapi_mcp.sandbox.state.sandbox import Sandbox
from vapi_mcp.sandbox.storage.links import LIFETIME, storage_origin


@dataclass(frozen=True, slots=True)
class ArtifactKind:
    """One of the seven artifacts: where its identifier stands, and how its bytes are made."""

    segment: str
    property: str
    identifiers: tuple[tuple[str, ...], ...]
    file_name: str
    content_type: str
    render: Callable[[JsonObject], bytes]


def _recording(track: wav.Track) -> Callable[[JsonObject], bytes]:
    return lambda call: wav.recording(call, track)


KINDS = (
    ArtifactKind(
        "mono-recording",
        "presignedMonoUrl",
        (("recording", "mono", "combinedUrl"), ("recordingUrl",)),
        "mono.wav",
        "audio/wav",
        _recording("mono"),
    ),
    ArtifactKind(
        "stereo-recording",
        "presignedStereoUrl",
        (("recording", "stereoUrl"), ("stereoRecordingUrl",)),
        "stereo.wav",
        "audio/wav",
        _recording("stereo"),
    ),
    ArtifactKind(
        "video-recording",
        "presignedVideoUrl",
        (("recording", "videoUrl"), ("videoRecordingUrl",)),
        "video.mp4",
        "video/mp4",
        lambda _: video(),
    ),
    ArtifactKind(
        "customer-recording",
        "presignedCustomerUrl",
        (("recording", "mono", "customerUrl"),),
        "customer.wav",
        "audio/wav",
        _recording("customer"),
    ),
    ArtifactKind(
        "assistant-recording",
        "presignedAssistantUrl",
        (("recording", "mono", "assistantUrl"),),
        "assistant.wav",
        "audio/wav",
        _recording("assistant"),
    ),
    ArtifactKind(
        "pcap",
        "presignedPcapUrl",
        (("pcapUrl",),),
        "capture.pcap",
        "application/vnd.tcpdump.pcap",
        pcap.capture,
    ),
    ArtifactKind(
        "call-logs",
        "presignedLogUrl",
        (("logUrl",),),
        "logs.jsonl.gz",
        "application/gzip",
        logs.call_log,
    ),
)
BY_FILE_NAME = {kind.file_name: kind for kind in KINDS}


def artifact_handlers() -> dict[str, Handler]:
    """Return the seven handlers that redirect to an artifact's bytes."""
    return {f"GET /call/{{id}}/{kind.segment}": _redirect(kind) for kind in KINDS}


def has_artifact(call: JsonObject, kind: ArtifactKind) -> bool:
    """Return whether an ended call left this behind."""
    artifact = call.get("artifact") or {}
    return call.get("status") == "ended" and any(_at(artifact, path) for path in kind.identifiers)


def storage_path(call: JsonObject, kind: ArtifactKind) -> str:
    """Return the path of an artifact's bytes in storage."""
    return f"{STORAGE}call/{call['id']}/{kind.file_name}"


def with_links(sandbox: Sandbox, call: JsonObject, base_url: str) -> JsonObject:
    """Return a call whose artifact carries a fresh signed link for everything it has."""
    now = sandbox.now()
    links = {
        kind.property: storage_origin(base_url) + sandbox.links.sign(storage_path(call, kind), now)
        for kind in KINDS
        if has_artifact(call, kind)
    }
    if not links:
        return call
    expiry = {"presignedUrlsExpiresAt": to_text(now + LIFETIME)}
    return {**call, "artifact": {**call["artifact"], **links, **expiry}}


def _redirect(kind: ArtifactKind) -> Handler:
    def handle(sandbox: Sandbox, asked: SandboxRequest) -> Response:
        call = sandbox.require("call", asked.id)
        if not has_artifact(call, kind):
            what = kind.segment.replace("-", " ")
            raise refusal(HTTPStatus.NOT_FOUND, f"Call {asked.id} has no {what}.")
        signed = sandbox.links.sign(storage_path(call, kind), sandbox.now())
        link = storage_origin(asked.base_url) + signed
        return Response(status_code=HTTPStatus.FOUND, headers={"Location": link})

    return handle


def _at(item: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        item = item.get(name) if isinstance(item, dict) else None
    return item
