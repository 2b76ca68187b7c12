"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from vapi_mcp.cli.usage import UsageError
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.registry.scope import Scope, check_scope, scope_of
from vapi_mcp.specs.tools.loader import load_specs


def _postgresql(url: str | None) -> str | None:
    if url is not None:
        # What checks it is slow to load, and most commands have none.
        from vapi_mcp.store.sql.engine import postgresql_url  # noqa: PLC0415 - loaded when it is used

        try:
            postgresql_url(url)
        except ConfigurationError as error:
            raise UsageError(f"--database-url: {error}") from error
    return url


Methods: TypeAlias = Annotated[
    str,
    typer.Option(help="Include only tools with these methods: read, write, list, get, create, …"),
]
Tags: TypeAlias = Annotated[str, typer.Option(help="Include only tools with one of these tags.")]
Tools: TypeAlias = Annotated[
    str, typer.Option(help="Include these tools by name; without other filters, only these.")
]
ExcludeTools: TypeAlias = Annotated[str, typer.Option(help="Exclude these tools.")]
CatalogueName: TypeAlias = Annotated[
    Literal["core", "full"],
    typer.Option(help="Offer the usual tools, or one for every operation of Vapi's API."),
]
Confirm: TypeAlias = Annotated[
    Literal["none", "destructive", "spending", "all_writes"],
    typer.Option(help="The writes that need the user's consent."),
]
ConfirmBy: TypeAlias = Annotated[
    Literal["question", "code", "either"],
    typer.Option(help="How the user consents: by a question, by a code, or by either."),
]
PolicyFile: TypeAlias = Annotated[
    Path | None, typer.Option(help="A JSON file with the policy for writes.")
]
OnlyFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help=(
            "A JSON file with the assistants, phone numbers, squads or metadata that the server is "
            "kept to."
        ),
    ),
]
Exposure: TypeAlias = Annotated[
    Literal["all", "discovery"],
    typer.Option(help="List all tools, or only the three that find, describe and call them."),
]
NotesPlace: TypeAlias = Annotated[
    Literal["block", "inside", "none"],
    typer.Option(
        "--notes", help="Put notes on an answer in a block of text, in its JSON, or nowhere."
    ),
]
InlineMedia: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--inline-media/--no-inline-media",
        help="Allow recordings in an answer, or give links only.",
    ),
]
Sandbox: TypeAlias = Annotated[
    bool, typer.Option("--sandbox", help="Use a simulated Vapi: no account, no key, no cost.")
]
EnvFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--env-file",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Read settings and the key from this file too; by default no file is read.",
    ),
]
DataDir: TypeAlias = Annotated[
    Path | None, typer.Option(help="The directory of the database, its keys and the first token.")
]
DatabaseUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(help="A postgresql:// URL; needed for several replicas.", callback=_postgresql),
]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]
AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print JSON, as the admin API returns it.")
]


def scope_from(
    methods: str = "",
    tags: str = "",
    tools: str = "",
    exclude_tools: str = "",
    catalogue: Literal["core", "full"] = "core",
) -> Scope:
    """Return the scope of comma-separated options.

    Raises:
        UsageError: It would expose nothing, or names a tool that does not exist.
    """
    scope = scope_of(
        methods=methods.split(","),
        tags=tags.split(","),
        tools=tools.split(","),
        exclude_tools=exclude_tools.split(","),
        catalogue="full" if catalogue == "full" else None,
    )
    try:
        check_scope(scope, load_specs().tools)
    except ConfigurationError as error:
        raise UsageError(str(error)) from error
    return scope
