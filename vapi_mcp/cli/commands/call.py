"""`vapi-mcp call`: one tool from the shell."""

from __future__ import annotations

import asyncio
import sys
from json import dumps
from typing import Annotated, Any

import orjson
import typer

from vapi_mcp.accounts.records import Account, Grant, Server, ServerConfig
from vapi_mcp.cli.options import EnvFile, Sandbox
from vapi_mcp.cli.terminal import say
from vapi_mcp.cli.usage import UsageError
from vapi_mcp.errors import ToolError, UnknownTool
from vapi_mcp.hosting.application import running
from vapi_mcp.hosting.environment import local_account, not_at_vapi
from vapi_mcp.invocation.caller import SilentCaller
from vapi_mcp.invocation.json_reading import exact_value
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.registry.scope import FULL
from vapi_mcp.settings import Settings, load_settings

_TOOL_ERROR = 5
# A pipe has no context to fill: answers come whole.
_WHOLE = ServerConfig(max_result_tokens=sys.maxsize, catalogue="full")


def call(
    name: Annotated[str, typer.Argument(help="The tool's name, from `vapi-mcp tools list`.")],
    pairs: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE ...", help="The arguments; write objects as JSON."),
    ] = None,
    *,
    json: Annotated[str, typer.Option(help="All arguments as one JSON object.")] = "{}",
    sandbox: Sandbox = False,
    env_file: EnvFile = None,
) -> None:
    """Call one tool and print its answer; notes go to stderr.

    Exit codes: 0 success, 5 error of the tool, 2 wrong usage, 1 any other error.
    """
    arguments = {**_object(json), **dict(map(_pair, pairs or []))}
    settings = load_settings(env_file=env_file)
    with local_account(settings, sandbox=sandbox, env_file=env_file) as account:
        if not sandbox and (elsewhere := not_at_vapi(account)):
            typer.echo(f"note: {elsewhere}", err=True)
        result = asyncio.run(_invoke(settings, account, name, arguments))
    say(_readable(result.text))
    for note in result.notes:
        say(f"note: {note}", err=True)
    for block in result.blocks:
        size = len(block.data)
        say(
            f"note: {size:,} bytes of {block.media_type} left out; save it with save_to=PATH",
            err=True,
        )
    if result.is_error:
        raise typer.Exit(_TOOL_ERROR)


async def _invoke(
    settings: Settings, account: Account, name: str, arguments: dict[str, Any]
) -> ToolResult:
    async with running(settings, local_files=True) as application:
        try:
            tool = application.registry.find(name, FULL)
            grant = Grant(account, Server("shell", "shell", account.id, config=_WHOLE))
            caller = SilentCaller(is_local=True)
            return (await application.invoker().invoke(tool, arguments, grant, caller)).result
        except UnknownTool as error:
            raise UsageError(str(error)) from error
        except ToolError as error:
            return ToolResult(exact_json(error.as_dict()).decode(), is_error=True)


def _object(text: str) -> dict[str, Any]:
    try:
        value = exact_value(text.encode())
    except orjson.JSONDecodeError as error:
        raise UsageError(f"--json is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise UsageError("--json must be a JSON object, such as '{\"limit\": 5}'")
    return value


def _pair(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise UsageError(f"{text[:60]!r} is not KEY=VALUE; write it like limit=5")
    return key, value


def _readable(text: str) -> str:
    """Return JSON indented for a person at a terminal, as it is for a pipe."""
    if not sys.stdout.isatty():
        return text
    return dumps(exact_value(text.encode()), indent=2, ensure_ascii=False)
