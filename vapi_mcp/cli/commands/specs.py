"""`vapi-mcp specs`: compare the specs with Vapi's API document."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from vapi_mcp.cli.fetching import fetched
from vapi_mcp.cli.terminal import say
from vapi_mcp.cli.usage import UsageError
from vapi_mcp.errors import ConfigurationError, SpecError
from vapi_mcp.registry.prompts import broken_prompt_rules
from vapi_mcp.registry.registry import build_registry
from vapi_mcp.specs.facts.facts import load_facts, read_upstream
from vapi_mcp.specs.facts.sync import Difference, difference, read_openapi, write_upstream
from vapi_mcp.specs.location import specs_directory
from vapi_mcp.specs.tools.loader import load_specs
from vapi_mcp.specs.tools.prompts import load_prompts
from vapi_mcp.specs.tools.rules import broken_rules

app = typer.Typer()

_Document = Annotated[
    str, typer.Argument(metavar="FILE_OR_URL", help="A Vapi OpenAPI document (JSON).")
]


@app.command("check")
def check(
    document: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE_OR_URL", help="A Vapi OpenAPI document (JSON) to compare with."
        ),
    ] = None,
) -> None:
    """Compare specs, corrections and pinned facts; exit 1 when they differ.

    With a document, also print its additions (+), removals (-) and changes (~).
    """
    problems = _problems()
    for problem in problems:
        say(problem)
    changes = _compared(document) if document else None
    if changes is not None:
        _tell(changes)
    if problems:
        raise ConfigurationError(f"{len(problems)} differences between specs and facts")
    if changes:
        raise ConfigurationError("upstream differs from the pinned facts; see `specs sync`")
    count = len(load_specs().tools)
    say(f"{count} tools match the facts; {len(load_specs().not_exposed)} operations have no tool")


@app.command("sync")
def sync(
    document: _Document,
    date: Annotated[
        str | None, typer.Option(help="The document's date, such as 2026-08-19; default: today.")
    ] = None,
) -> None:
    """Replace the pinned facts with those of a document and print the changes."""
    content, name = _read(document)
    _tell(write_upstream(specs_directory(), content, name, date=date))
    load_facts.cache_clear()
    for problem in _problems():
        say(f"to fix: {problem}")


def _problems() -> list[str]:
    try:
        # A service reads a schema when it needs it; here all of them have to be JSON.
        read_upstream(specs_directory())
        specs, facts = load_specs(), load_facts()
        problems = broken_rules(specs, facts)
        if not problems:
            registry = build_registry(specs.tools, facts)
            problems = broken_prompt_rules(load_prompts(), registry)
    except SpecError as error:
        return [str(error)]
    return problems


def _compared(document: str) -> Difference:
    content, name = _read(document)
    return difference(read_upstream(specs_directory()), read_openapi(content, name))


def _tell(changes: Difference) -> None:
    for line in changes.lines() or ["nothing changed upstream"]:
        say(line)


def _read(document: str) -> tuple[bytes, str]:
    """Return a document's bytes and the name to pin: a URL, or a file's bare name."""
    if urlsplit(document).scheme in ("http", "https"):
        say(f"reading {document} …", err=True)
        return fetched(document), document
    try:
        return Path(document).read_bytes(), Path(document).name
    except OSError as error:
        raise UsageError(f"{document} cannot be read: {error.strerror}") from error
