"""Runs real MCP clients against the demo and writes docs/clients.md: `make clients`.

Each client is installed in an environment of its own, one after the other.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_CACHE = _ROOT / ".clients"
_PAGE = _ROOT / "docs" / "clients.md"
_LABELS = ("a", "b", "c", "d", "e", "e2", "e3", "f", "g")
_MINUTES = 300
_TOOLS = 86
# Calls that are right when the client hands an error on, and the words that answers must have.
_ERRORS = frozenset({"c"})
_WORDS = {
    "b": "no_such_field",
    "d": "dry_run",
    "e2": "dry_run",
    "e3": "dry_run",
    "f": r"type\W{1,6}audio(?!/)",
}


@dataclass(frozen=True, slots=True)
class _Client:
    """A client, what installs it, and what its users have to know."""

    name: str
    package: str
    known: str = ""

    @property
    def is_python(self) -> bool:
        return "==" in self.package

    @property
    def folder(self) -> Path:
        name, _, version = self.package.replace("==", "@").rpartition("@")
        return _CACHE / f"{name.strip('@').replace('/', '-')}-{version}"


_ONE_SESSION = "A session for each call; sound inline is lost, take the link."
_CLIENTS = (
    _Client("mcp Client, http", "mcp==2.3.0"),
    _Client("mcp ClientSession, http", "mcp==2.3.0"),
    _Client("mcp ClientSession, sse", "mcp==2.3.0"),
    _Client("langchain-mcp-adapters, http", "langchain-mcp-adapters==0.3.2", _ONE_SESSION),
    _Client("langchain-mcp-adapters, sse", "langchain-mcp-adapters==0.3.2", _ONE_SESSION),
    _Client("TypeScript SDK v1, http", "@modelcontextprotocol/sdk@1.32.2"),
    _Client("TypeScript SDK v1, sse", "@modelcontextprotocol/sdk@1.32.2"),
    _Client("openai-agents, http", "openai-agents==0.24.0"),
    _Client("openai-agents, sse", "openai-agents==0.24.0"),
    _Client("fastmcp, http", "fastmcp==4.2.3", "It raises what a tool answers as an error."),
)


_NOT_COVERED = (
    "Not run by this target yet: every client over stdio, pydantic-ai, crewai-tools, mcp-use, "
    "mcpadapt,\nsmolagents, TypeScript SDK v2, @ai-sdk/mcp, MCP Inspector, mcp-remote, "
    "supergateway, fast-agent."
)


def main() -> None:
    """Run every client and write the page."""
    with _demo() as summary:
        calls = _calls(summary)
        rows = [_row(client, summary["servers"][0], calls) for client in _CLIENTS]
    _PAGE.write_text(_page(rows), encoding="utf-8")


@contextmanager
def _demo() -> Generator[dict[str, Any]]:
    command = [sys.executable, "-m", "vapi_mcp", "demo", "--json", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:  # noqa: S603
        assert demo.stdout is not None
        try:
            yield json.loads(demo.stdout.readline())
        finally:
            demo.terminate()


def _calls(summary: dict[str, Any]) -> str:
    """Return the calls, with ids of objects that the simulation has."""
    text = (_HERE / "calls.json").read_text(encoding="utf-8")
    for kind in ("assistant", "call"):
        found = httpx.get(
            f"{summary['sandbox_url']}/{kind}", headers={"Authorization": "Bearer sandbox"}
        ).json()
        ended = [item for item in found if item.get("status", "ended") == "ended"]
        # The recording of a long call is too large to be inline.
        shortest = min(ended, key=_seconds)
        text = text.replace(f"${kind.upper()}", shortest["id"])
    return text


def _seconds(item: dict[str, Any]) -> float:
    """Return how long a call was; one without a recording comes last."""
    if "startedAt" not in item or not item.get("artifact", {}).get("recordingUrl"):
        return float("inf")
    begun, ended = (datetime.fromisoformat(item[name]) for name in ("startedAt", "endedAt"))
    return (ended - begun).total_seconds()


def _row(client: _Client, server: dict[str, str], calls: str) -> str:
    sys.stderr.write(f"{client.name}\n")
    cells = ["not installed"] * (1 + len(_LABELS))
    if _install(client):
        url = server["sse_url" if client.name.endswith("sse") else "url"]
        cells = _cells(_lines(client, url, calls))
    return f"| {client.name} | `{client.package}` | {' | '.join(cells)} | {client.known} |"


def _install(client: _Client) -> bool:
    folder = client.folder
    if (folder / "installed").exists():
        return True
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    commands = [["npm", "install", "--silent", "--prefix", str(folder), client.package]]
    if client.is_python:
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", client.package]
        commands = [[sys.executable, "-m", "venv", str(folder)], pip]
    if not all(_ran(command) for command in commands):
        return False
    (folder / "installed").touch()
    return True


def _ran(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(command, check=False, timeout=_MINUTES)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _lines(client: _Client, url: str, calls: str) -> dict[str, dict[str, Any]]:
    driver = "python_driver.py" if client.is_python else "js_driver.mjs"
    # Node looks for packages beside the script.
    script = Path(shutil.copy(_HERE / driver, client.folder))
    program = str(client.folder / "bin" / "python") if client.is_python else "node"
    try:
        done = subprocess.run(  # noqa: S603
            [program, str(script), client.name, url],
            input=calls,
            capture_output=True,
            text=True,
            timeout=_MINUTES,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {line["call"]: line for line in told}


def _cells(lines: dict[str, dict[str, Any]]) -> list[str]:
    tools = str(lines.get("tools", {}).get("count", "no connection"))
    return [tools, *(_cell(label, lines.get(label)) for label in _LABELS)]


def _cell(label: str, line: dict[str, Any] | None) -> str:
    if line is None:
        return "no answer"
    text = str(line.get("answer", line.get("raised")))
    is_error = "raised" in line or '"statusCode"' in text.replace("\\", "")
    if label in _ERRORS:
        return "yes" if is_error and "404" in text else "no"
    return "yes" if not is_error and re.search(_WORDS.get(label, ""), text) else "no"


def _page(rows: Sequence[str]) -> str:
    calls = json.loads((_HERE / "calls.json").read_text(encoding="utf-8"))
    told = [f"* **{label}** `{name}` `{json.dumps(given)}`" for label, name, given in calls]
    head = f"| Client | Package | Tools ({_TOOLS}) | {' | '.join(_LABELS)} | Worth knowing |"
    rule = "| --- " * (4 + len(_LABELS)) + "|"
    intro = (
        "# Clients\n\n`make clients` installs each client in an environment of its own, runs the "
        'same nine calls\nagainst `vapi-mcp demo`, and writes this page. "yes" is the right '
        "answer; for **c**, that the\nerror reaches the caller with its status; for "
        "**f**, that it\nreceives the sound itself.\n"
    )
    return "\n".join([intro, *told, "", head, rule, *rows, "", _NOT_COVERED, ""])


if __name__ == "__main__":
    main()
