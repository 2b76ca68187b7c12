"""`vapi-mcp server`: make, list, change and delete servers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import typer

from vapi_mcp.accounts.records import Server
from vapi_mcp.admin.admin import COMMAND_LINE, Administration
from vapi_mcp.admin.requests import NewServer, ServerChanges
from vapi_mcp.admin.serialisers import wire_server
from vapi_mcp.admin.validation_errors import validated
from vapi_mcp.cli.addresses import printed_url
from vapi_mcp.cli.admin import administers, print_list
from vapi_mcp.cli.commands.account import AccountId
from vapi_mcp.cli.dates import ahead
from vapi_mcp.cli.options import AsJson, Yes
from vapi_mcp.cli.policy_file import read_json_object, read_policy
from vapi_mcp.cli.questions import agree
from vapi_mcp.cli.tables import print_object
from vapi_mcp.settings import load_settings

app = typer.Typer()

ServerId: TypeAlias = Annotated[str, typer.Argument(help="The server's id.")]
_Expires: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--expires-in",
        "--expires-at",
        "--expires",
        help="When the server expires: 24h, 7d (from now), 2027-01-31T12:00:00Z or never.",
    ),
]
_PublicUrl: TypeAlias = Annotated[
    str | None, typer.Option(help="The base of the printed URL, as for `serve`.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureOptions:
    """What a server exposes and how, as options say it; None leaves things as they are."""

    methods: Annotated[
        str | None,
        typer.Option(
            help=(
                "Include only tools with these methods: read, write, list, get, …; '' removes this "
                "filter."
            )
        ),
    ] = None
    tags: Annotated[
        str | None,
        typer.Option(help="Include only tools with one of these tags; '' removes this filter."),
    ] = None
    tools: Annotated[
        str | None,
        typer.Option(
            help="Include these tools by name; without other filters, only these; '' for none."
        ),
    ] = None
    exclude_tools: Annotated[
        str | None,
        typer.Option(help="Exclude these tools, whatever else selects them; '' for none."),
    ] = None
    exposure: Annotated[
        Literal["all", "discovery"] | None,
        typer.Option(help="List all tools, or only the three that find, describe and call them."),
    ] = None
    structured_content: Annotated[
        bool | None,
        typer.Option(
            "--structured-content/--no-structured-content",
            help="Send answers as structured content too.",
        ),
    ] = None
    max_result_tokens: Annotated[
        int | None, typer.Option(help="The most tokens in one answer, 500 to 25000.")
    ] = None
    require_api_token: Annotated[
        bool | None,
        typer.Option(
            "--require-api-token/--no-require-api-token",
            help="Require an API token besides the URL.",
        ),
    ] = None

    confirm: Annotated[
        Literal["none", "destructive", "spending", "all_writes"] | None,
        typer.Option(help="The writes that need the user's consent."),
    ] = None
    policy: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A JSON file with the policy for writes; '' for none."),
    ] = None

    notes: Annotated[
        Literal["block", "inside", "none"] | None,
        typer.Option(help="Put notes on an answer in a block of text, in its JSON, or nowhere."),
    ] = None
    inline_media: Annotated[
        bool | None,
        typer.Option(
            "--inline-media/--no-inline-media",
            help="Allow recordings in an answer, or give links only.",
        ),
    ] = None
    confirm_by: Annotated[
        Literal["question", "code", "either"] | None,
        typer.Option(help="How the user consents: by a question, by a code, or by either."),
    ] = None

    catalogue: Annotated[
        Literal["core", "full"] | None,
        typer.Option(help="Offer the usual tools, or one for every operation of Vapi's API."),
    ] = None
    only: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help=(
                "A JSON file with the assistants, phone numbers, squads or metadata that the "
                "server is kept to; '' for the whole organisation."
            ),
        ),
    ] = None

    @property
    def config(self) -> dict[str, Any]:
        """The keys of a server's config that were given."""
        given = {
            "methods": _words(self.methods),
            "tags": _words(self.tags),
            "tools": _words(self.tools),
            "exclude_tools": _words(self.exclude_tools),
            "catalogue": self.catalogue,
            "tool_exposure": self.exposure,
            "structured_content": self.structured_content,
            "max_result_tokens": self.max_result_tokens,
            "confirm": self.confirm,
            "policy": _rules(self.policy),
            "notes": self.notes,
            "inline_media": self.inline_media,
            "confirm_by": self.confirm_by,
            "require_api_token_auth": self.require_api_token,
        }
        kept = {name: value for name, value in given.items() if value is not None}
        return kept if self.only is None else {**kept, "only": _objects(self.only)}


@app.command("create")
@administers
async def create(
    administration: Administration,
    account_id: AccountId,
    *,
    name: Annotated[str, typer.Option(help="The name of the server.")],
    exposed: ExposureOptions,
    expires: _Expires = None,
    public_url: _PublicUrl = None,
    as_json: AsJson = False,
) -> None:
    """Create a server and print its secret URL; it is shown only once."""
    expires_at = _expiry(expires) if expires else None
    given = {"name": name, "config": exposed.config, "expires_at": expires_at}
    request = validated(NewServer, given)
    server, token = await administration.servers.create(COMMAND_LINE, account_id, request)
    _print_opened(server, token, public_url, as_json=as_json)


@app.command("list")
@administers
async def list_servers(
    administration: Administration, account_id: AccountId, *, as_json: AsJson = False
) -> None:
    """List the unexpired servers of an account, newest first."""
    await print_list(
        lambda window: administration.servers.list(COMMAND_LINE, account_id, window),
        wire_server,
        columns=("id", "name", "expires_at", "last_used_at", "created_at"),
        as_json=as_json,
    )


@app.command("show")
@administers
async def show(
    administration: Administration,
    account_id: AccountId,
    server_id: ServerId,
    *,
    as_json: AsJson = False,
) -> None:
    """Show a server, without its URL."""
    server = await administration.servers.get(COMMAND_LINE, account_id, server_id)
    print_object(wire_server(server), as_json=as_json)


@app.command("update")
@administers
async def update(
    administration: Administration,
    account_id: AccountId,
    server_id: ServerId,
    *,
    name: Annotated[str | None, typer.Option(help="The new name of the server.")] = None,
    exposed: ExposureOptions,
    expires: _Expires = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Update a server, also for connected clients; its URL stays."""
    changes: dict[str, Any] = {"config": exposed.config} if exposed.config else {}
    if name is not None:
        changes["name"] = name
    if expires is not None:
        changes["expires_at"] = _expiry(expires)
    request = validated(ServerChanges, changes)
    if exposed.only == "":
        kept = await administration.servers.get(COMMAND_LINE, account_id, server_id)
        question = f"Open {kept.name!r} to the whole organisation?"
        agree(question, is_agreed=yes or kept.config.only is None)
    server = await administration.servers.update(COMMAND_LINE, account_id, server_id, request)
    print_object(wire_server(server), as_json=as_json)


@app.command("rotate")
@administers
async def rotate(
    administration: Administration,
    account_id: AccountId,
    server_id: ServerId,
    *,
    keep_links: Annotated[
        bool,
        typer.Option("--keep-links", help="Keep the server's media links valid until they expire."),
    ] = False,
    public_url: _PublicUrl = None,
    as_json: AsJson = False,
) -> None:
    """Replace the secret URL of a server and print it once; the old URL stops working at once."""
    server, token = await administration.servers.rotate(
        COMMAND_LINE, account_id, server_id, keep_links=keep_links
    )
    _print_opened(server, token, public_url, as_json=as_json)


@app.command("delete")
@administers
async def delete(
    administration: Administration, account_id: AccountId, server_id: ServerId, *, yes: Yes = False
) -> None:
    """Delete a server; its URL stops working at once."""
    server = await administration.servers.get(COMMAND_LINE, account_id, server_id)
    agree(f"Delete the server {server.name!r}? Its URL stops working.", is_agreed=yes)
    await administration.servers.delete(COMMAND_LINE, account_id, server_id)


def _words(text: str | None) -> list[str] | None:
    return text if text is None else [word.strip() for word in text.split(",") if word.strip()]


def _rules(text: str | None) -> dict[str, Any] | None:
    """Return the rules of a policy file; those of no file are none."""
    if text is None:
        return None
    return read_policy(Path(text)) if text else {}


def _objects(text: str) -> dict[str, Any] | None:
    """Return the objects of a file; no file is the whole organisation."""
    return read_json_object(Path(text), "docs/clients-of-an-agency.md") if text else None


def _expiry(text: str) -> datetime | None:
    return None if text == "never" else ahead(text)


def _print_opened(server: Server, token: str, public_url: str | None, *, as_json: bool) -> None:
    settings = load_settings(public_url=public_url)
    base = printed_url(settings, settings.port)
    secret = {"token": token, "url": f"{base}/mcp/{token}", "sse_url": f"{base}/sse/{token}"}
    print_object(wire_server(server) | secret, as_json=as_json)
