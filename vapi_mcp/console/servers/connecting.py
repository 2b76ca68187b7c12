"""What somebody needs to connect a client to a URL that is shown once, and whether it worked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import segno
from starlette.responses import Response

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Server
from vapi_mcp.audit.entry import LogEntry, LogFilter
from vapi_mcp.clients.instructions import (
    SECOND_TO_COME,
    Instruction,
    NoHeaders,
    connected,
    instructions,
    signing_in,
)
from vapi_mcp.clients.table import CLIENTS
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.errors import AdminError

_LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class ClientTab:
    """What to do in one client; file, config: where the config goes, and the config itself.

    refusal: why the client cannot open this server, empty where it can.
    """

    key: str
    title: str
    file: str | None = None
    config: str = ""
    told: tuple[Instruction, ...] = ()
    refusal: str = ""


def connection_page(console: Console, visit: Visit, server: Server, token: str) -> Response:
    """Show a server's URL this once, with all that is needed to connect."""
    base = console.settings.public_url or _origin(visit)
    signs_in = console.settings.oauth == "on"
    url = f"{base}/mcp/{token}"
    response = visit.page(
        "servers/connect.html",
        server=server,
        url=url,
        picture=segno.make(url, error="m").svg_data_uri(
            scale=4, border=3, dark="#000", light="#fff"
        ),
        signs_in=signs_in,
        tabs=list(_tabs(url, guarded=server.config.require_api_token_auth, signs_in=signs_in)),
        since=utc_now().isoformat(),
        state=None,
    )
    # Neither a cache nor a way back shows the URL again.
    response.headers["Cache-Control"] = "no-store"
    return response


async def waiting(console: Console, visit: Visit) -> Response:
    """Answer the line that waits for the first request."""
    account_id, server_id = visit.ids["account"], visit.ids["server"]
    server = await console.administration.servers.get(visit.actor, account_id, server_id)
    wanted = LogFilter(server_id=server_id, since=_since(visit), log_type="mcp")
    page = await console.administration.log.list(visit.actor, wanted, Window(_LOOKED_AT))
    state = _state(console, server, page.items)
    return visit.page("servers/waiting.html", state=state)


@dataclass(frozen=True, slots=True)
class Connection:
    """The first request of a client; name: the client's own, with its version."""

    name: str
    tools: int


def _state(console: Console, server: Server, entries: tuple[LogEntry, ...]) -> Connection | None:
    """Return the first request, rather one whose client gives its name."""
    named = [each for each in entries if each.client_name]
    first = (named or list(entries))[-1:]
    tools = len(console.registry.in_scope(server.scope))
    return next((Connection(_name(each), tools) for each in first), None)


def _name(entry: LogEntry) -> str:
    return " ".join(filter(None, (entry.client_name, entry.client_version))) or "A client"


def _since(visit: Visit) -> datetime:
    try:
        return datetime.fromisoformat(visit.query.get("since", "")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise AdminError("this link names no moment; open the server's page", status=400) from None


def _tabs(url: str, *, guarded: bool, signs_in: bool) -> Iterator[ClientTab]:
    second = SECOND_TO_COME if guarded else None
    for key, known in CLIENTS.items():
        way = signing_in(known, url, second) if signs_in else (known, url, second)
        client, given, also = way
        tab = ClientTab(key, client.title, client.file)
        try:
            config = connected(client, given, also)
        except NoHeaders as error:
            yield replace(tab, file=None, refusal=f"{error}.")
            continue
        yield replace(
            tab,
            config=client.shown(config) if client.file else "",
            told=tuple(instructions(client, given, config, also)),
        )


def _origin(visit: Visit) -> str:
    return f"{visit.request.url.scheme}://{visit.request.url.netloc}"
