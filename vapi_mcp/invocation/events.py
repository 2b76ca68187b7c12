"""Answers that Vapi sends as a stream of events, put together into one object.

Two formats arrive: OpenAI's (`response.output_text.delta`, `response.completed`, `error`) and the
chat's own (`{"id", "path": "chat.output[0].content", "delta"}`). Either may come at either tool.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from vapi_mcp.errors import UpstreamFailed


def collected(body: bytes) -> dict[str, Any]:
    """Return the one object a complete stream of events amounts to.

    Raises:
        UpstreamFailed: The stream says that it failed, or holds no event.
    """
    events = list(_events(body))
    if not events:
        raise UpstreamFailed("Vapi's stream of events was empty.", status=502)
    for event in events:
        if event.get("type") == "error":
            said = str(event.get("message", "no reason"))[:500]
            raise UpstreamFailed(f"Vapi's stream failed: {said}", status=502)
        if event.get("type") == "response.completed" and isinstance(event.get("response"), dict):
            return event["response"]
    text = "".join(str(event.get("delta", "")) for event in events)
    about = {k: v for e in events for k, v in e.items() if k in ("id", "sessionId") and v}
    return {**about, "output": [{"role": "assistant", "content": text}]}


def _events(body: bytes) -> Iterable[Mapping[str, Any]]:
    for line in body.decode(errors="replace").splitlines():
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:") or data == "[DONE]":
            continue
        try:
            event = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise UpstreamFailed("Vapi's stream broke off inside an event.", status=502) from error
        if isinstance(event, dict):
            yield event
