"""The help of every command, and what a shell completes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from tests.support.e2e.shell import run_here
from vapi_mcp.cli.examples import EXAMPLES
from vapi_mcp.cli.main import app


def _leaves(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    for below, inner in getattr(command, "commands", {}).items():
        yield from _leaves(inner, f"{name} {below}".strip())
    if not hasattr(command, "commands"):
        yield name, command


LEAVES = dict(_leaves(get_command(app)))


def test_every_command_has_two_examples() -> None:
    assert EXAMPLES.keys() == LEAVES.keys()
    assert {len(examples) for examples in EXAMPLES.values()} == {2}


@pytest.mark.parametrize("name", LEAVES)
def test_examples_have_options_that_exist(name: str) -> None:
    known = {word for each in LEAVES[name].params for word in (*each.opts, *each.secondary_opts)}
    for example in EXAMPLES[name]:
        assert example.startswith(name)
        words = shlex.split(re.split(r" [<>]", example)[0])
        assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("name", [*LEAVES, "account", "server", ""])
def test_short_option_shows_help_in_plain_words_and_whole(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = run_here(*name.split(), "-h", capsys=capsys)
    assert (ran.code, ran.err) == (0, "")
    assert not re.search(r"<(str|int|path|list)|\w\.\.\.$", ran.out, re.MULTILINE)
    assert all(example in ran.out for example in EXAMPLES.get(name, ()))


USAGE = [["serv"], ["serve", "--prot", "1"], ["server", "create"], ["tools", "show"]]


@pytest.mark.parametrize("words", USAGE, ids=" ".join)
def test_wrong_usage_ends_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    ran = run_here(*words, capsys=capsys)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("Usage: vapi-mcp")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("Missing argument 'NAME'.", ["tools", "show"]),
        ("Missing argument 'ACCOUNT_ID'.", ["server", "create"]),
        ("Invalid value for '--port': must be a whole number", ["serve", "--port", "abc"]),
        ("Invalid value for '--port': must be 65535 or less", ["sandbox", "--port", "99999"]),
        ("Invalid value for '--limit': must be 1 or more", ["log", "list", "--limit", "0"]),
        ("Invalid value for '--exposure': 'x' is not one of", ["serve", "--exposure", "x"]),
    ],
)
def test_wrong_words_are_told_in_plain_ones(
    told: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    ran = run_here(*words, capsys=capsys)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].startswith(f"Error: {told}")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands(
    shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = run_here("completion", shell, capsys=capsys).out
    assert f"_VAPI_MCP_COMPLETE=complete_{shell}" in script
    monkeypatch.setenv("_VAPI_MCP_COMPLETE", f"complete_{shell}")
    monkeypatch.setenv("COMP_WORDS", "vapi-mcp se")
    monkeypatch.setenv("COMP_CWORD", "1")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "vapi-mcp se")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    offered = run_here(capsys=capsys).out
    assert {"serve", "server"} <= set(re.findall(r"\bserver?\b", offered))
