"""`vapi-mcp tools`: the tools, for people or as JSON."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from vapi_mcp.cli.options import CatalogueName, Methods, Tags, scope_from
from vapi_mcp.cli.tables import print_table
from vapi_mcp.cli.terminal import say
from vapi_mcp.cli.usage import UsageError
from vapi_mcp.errors import UnknownTool
from vapi_mcp.registry.registry import Registry, build_registry
from vapi_mcp.registry.scope import FULL
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.tools.loader import load_specs

app = typer.Typer()

_AsJson = Annotated[bool, typer.Option("--json", help="Print the JSON of tools/list.")]


@app.command("list")
def list_tools(
    *,
    as_json: _AsJson = False,
    methods: Methods = "",
    tags: Tags = "",
    catalogue: CatalogueName = "core",
) -> None:
    """List the tools, all or those of a scope."""
    found = _registry().in_scope(scope_from(methods, tags, catalogue=catalogue))
    if as_json:
        say(orjson.dumps([tool.definition() for tool in found]).decode())
        return
    print_table(
        ("tool", "title", "effect", "tags"),
        [
            (each.name, each.spec.title, each.spec.effect, " ".join(each.spec.tags))
            for each in found
        ],
    )
    typer.echo(f"{len(found)} tools", err=not sys.stdout.isatty())


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="The tool's name.")], *, as_json: _AsJson = False
) -> None:
    """Show one tool: its description, its arguments and its operation."""
    try:
        tool = _registry().find(name, FULL)
    except UnknownTool as error:
        raise UsageError(str(error)) from error
    if as_json:
        say(orjson.dumps(tool.definition()).decode())
        return
    _print(tool)


def _registry() -> Registry:
    return build_registry(load_specs().tools, load_facts())


def _print(tool: Tool) -> None:
    console = Console()
    console.print(f"[bold]{tool.name}[/bold]: {tool.spec.title}")
    console.print(f"{tool.operation.key} · {tool.spec.effect} · {', '.join(tool.spec.tags)}\n")
    console.print(f"{tool.spec.description}\n")
    table = Table("argument", "type", "meaning", box=None, pad_edge=False)
    for name, kind, meaning in _rows(tool.input_schema):
        table.add_row(name, kind, meaning)
    console.print(table)
    hidden = [name for name in tool.arguments if name not in tool.input_schema["properties"]]
    if hidden:
        console.print(f"\nalso accepted: {', '.join(sorted(hidden))}")


def _rows(schema: Any, prefix: str = "") -> list[tuple[str, str, str]]:
    """Return name, type and meaning of every shown argument, nested ones by dotted path."""
    rows: list[tuple[str, str, str]] = []
    for name, shown in schema["properties"].items():
        mark = "*" if name in schema.get("required", ()) else ""
        rows.append((f"{prefix}{name}{mark}", shown["type"], shown["description"]))
        inner = shown.get("items", shown)
        if "properties" in inner:
            rows += _rows(inner, f"{prefix}{name}.")
    return rows
