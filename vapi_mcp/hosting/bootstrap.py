"""The preparation of a hosted server's store before the first request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import NAMESPACE_URL, uuid5

from starlette.applications import Starlette

from vapi_mcp.accounts.records import Account, Server, ServerConfig, Upstreams
from vapi_mcp.hosting.application import build_application
from vapi_mcp.hosting.composition import compose
from vapi_mcp.hosting.data.key_rotation import InstalledKeys
from vapi_mcp.hosting.data.storage import key_ring
from vapi_mcp.hosting.processes.worker_ipc import WorkerPeers
from vapi_mcp.http.app import create_app
from vapi_mcp.security.tokens import token_hash
from vapi_mcp.settings import Settings
from vapi_mcp.store.sql.sql_store import SqlStore

# How long after its start a server loads what sends requests, if none came before.
_QUIET_SECONDS = 3.0

# The server that `serve` makes from the environment is the same one at every start.
_ENVIRONMENT = str(uuid5(NAMESPACE_URL, "vapi-mcp:environment"))


@dataclass(frozen=True, slots=True)
class ServePlan:
    """The plan of a serving process; it can be pickled."""

    settings: Settings
    upstreams: Upstreams


def hosted_app(place: ServePlan, peers: WorkerPeers | None = None) -> Starlette:
    """Return the whole HTTP application over the store of the settings.

    peers: the other processes that serve this place.

    Raises:
        ConfigurationError: The keys or the specs cannot be used.
    """
    application, upstream = build_application(place.settings)
    ring = key_ring(place.settings)
    store = SqlStore(place.settings.database, ring)
    held = (store.opened(), upstream, upstream.loading(after=_QUIET_SECONDS))
    parts = compose(
        application,
        store=store,
        ring=ring,
        upstreams=place.upstreams,
        held=held,
        peers=peers,
        rotation=InstalledKeys(place.settings, ring, store),
    )
    return create_app(parts)


async def keep_environment_server(
    store: SqlStore, account: Account | None, config: ServerConfig, token: str
) -> None:
    """Keep one server for the account of the environment; without one, none of an earlier start.

    Its media links are good as long as starts are given the same token.
    """
    if account is None:
        await store.delete_account(_ENVIRONMENT)
        return
    account = replace(account, id=_ENVIRONMENT)
    if await store.update_account(_ENVIRONMENT, lambda _: account) is None:
        await store.add_account(account)
    digest = token_hash(token)
    epoch = int(digest[:7], 16)
    server = Server(_ENVIRONMENT, "default", _ENVIRONMENT, config=config, links_epoch=epoch)
    if await store.update_server(_ENVIRONMENT, _ENVIRONMENT, lambda _: server) is None:
        await store.add_server(server, digest)
    else:
        now = server.updated_at
        await store.replace_token(_ENVIRONMENT, _ENVIRONMENT, digest, now, keep_links=True)
