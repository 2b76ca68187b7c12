"""The servers that clients connect to: a demo over HTTP and SSE, its account over stdio."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.clients.wire import Wire, tapped

_HERE = Path(__file__).parent
_TAP = _HERE / "stdio_tap.py"


@dataclass(frozen=True, slots=True)
class Target:
    """A running demo and the calls that fit its simulated account."""

    summary: dict[str, Any]
    calls: str

    @contextmanager
    def opened(
        self, transport: str, *, with_null: bool = True
    ) -> Generator[tuple[dict[str, Any], Wire]]:
        """Yield what a driver is told of the server, and what will be seen of the protocol."""
        wire = Wire()
        server = self.summary["servers"][0]
        where = urlsplit(server["sse_url" if transport.startswith("sse") else "url"])
        with (
            tapped(self.summary["admin_url"], wire) as origin,
            tempfile.TemporaryDirectory() as folder,
        ):
            record = f"{folder}/seen"
            command = [sys.executable, str(_TAP), record, self.summary["sandbox_url"]]
            told = {"transport": transport, "url": f"{origin}{where.path}", "command": command}
            calls = json.loads(self.calls)
            yield {**told, "calls": calls if with_null else without_null(calls)}, wire
            _read_record(record, wire)


def without_null(calls: list[list[Any]]) -> list[list[Any]]:
    """Return the calls as a client has to make them that refuses null."""
    return [
        [label, name, {key: value for key, value in given.items() if value is not None}]
        for label, name, given in calls
    ]


def _read_record(record: str, wire: Wire) -> None:
    """Take the versions of a pipe in the order in which they count."""
    for end, take in ((".out", wire.received), (".in", wire.sent)):
        path = Path(record + end)
        for line in path.read_bytes().splitlines() if path.exists() else ():
            take(line)


@contextmanager
def running_target() -> Generator[Target]:
    """Start the demo, quietly, and stop it at the end."""
    command = [sys.executable, "-m", "vapi_mcp", "demo", "--json", "--port", "0"]
    with subprocess.Popen(  # noqa: S603 - our own list of clients
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as demo:
        assert demo.stdout is not None
        try:
            summary = json.loads(demo.stdout.readline())
            yield Target(summary, _calls(summary["sandbox_url"]))
        finally:
            demo.terminate()


def _calls(sandbox_url: str) -> str:
    """Return the calls, with ids of objects that the simulation has."""
    text = (_HERE / "calls.json").read_text(encoding="utf-8")
    for kind in ("assistant", "call"):
        found = httpx.get(
            f"{sandbox_url}/{kind}", headers={"Authorization": "Bearer sandbox"}
        ).json()
        ended = [item for item in found if item.get("status", "ended") == "ended"]
        # The recording of a long call is too large to be inline.
        shortest = min(ended, key=_seconds)
        text = text.replace(f"${kind.upper()}", shortest["id"])
    return text


def _seconds(item: dict[str, Any]) -> float:
    """Return the length of a call; one without a recording comes last."""
    if "startedAt" not in item or not item.get("artifact", {}).get("recordingUrl"):
        return float("inf")
    begun, ended = (datetime.fromisoformat(item[name]) for name in ("startedAt", "endedAt"))
    return (ended - begun).total_seconds()
