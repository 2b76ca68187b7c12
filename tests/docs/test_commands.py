"""The commands, options, settings and metrics that pages name are there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from tests.support.docs_pages import PAGES, ROOT, code_of, text_of
from vapi_mcp.accounts.records import Account
from vapi_mcp.cli.main import app
from vapi_mcp.hosting.processes.listener import DRAIN_SECONDS
from vapi_mcp.http.endpoints.metrics import Metrics
from vapi_mcp.invocation.observed import UpstreamAnswer
from vapi_mcp.security.credential import Credential
from vapi_mcp.settings import PREFIX, Settings

# What these options are of, in code that names no command of ours.
_OF_OTHERS = {
    "--transport",
    "--help",
    "--version",
    "--no-deps",
    "--check",
    "--strict",
    "--command",
    "--seconds",
}


def _found(words: list[str]) -> tuple[Any, list[str]]:
    """Return the command that words begin with, as far as they name one, and the other words."""
    command: Any = get_command(app)
    while words and hasattr(command, "commands") and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    return command, words


def _options(command: Any) -> set[str]:
    options = {word for each in command.params for word in (*each.opts, *each.secondary_opts)}
    inner = getattr(command, "commands", {})
    return options | {word for name in inner for word in _options(inner[name])}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_of_a_page_exist_and_have_the_options_it_gives_them(page: Path) -> None:
    for line in code_of(page.read_text()):
        _, ours, said = line.rpartition("vapi-mcp ")
        if not ours or not re.match(r"[a-z]", said):
            continue
        words = re.split(r"\s+#\s|[>|]", said)[0].split()
        command, rest = _found(words)
        assert not hasattr(command, "commands") or len(rest) < len(words), line
        assert not (hasattr(command, "commands") and rest and rest[0].islower()), line
        given = {word.partition("=")[0] for word in rest if word.startswith("--")}
        assert given <= _options(command) | {"--help"}, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_options_a_page_names_by_themselves_exist(page: Path) -> None:
    spans = [span for span in code_of(page.read_text()) if re.match(r"--[a-z]", span)]
    named = {span.split()[0].partition("=")[0] for span in spans}
    assert named - _OF_OTHERS <= _options(get_command(app))


@pytest.mark.parametrize("page", [*PAGES, ROOT / "Dockerfile"], ids=lambda page: page.name)
def test_the_settings_a_page_names_exist(page: Path) -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    # `connect` reads one more, which is a client's.
    assert set(re.findall(r"\bVAPI_MCP_[A-Z_]+\b", page.read_text())) <= known | {"VAPI_MCP_URL"}


def test_the_limits_told_are_the_defaults() -> None:
    rows = re.findall(r"^\| [^|]+\| ([\d,]+) \| `VAPI_MCP_(\w+)` \|", _operations(), re.MULTILINE)
    told = {name.lower(): int(limit.replace(",", "")) for limit, name in rows}
    assert told.keys() == {"server_calls_at_once", "server_calls_per_minute", "server_streams"}
    assert told == {name: Settings.model_fields[name].default for name in told}
    [days] = re.findall(r"`VAPI_MCP_AUDIT_DAYS` \((\d+);", _operations())
    assert int(days) == Settings.model_fields["audit_days"].default


async def test_the_metrics_told_are_all_there_are() -> None:
    metrics = Metrics()
    account = Account("account-1", "Acme", Credential("key"), "http://upstream.invalid")
    headers = {"x-ratelimit-remaining": "5"}
    await metrics.note_answer(account, UpstreamAnswer(200, 0.1, "GET", headers))
    shown = set(re.findall(r"^# TYPE (\w+)", metrics.exposition().decode(), re.MULTILINE))
    assert set(re.findall(r"^\| `(vapi_mcp_\w+)` \|", _operations(), re.MULTILINE)) == shown


def test_nobody_is_told_to_kill_what_still_drains() -> None:
    deploy = text_of("docs/deploy.md")
    seconds = re.findall(r"(?:TimeoutStopSec=|--stop-timeout |GracePeriodSeconds: )(\d+)", deploy)
    assert len(seconds) == 3
    # Besides the calls, workers have some seconds for the rest.
    assert all(int(each) > DRAIN_SECONDS + 15 for each in seconds)


def _operations() -> str:
    return text_of("docs/operations.md")
