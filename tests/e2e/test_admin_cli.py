"""The commands that administer a store, through the command line's own entry."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import mcp
import orjson
import pytest

from tests.support.e2e.connecting import ROOT, command, environment
from tests.support.e2e.shell import KEY, Shell, run
from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.security.tokens import API_PREFIX, is_well_formed

NOBODY = "00000000-0000-4000-8000-000000000000"


def test_accounts_are_made_shown_changed_and_deleted(shell: Shell, vapi: str) -> None:
    made = shell.json("account", "create", "--name", "Acme", "--tenant", "t-1")
    other = shell.json("account", "create", "--name", "Other", "--base-url", vapi)
    assert (made["name"], made["tenant_id"], made["base_url"]) == ("Acme", "t-1", None)
    assert other["base_url"] == vapi
    assert shell.json("account", "list") == [other, made]
    assert shell.json("account", "list", "--tenant", "t-1") == [made]
    assert shell.json("account", "show", made["id"]) == made
    renamed = shell.json("account", "update", made["id"], "--name", "Acme 2", "--tenant", "")
    assert renamed == made | {
        "name": "Acme 2",
        "tenant_id": None,
        "updated_at": renamed["updated_at"],
    }
    assert shell.json("account", "update", made["id"], "--new-key")["status"] == "active"
    assert shell("account", "delete", made["id"], "--yes").code == 0
    assert shell.refused("account", "show", made["id"]) == "there is no account with this id"
    assert KEY not in shell.printed


def test_an_account_is_deleted_only_when_somebody_says_so(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = shell.json("account", "create", "--name", "Acme")
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    asked = shell("account", "delete", made["id"])
    assert asked.code == 1
    assert "Delete 'Acme' and all its servers?" in asked.err
    assert shell.json("account", "show", made["id"]) == made


def test_a_key_comes_from_standard_input_or_the_environment_and_never_from_an_argument(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAPI_API_KEY", "wrong")
    create = ("account", "create", "--name", "Acme")
    assert "Nothing was created" in shell.refused(*create)
    monkeypatch.setattr("sys.stdin", StringIO(f"{KEY}\n"))
    assert shell.json(*create, "--api-key-stdin")["status"] == "active"
    monkeypatch.delenv("VAPI_API_KEY")
    assert "no Vapi key: set VAPI_API_KEY" in shell.refused(*create)
    assert "--api-key" not in shell("account", "create", "--help").out.replace(
        "--api-key-stdin", ""
    )
    assert KEY not in shell.printed


async def test_a_key_is_asked_for_at_a_terminal_and_not_shown_there(
    tmp_path: Path, vapi: str
) -> None:
    terminal, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "vapi_mcp", "account", "create", "--name", "Acme"),
        cwd=ROOT,
        env=environment(VAPI_MCP_DATA_DIR=str(tmp_path), VAPI_MCP_UPSTREAM_BASE_URL=vapi),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    async with asyncio.timeout(60):
        await asyncio.to_thread(read_on, terminal, "Vapi private key: ")
        os.write(terminal, f"{KEY}\n".encode())
        shown = await asyncio.to_thread(read_on, terminal)
        assert await process.wait() == 0
    os.close(terminal)
    assert re.search(r"^name +Acme", shown, re.MULTILINE)
    assert KEY not in shown


def read_on(terminal: int, wanted: str | None = None) -> str:
    """Return what a terminal shows until it ends with what is wanted, or to its end."""
    shown = ""
    with suppress(OSError):  # how Linux says that nobody writes to it any more
        while wanted is None or not shown.endswith(wanted):
            part = os.read(terminal, 4096).decode()
            if not part:
                break
            shown += part
    return shown


def test_servers_are_made_shown_changed_and_deleted(shell: Shell) -> None:
    account = shell.json("account", "create", "--name", "Acme")["id"]
    words = ["--methods", "read", "--tags", "calls, analytics", "--exposure", "discovery"]
    flags = ["--structured-content", "--require-api-token", "--expires-in", "24h"]
    flags += ["--max-result-tokens", "500", "--confirm-by", "question"]
    opened = shell.json("server", "create", account, "--name", "s", *words, *flags)
    token, secrets = opened["token"], ("token", "url", "sse_url")
    assert opened["url"] == f"http://127.0.0.1:8080/mcp/{token}"
    assert opened["sse_url"] == f"http://127.0.0.1:8080/sse/{token}"
    made = {name: value for name, value in opened.items() if name not in secrets}
    assert made["config"] == {
        "methods": ["read"],
        "tags": ["calls", "analytics"],
        "tools": [],
        "exclude_tools": [],
        "require_api_token_auth": True,
        "tool_exposure": "discovery",
        "structured_content": True,
        "max_result_tokens": 500,
        "confirm": "none",
        "policy": None,
        "notes": "block",
        "inline_media": True,
        "confirm_by": "question",
        "catalogue": "core",
        "only": None,
    }
    ends = datetime.fromisoformat(made["expires_at"])
    assert abs(ends - utc_now() - timedelta(hours=24)) < timedelta(minutes=5)
    assert shell.json("server", "list", account) == [made]
    assert shell.json("server", "show", account, made["id"]) == made
    changed = shell.json(
        "server", "update", account, made["id"], "--tags", "", "--no-require-api-token"
    )
    config = {**made["config"], "tags": [], "require_api_token_auth": False}
    assert changed == made | {"config": config, "updated_at": changed["updated_at"]}
    endless = shell.json("server", "update", account, made["id"], "--expires", "never")
    assert endless["expires_at"] is None
    rotated = shell.json("server", "rotate", account, made["id"])
    assert is_well_formed(rotated["token"])
    assert rotated["token"] != token
    again = shell.json("server", "rotate", account, made["id"], "--keep-links")
    assert again["token"] != rotated["token"]
    assert shell("server", "delete", account, made["id"], "--yes").code == 0
    assert shell.refused("server", "show", account, made["id"]) == "there is no server with this id"
    assert shell.printed.count(token) == shell.printed.count(rotated["token"]) == 3


def test_a_server_takes_rules_for_its_writes_from_a_file(shell: Shell, tmp_path: Path) -> None:
    account = shell.json("account", "create", "--name", "Acme")["id"]
    rules = tmp_path / "rules.json"
    rules.write_text('{"calling_hours": {"from": "09:00", "to": "20:00"}, "calls_per_day": 5}')
    flags = ("--confirm", "spending", "--policy", str(rules))
    made = shell.json("server", "create", account, "--name", "s", *flags)
    assert made["config"]["confirm"] == "spending"
    assert made["config"]["policy"] == orjson.loads(rules.read_bytes())
    changed = shell.json("server", "update", account, made["id"], "--policy", "")
    assert changed["config"] == {**made["config"], "policy": None}
    rules.write_text('{"calls_a_day": 5}')
    told = shell("server", "update", account, made["id"], "--policy", str(rules)).misuse
    assert "calls_per_day" in told
    missing = str(tmp_path / "missing.json")
    told = shell("server", "update", account, made["id"], "--policy", missing).misuse
    assert told == f"vapi-mcp: {missing} cannot be read: No such file or directory"


def test_a_server_takes_what_it_is_kept_to_from_a_file(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = shell.json("account", "create", "--name", "Agency")["id"]
    acme = tmp_path / "acme.json"
    acme.write_text('{"metadata": {"client": "acme"}}')
    made = shell.json("server", "create", account, "--name", "acme", "--only", str(acme))
    assert made["config"]["only"] == {"metadata": {"client": "acme"}}
    shown = shell.json("server", "show", account, made["id"])
    assert shown["config"] == made["config"]
    acme.write_text("{}")
    told = shell("server", "update", account, made["id"], "--only", str(acme)).misuse
    assert "config.only: must name assistants, phone_numbers, squads or metadata" in told
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    asked = shell("server", "update", account, made["id"], "--only", "")
    assert asked.code == 1
    assert "Open 'acme' to the whole organisation?" in asked.err
    assert shell.json("server", "show", account, made["id"])["config"] == made["config"]
    opened = shell.json("server", "update", account, made["id"], "--only", "", "--yes")
    assert opened["config"] == {**made["config"], "only": None}


def test_a_secret_url_begins_with_the_public_one(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAPI_MCP_PUBLIC_URL", "https://mcp.example.com/")
    account = shell.json("account", "create", "--name", "Acme")["id"]
    opened = shell.json("server", "create", account, "--name", "s")
    assert opened["url"] == f"https://mcp.example.com/mcp/{opened['token']}"
    other = ("--public-url", "https://other.example.com")
    rotated = shell.json("server", "rotate", account, opened["id"], *other)
    assert rotated["sse_url"] == f"https://other.example.com/sse/{rotated['token']}"


def test_api_tokens_are_made_listed_and_deleted(shell: Shell) -> None:
    account = shell.json("account", "create", "--name", "Acme")["id"]
    made = shell.json("api-token", "create", "--name", "ci", "--kind", "admin", "--tenant", "t-1")
    bound = shell.json("api-token", "create", "--name", "agent", "--account", account)
    secrets = [made.pop("token"), bound.pop("token")]
    assert all(is_well_formed(secret, API_PREFIX) for secret in secrets)
    assert (made["kind"], made["tenant_id"]) == ("admin", "t-1")
    assert (bound["kind"], bound["integrated_account_id"]) == ("mcp", account)
    assert shell.json("api-token", "list") == [bound, made]
    assert shell.json("api-token", "list", "--tenant", "t-1") == [made]
    assert shell("api-token", "delete", made["id"], "--yes").code == 0
    assert shell.json("api-token", "list") == [bound]
    assert all(shell.printed.count(secret) == 1 for secret in secrets)


def test_tables_show_people_the_same_as_it_was_given(shell: Shell) -> None:
    made = shell.json("account", "create", "--name", "Acme [bold] :smile:")
    opened = shell("server", "create", made["id"], "--name", "s", "--methods", "read").out
    assert re.search(r"^url\thttp://127\.0\.0\.1:8080/mcp/vms_\w+$", opened, re.MULTILINE)
    header, row = shell("account", "list").out.splitlines()
    assert header.split("\t") == ["id", "name", "tenant_id", "region", "status", "created_at"]
    assert row.split("\t") == [
        *(made["id"], "Acme [bold] :smile:", "-", "-", "active", made["created_at"])
    ]


WRONG: list[tuple[str, list[str]]] = [
    ("there is no account with this id", ["account", "show", NOBODY]),
    ("there is no account with this id", ["account", "delete", NOBODY]),
    ("there is no account with this id", ["server", "create", NOBODY, "--name", "s"]),
    ("there is no API token with this id", ["api-token", "delete", NOBODY, "--yes"]),
    ("there is no account with this id", ["server", "list", NOBODY]),
]

MISUSED: list[tuple[str, list[str]]] = [
    ("base_url: this host is not Vapi's", ["--base-url", "https://example.com"]),
    (
        "base_url: give only one of region and base_url",
        ["--region", "us", "--base-url", "https://x.com"],
    ),
    ("name: ", ["account", "create", "--name", ""]),
    ("max_result_tokens: must be 500 or more", ["--name", "s", "--max-result-tokens", "5"]),
    ("'yesterday' is not a time", ["log", "list", "--since", "yesterday"]),
    ("'soon' is not a time", ["server", "create", NOBODY, "--name", "s", "--expires", "soon"]),
    ("expires_at: must be at least 60 seconds", ["--name", "s", "--expires-in", "59s"]),
    ("config.methods: no tool matches the method 'dance'", ["--name", "s", "--methods", "dance"]),
    ("config.tools: there is no tool named 'x'", ["--name", "s", "--tools", "x"]),
    ("http_status_code: must be an HTTP status", ["log", "list", "--status", "9xx"]),
    ("'2026-13-01' is not a time", ["log", "export", "--since", "2026-13-01"]),
    ("is not a URL", ["account", "list", "--database-url", "nowhere"]),
]


@pytest.mark.parametrize(("told", "arguments"), WRONG)
def test_a_mistake_is_told_in_one_line(shell: Shell, told: str, arguments: list[str]) -> None:
    shell("api-token", "create", "--name", "first")
    assert told in shell.refused(*arguments)


@pytest.mark.parametrize("words", [["account", "delete"], ["api-token", "delete"]])
def test_deletion_that_nobody_can_agree_to_names_the_option(
    shell: Shell, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = shell.json(words[0], "create", "--name", "Acme")
    for answer, code, told in (
        ("", 2, "vapi-mcp: nothing was done: this command asks for confirmation and standard"),
        ("n\n", 1, "Aborted"),
        ("y\n", 0, ""),
    ):
        monkeypatch.setattr("sys.stdin", StringIO(answer))
        ran = shell(*words, made["id"])
        assert ran.code == code
        assert told in ran.err.splitlines()[-1]


@pytest.mark.parametrize(("told", "arguments"), MISUSED)
def test_a_value_that_is_refused_is_wrong_usage(
    shell: Shell, told: str, arguments: list[str]
) -> None:
    shell("api-token", "create", "--name", "first")
    if arguments[0] in ("--base-url", "--region"):
        arguments = ["account", "create", "--name", "Acme", *arguments]
    elif arguments[0] == "--name":
        account = shell.json("account", "create", "--name", "Acme")["id"]
        arguments = ["server", "create", account, *arguments]
    assert told in shell(*arguments).misuse


async def test_a_service_obeys_what_is_done_in_a_shell_beside_it(tmp_path: Path, vapi: str) -> None:
    data: dict[str, Any] = {
        "VAPI_MCP_DATA_DIR": str(tmp_path),
        "VAPI_MCP_UPSTREAM_BASE_URL": vapi,
    }

    async def shell(*arguments: str) -> Any:
        ran = await run(*arguments, "--json", stdin=KEY.encode(), variables=data)
        assert KEY not in ran.out + ran.err
        return ran.json

    with command(["serve", "--port", "0"], **data) as (_, line):
        base = line.split()[-1]
        account = (await shell("account", "create", "--name", "Acme", "--api-key-stdin"))["id"]
        made, admin = await asyncio.gather(
            shell("server", "create", account, "--name", "s", "--tags", "files"),
            shell("api-token", "create", "--name", "a", "--kind", "admin"),
        )
        async with httpx.AsyncClient(base_url=base, trust_env=False) as http:
            async with mcp.Client(f"{base}/mcp/{made['token']}") as client:
                assert len((await client.list_tools()).tools) == 5
                assert not (await client.call_tool("list_all_vapi_files", {})).is_error
            shown = await shell("server", "show", account, made["id"])
            path = f"/integrated-account/{account}/mcp/{made['id']}"
            answer = await http.get(path, headers={"Authorization": f"Bearer {admin['token']}"})
            # When a server was last used is written down now and then.
            assert {**shown, "last_used_at": None} == {**answer.json(), "last_used_at": None}
            rotated = await shell("server", "rotate", account, made["id"])
            hello = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
            codes = [
                (await http.post(f"/mcp/{each['token']}", json=hello)).status_code
                for each in (made, rotated)
            ]
            assert codes == [401, 200]
    (entry,) = await shell("log", "list", "--tool", "list_all_vapi_files")
    assert (entry["mcp_server_id"], entry["http_status_code"]) == (made["id"], 200)


def test_usage_is_shown_by_day_assistant_and_server(
    shell: Shell, vapi: str, tmp_path: Path
) -> None:
    account = shell.json("account", "create", "--name", "Acme", "--base-url", vapi)["id"]
    policy = tmp_path / "policy.json"
    policy.write_bytes(orjson.dumps({"calls_per_day": 20}))
    given = ("--name", "dialler", "--policy", str(policy))
    server = shell.json("server", "create", account, *given)["id"]
    found = shell.json("usage", account, "--days", "31")
    assert (found["integrated_account_id"], found["problem"]) == (account, None)
    assert found["total"]["calls"] == sum(day["calls"] for day in found["days"]) > 0
    caps = [{"rule": "calls_per_day", "of": None, "most": 20, "used": 0}]
    assert [(each["id"], each["caps"]) for each in found["servers"]] == [(server, caps)]
    printed = shell("usage", account, "--days", "31").out
    assert "day\tassistant_id\tcalls\tminutes\tcost" in printed
    assert f"{server}\tcalls_per_day\t-\t0\t20" in printed
    assert shell.refused("usage", NOBODY) == "there is no account with this id"
