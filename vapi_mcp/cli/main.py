"""The command line: the table of commands, and the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys

import typer

from vapi_mcp import __version__
from vapi_mcp.cli.command_table import Entry, TableGroup
from vapi_mcp.cli.terminal import say
from vapi_mcp.errors import AdminError, ConfigurationError, StoreError, WrongOption
from vapi_mcp.hosting.memory import load_sparingly

_COMPLETING = "_VAPI_MCP_COMPLETE"


class _Commands(TableGroup):
    table = {  # noqa: RUF012 - it is never written to
        "demo": Entry(
            "vapi_mcp.cli.commands.demo:demo",
            "Serve a simulated Vapi, ready to try.",
        ),
        "stdio": Entry(
            "vapi_mcp.cli.commands.stdio:stdio",
            "Serve one account to a client that starts this process.",
        ),
        "serve": Entry("vapi_mcp.cli.commands.serve:serve", "Serve MCP over HTTP, at secret URLs."),
        "sandbox": Entry("vapi_mcp.cli.commands.sandbox:sandbox", "Run a simulated Vapi."),
        "connect": Entry(
            "vapi_mcp.cli.commands.connect:connect", "Print the configuration for an MCP client."
        ),
        "call": Entry("vapi_mcp.cli.commands.call:call", "Call one tool and print its answer."),
        "tools": Entry(
            "vapi_mcp.cli.commands.tools:app",
            "List and show the tools; needs no key and no network.",
        ),
        "account": Entry(
            "vapi_mcp.cli.commands.account:app", "Create, list, update and delete Vapi accounts."
        ),
        "server": Entry(
            "vapi_mcp.cli.commands.server:app",
            "Create, update, rotate and delete the MCP servers of an account.",
        ),
        "api-token": Entry(
            "vapi_mcp.cli.commands.access.api_token:app", "Create, list and delete API tokens."
        ),
        "grant": Entry("vapi_mcp.cli.commands.access.grant:app", "List and revoke OAuth grants."),
        "log": Entry("vapi_mcp.cli.commands.log:app", "List and export the audit log."),
        "changes": Entry(
            "vapi_mcp.cli.commands.changes:app", "List, show and restore what tools changed."
        ),
        "usage": Entry(
            "vapi_mcp.cli.commands.usage:usage",
            "Show the calls, minutes and cost of an account, and its caps.",
        ),
        "keys": Entry(
            "vapi_mcp.cli.commands.keys:app", "Rotate the keys that encrypt stored Vapi keys."
        ),
        "completion": Entry(
            "vapi_mcp.cli.commands.completion:completion",
            "Print the completion script for a shell.",
        ),
        "specs": Entry(
            "vapi_mcp.cli.commands.specs:app", "Compare the tools with Vapi's API document."
        ),
    }


app = typer.Typer(
    name="vapi-mcp",
    cls=_Commands,
    help="Serve the Vapi voice API to AI agents as 86 tools, over MCP.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"vapi-mcp {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: bool = typer.Option(
        False,
        "--version",
        help="Print the version and exit.",
        is_eager=True,
        callback=lambda value: _print_version(wanted=value),
    ),
) -> None:
    pass


def main() -> None:
    """Run the command line; what the operator can mend is told in a line or two, with exit code 1.

    Wrong usage ends with 2, Ctrl-C with 130. A command chooses other codes by raising
    `typer.Exit`.
    """
    load_sparingly()
    if _COMPLETING in os.environ:
        # Only shells need it, and it has no other name that is public.
        from typer.completion import (  # noqa: PLC0415 - loaded when it is used
            completion_init,  # pyright: ignore[reportPrivateImportUsage] - typer exports no other
        )

        completion_init()
    try:
        app(prog_name="vapi-mcp")
    except (ConfigurationError, AdminError, StoreError) as error:
        say(f"vapi-mcp: {error}", err=True)
        sys.exit(2 if _is_misuse(error) else 1)


def _is_misuse(error: Exception) -> bool:
    """Return whether a command was written wrongly: all that is given by options, but for a key."""
    if isinstance(error, AdminError):
        found = (error.details or {}).get("failures", ())
        return any(each["path"] != "api_key" for each in found)
    return isinstance(error, WrongOption)
