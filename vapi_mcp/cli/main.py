"""The command line: one typer app, and the one place where errors become exit codes."""

from __future__ import annotations

import sys

import typer

from vapi_mcp import __version__
from vapi_mcp.cli import calls, demo, sandbox, serve, specs, stdio, tools
from vapi_mcp.errors import ConfigurationError

_WRONG_USAGE = 2

app = typer.Typer(
    name="vapi-mcp",
    help="The Vapi voice API as 86 tools for AI agents, over MCP.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
app.command("demo")(demo.demo)
app.command("stdio")(stdio.stdio)
app.command("serve")(serve.serve)
app.command("sandbox")(sandbox.sandbox)
app.command("call")(calls.call)
app.add_typer(tools.app, name="tools")
app.add_typer(specs.app, name="specs")


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
        help="Print the version and leave.",
        is_eager=True,
        callback=lambda value: _print_version(wanted=value),
    ),
) -> None:
    pass


def main() -> None:
    """Run the command line; what the operator can mend is told in a line or two, with exit code 1.

    A command chooses other codes by raising `typer.Exit`.
    """
    try:
        app()
    except ConfigurationError as error:
        typer.echo(f"vapi-mcp: {error}", err=True)
        sys.exit(1)
    except SystemExit as left:
        # Scripts tell a tool's error (5) from anything else (1); wrong usage is no third thing.
        sys.exit(1 if left.code == _WRONG_USAGE else left.code)
