"""`vapi-mcp stdio`: one account over standard input and output."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Container
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.accounts.records import Account, Grant, Server, ServerConfig
from vapi_mcp.audit.ports import AuditLog
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.cli.options import (
    CatalogueName,
    Confirm,
    ConfirmBy,
    EnvFile,
    ExcludeTools,
    Exposure,
    InlineMedia,
    Methods,
    NotesPlace,
    OnlyFile,
    PolicyFile,
    Sandbox,
    Tags,
    Tools,
    scope_from,
)
from vapi_mcp.cli.policy_file import read_json_object, read_policy
from vapi_mcp.cli.usage import UsageError
from vapi_mcp.errors import AdminError
from vapi_mcp.hosting.application import Application, running
from vapi_mcp.hosting.data.local_store import LocalStore
from vapi_mcp.hosting.environment import local_account, marked, not_at_vapi
from vapi_mcp.hosting.logging import configure_logs, warn_of_unknown_settings
from vapi_mcp.hosting.memory import giving_back, settle_memory
from vapi_mcp.hosting.tracing import is_traced
from vapi_mcp.invocation.belonging.ports import OpenOwned
from vapi_mcp.invocation.writes.idempotency import OpenRecords
from vapi_mcp.invocation.writes.write import digest
from vapi_mcp.protocol.stdio.lane import Lane
from vapi_mcp.protocol.stdio.serving import run_stdio
from vapi_mcp.protocol.stdio.traffic import Fast
from vapi_mcp.settings import Settings, load_settings
from vapi_mcp.store.memory.memory_store import MemoryStore

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server as McpServer

    from vapi_mcp.hosting.local_calls import LocalCalls
    from vapi_mcp.invocation.writes.undo.change import OpenChanges
    from vapi_mcp.protocol.json_rpc import MessageId
    from vapi_mcp.protocol.stdio.calls import PipeCalls

logger = logging.getLogger(__name__)


def stdio(
    *,
    sandbox: Sandbox = False,
    methods: Methods = "",
    tags: Tags = "",
    tools: Tools = "",
    exclude_tools: ExcludeTools = "",
    catalogue: CatalogueName = "core",
    exposure: Exposure = "all",
    confirm: Confirm = "none",
    confirm_by: ConfirmBy = "either",
    policy: PolicyFile = None,
    only: OnlyFile = None,
    notes: NotesPlace = "block",
    inline_media: InlineMedia = True,
    env_file: EnvFile = None,
) -> None:
    """Serve one account over standard input and output, for Claude Desktop, Cursor and others.

    The key comes from VAPI_API_KEY (or VAPI_TOKEN), the base URL from VAPI_BASE_URL: from the
    environment, or from the file that --env-file names. .env is read only if --env-file names it.
    """
    settings = load_settings(env_file=env_file)
    configure_logs(settings)
    warn_of_unknown_settings()
    scope = scope_from(methods, tags, tools, exclude_tools, catalogue)
    config = ServerConfig(
        tool_exposure=exposure,
        confirm=confirm,
        confirm_by=confirm_by,
        policy=policy and _policy_in(policy),
        only=only and _only_in(only),
        notes=notes,
        inline_media=inline_media,
    ).scoped(scope)
    with local_account(settings, sandbox=sandbox, env_file=env_file) as account:
        if not sandbox and (elsewhere := not_at_vapi(account)):
            logger.warning(elsewhere)
        asyncio.run(_serve(settings, marked(account), config, sandbox=sandbox))


async def _serve(
    settings: Settings, account: Account, config: ServerConfig, *, sandbox: bool
) -> None:
    grant = Grant(account, Server(_id_of(config.only), "stdio", account.id, config=config))
    async with (
        giving_back(),
        running(settings, local_files=True) as application,
        _kept(application, sandbox=sandbox) as kept,
    ):

        @cache
        def shared() -> LocalCalls:
            return application.local_calls(
                grant, kept.open_records, kept.audit_writer, kept.open_changes, kept.open_owned
            )

        def load_calls() -> PipeCalls:
            calls = shared().pipe()
            settle_memory()
            return calls

        def load_server(recorded: Container[MessageId]) -> McpServer[Any]:
            server = application.local_server(shared(), recorded)
            settle_memory()
            return server

        fast = None if is_traced() else Fast(Lane(application.registry, grant), load_calls)
        await run_stdio(load_server, fast)


def _id_of(only: Only | None) -> str:
    """Return the id of the local server: one for each client in the same data directory."""
    return f"stdio-{digest(orjson.dumps(only.as_json).decode())[:12]}" if only else "stdio"


@dataclass(frozen=True, slots=True)
class _Kept:
    open_records: OpenRecords
    open_changes: OpenChanges
    open_owned: OpenOwned
    audit_writer: AuditWriter


@asynccontextmanager
async def _kept(application: Application, *, sandbox: bool) -> AsyncGenerator[_Kept]:
    """Yield where keys, codes, changes and the audit log are kept.

    What a simulated Vapi was asked is forgotten with it.
    """
    async with AsyncExitStack() as stack:
        if sandbox:
            memory = MemoryStore()
            log: AuditLog = memory

            async def opened() -> MemoryStore:
                return memory

            open_records: OpenRecords = opened
            open_changes: OpenChanges = opened
            open_owned: OpenOwned = opened
        else:
            store = await stack.enter_async_context(LocalStore(application.settings).closing())
            log, open_records, open_changes = store, store.records, store.changes
            open_owned = store.owned
        audit_writer = application.audit_writer(log)
        await stack.enter_async_context(audit_writer.running())
        yield _Kept(open_records, open_changes, open_owned, audit_writer)


def _policy_in(path: Path) -> Policy:
    """Return the policy of a file.

    Raises:
        UsageError: It cannot be read, or a rule is wrong.
    """
    words = read_policy(path)
    # Checking it takes a library that is slow to load, and most have no policy.
    from vapi_mcp.admin.requests import PolicyWords  # noqa: PLC0415 - loaded when it is used
    from vapi_mcp.admin.validation_errors import validated  # noqa: PLC0415 - loaded when it is used

    try:
        rules = validated(PolicyWords, words)
    except AdminError as error:
        raise UsageError(f"{path}: {error.message}") from error
    return Policy(**rules.model_dump(by_alias=True, exclude_none=True))


def _only_in(path: Path) -> Only:
    """Return the objects of a file that a server is kept to.

    Raises:
        UsageError: It cannot be read, or a value is wrong.
    """
    words = read_json_object(path, "docs/clients-of-an-agency.md")
    from vapi_mcp.accounts.only_words import OnlyWords  # noqa: PLC0415 - slow, and seldom used
    from vapi_mcp.admin.validation_errors import validated  # noqa: PLC0415 - loaded when it is used

    try:
        return validated(OnlyWords, words).record
    except AdminError as error:
        raise UsageError(f"{path}: {error.message}") from error
