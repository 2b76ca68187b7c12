"""The request to the upstream for a call, as F1 and F2 make it: nothing is checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

HEADERS = {"authorization": "Bearer sandbox-bench", "accept-encoding": "gzip"}

_NOT_SENT = "fields"


def target_of(params: Mapping[str, Any]) -> str:
    """Return the path and query for the params of a `tools/call`."""
    arguments: Mapping[str, Any] = params["arguments"]
    if params["name"] == "get_single_vapi_assistant_by_id":
        return f"/assistant/{arguments['id']}"
    return "/call?" + urlencode({k: v for k, v in arguments.items() if k != _NOT_SENT})
