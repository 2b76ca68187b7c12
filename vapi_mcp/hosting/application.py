"""The parts of this product, wired to each other; every command takes its own from here."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Container
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from vapi_mcp.accounts.records import Grant, Upstreams
from vapi_mcp.audit.ports import AuditLog
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.writes.records import OpenRecords
from vapi_mcp.registry.registry import Registry, build_registry
from vapi_mcp.settings import Settings
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.tools.loader import load_specs
from vapi_mcp.upstream.late import LateUpstream

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server as McpServer

    from vapi_mcp.admin.access.keys import KeyRotation
    from vapi_mcp.admin.admin import Administration
    from vapi_mcp.admin.key_check import KeyCheck
    from vapi_mcp.admin.ports import Store
    from vapi_mcp.audit.entry import LogEntry
    from vapi_mcp.hosting.local_calls import LocalCalls
    from vapi_mcp.invocation.artifacts.links import MediaLinks
    from vapi_mcp.invocation.belonging.ports import OpenOwned
    from vapi_mcp.invocation.invoker import Invoker
    from vapi_mcp.invocation.writes.undo.change import OpenChanges
    from vapi_mcp.invocation.writes.undo.restore_request import RestoreRequests
    from vapi_mcp.invocation.writes.undo.restorer import Restorer
    from vapi_mcp.protocol.audit import AuditTrail
    from vapi_mcp.protocol.client_identity import ClientNames
    from vapi_mcp.protocol.json_rpc import MessageId
    from vapi_mcp.protocol.request_record import RequestRecord
    from vapi_mcp.security.credential import Credential
    from vapi_mcp.security.keyring import KeyRing


@dataclass(frozen=True, slots=True)
class Application:
    """What all commands share; a method makes the parts that only some of them take.

    A method imports what it makes: a client that starts this process waits for the list of tools,
    and a person for a command.
    """

    settings: Settings
    registry: Registry
    upstream: Upstream

    def invoker(
        self,
        open_records: OpenRecords | None = None,
        links: MediaLinks | None = None,
        open_changes: OpenChanges | None = None,
    ) -> Invoker:
        """Return the pipeline of tools, with records for its keys, limits, codes and changes."""
        from vapi_mcp.invocation.invoker import Invoker  # noqa: PLC0415 - loaded when it is used
        from vapi_mcp.invocation.writes.pipeline import WritePipeline, no_records  # noqa: PLC0415 - loaded when it is used
        from vapi_mcp.invocation.writes.undo.keeper import ChangeKeeper  # noqa: PLC0415 - loaded when it is used

        days = self.settings.changes_days
        keeper = ChangeKeeper(open_changes, days) if open_changes and days else None
        writes = WritePipeline(self.registry, open_records or no_records, keeper=keeper)
        invoker = Invoker(self.upstream, self.registry, writes, links)
        if open_changes and days:
            invoker.restores = self._restores(invoker, open_changes)
        return invoker

    def _restores(self, invoker: Invoker, open_changes: OpenChanges) -> RestoreRequests:
        from vapi_mcp.invocation.writes.undo.reader import ChangeReader  # noqa: PLC0415 - loaded when it is used
        from vapi_mcp.invocation.writes.undo.restore_request import RestoreRequests  # noqa: PLC0415 - loaded when it is used
        from vapi_mcp.invocation.writes.undo.restorer import Restorer  # noqa: PLC0415 - loaded when it is used

        restorer = Restorer(self.registry, invoker, self.upstream, open_changes)
        return RestoreRequests(ChangeReader(open_changes, self.registry), restorer)

    def audit_writer(
        self, log: AuditLog, *, on_loss: Callable[[int], None] | None = None
    ) -> AuditWriter:
        """Return the writer of an audit log."""
        return AuditWriter(log, keep_days=self.settings.audit_days, on_loss=on_loss)

    def audit_trail(
        self,
        audit_writer: AuditWriter,
        on_finished: Callable[[LogEntry, RequestRecord], None] | None = None,
    ) -> AuditTrail:
        """Return what records MCP requests."""
        from vapi_mcp.protocol.audit import AuditTrail  # noqa: PLC0415 - loaded when it is used

        return AuditTrail(audit_writer, self.registry, on_finished=on_finished)

    def client_names(self, secret: Credential | KeyRing) -> ClientNames:
        """Return what knows clients by their session ids, which a secret seals."""
        from vapi_mcp.protocol.client_identity import ClientNames  # noqa: PLC0415 - loaded when it is used
        from vapi_mcp.security.signing import Signer  # noqa: PLC0415 - loaded when it is used

        return ClientNames(Signer(secret, "client"))

    def key_check(self, upstreams: Upstreams, upstream: Upstream | None = None) -> KeyCheck:
        """Return what tries a key at Vapi; upstream: the way its requests take."""
        from vapi_mcp.upstream.key_check import UpstreamKeyCheck  # noqa: PLC0415 - loaded when it is used

        return UpstreamKeyCheck(upstream or self.upstream, upstreams)

    def administration(
        self,
        store: Store,
        audit_writer: AuditWriter,
        *,
        upstreams: Upstreams,
        check_key: KeyCheck | None = None,
        upstream: Upstream | None = None,
        rotation: KeyRotation | None = None,
    ) -> Administration:
        """Return the use cases of an administrator over a store."""
        from vapi_mcp.hosting.administration import administration_of  # noqa: PLC0415 - loaded when it is used

        return administration_of(
            store,
            audit_writer,
            settings=self.settings,
            registry=self.registry,
            check_key=check_key or self.key_check(upstreams),
            sender=upstream or self.upstream,
            upstreams=upstreams,
            rotation=rotation,
            open_restorer=cache(partial(self.restorer, store)),
        )

    def restorer(self, store: Store) -> Restorer:
        """Return what takes changes back that a store keeps."""
        from vapi_mcp.invocation.writes.undo.restorer import Restorer  # noqa: PLC0415 - loaded when it is used

        async def opened() -> Store:
            return store

        invoker = self.invoker(opened, open_changes=opened)
        return Restorer(self.registry, invoker, self.upstream, opened)

    def local_calls(
        self,
        grant: Grant,
        open_records: OpenRecords,
        audit_writer: AuditWriter,
        open_changes: OpenChanges | None = None,
        open_owned: OpenOwned | None = None,
    ) -> LocalCalls:
        """Return what runs and records the calls of a client's own process.

        open_owned: where it is kept what a server made that is kept to one client; without it
        memory holds that.
        """
        from vapi_mcp.accounts.rate_limits import Limits  # noqa: PLC0415 - loaded when it is used
        from vapi_mcp.hosting.local_calls import LocalCalls  # noqa: PLC0415 - loaded when it is used
        from vapi_mcp.protocol.apps.view_data import ViewData  # noqa: PLC0415 - loaded when it is used

        shared = replace(self, upstream=self._kept(open_owned))
        invoker = shared.invoker(open_records, open_changes=open_changes)
        trail = self.audit_trail(audit_writer)
        view_data = ViewData(self.registry, shared.upstream)
        kept = open_changes if self.settings.changes_days else None
        return LocalCalls(grant, self.registry, invoker, Limits(), trail, view_data, kept)

    def _kept(self, open_owned: OpenOwned | None) -> Upstream:
        from vapi_mcp.invocation.belonging.upstream import BelongingUpstream  # noqa: PLC0415 - loaded when it is used
        from vapi_mcp.store.memory.owned_objects import remembered  # noqa: PLC0415 - loaded when it is used

        return BelongingUpstream(
            self.upstream, self.registry.tools.values(), open_owned or remembered()
        )

    def local_server(self, shared: LocalCalls, recorded: Container[MessageId]) -> McpServer[Any]:
        """Return the SDK's server over such calls, which takes longer to load than they do."""
        from vapi_mcp.hosting.local_server import server_over  # noqa: PLC0415 - loaded when it is used

        names = self.client_names(shared.grant.account.credential)
        return server_over(shared, names, recorded)


def build_application(
    settings: Settings, *, local_files: bool = False
) -> tuple[Application, LateUpstream]:
    """Load the specs and prepare all parts, and the client of Vapi; nothing is sent yet.

    Raises:
        SpecError: The installation's specs are broken.
    """
    facts, specs = load_facts(), load_specs()
    upstream = LateUpstream(
        max_answer_bytes=settings.max_answer_bytes, allow_private=settings.allow_private_upstream
    )
    registry = build_registry(specs.tools, facts, synonyms=specs.synonyms, local_files=local_files)
    return Application(settings, registry, upstream), upstream


@asynccontextmanager
async def running(settings: Settings, *, local_files: bool = False) -> AsyncGenerator[Application]:
    """Yield an application and close its connections afterwards."""
    application, upstream = build_application(settings, local_files=local_files)
    async with upstream:
        yield application
