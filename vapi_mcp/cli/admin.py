"""The admin use cases for commands, on the store of a running service."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from dataclasses import fields, is_dataclass, replace
from functools import wraps
from typing import Any, TypeAlias

import typer

from vapi_mcp.accounts.pagination import Page, Record, Window
from vapi_mcp.accounts.records import ApiToken, Upstreams
from vapi_mcp.admin.admin import COMMAND_LINE, Administration
from vapi_mcp.cli.options import DatabaseUrl, DataDir
from vapi_mcp.cli.tables import print_rows
from vapi_mcp.hosting.application import running
from vapi_mcp.hosting.data.storage import named_store, opened_store
from vapi_mcp.hosting.logging import configure_logs, warn_of_unknown_settings
from vapi_mcp.settings import Settings, load_settings

Work: TypeAlias = Callable[..., Coroutine[Any, Any, None]]

_AT_ONCE = 100


@asynccontextmanager
async def opened_administration(
    settings: Settings, *, may_make: bool = True
) -> AsyncGenerator[Administration]:
    """Yield what an administrator can do with the store of the settings.

    may_make: whether a store that is not there yet is made.

    Raises:
        ConfigurationError: The database or its keys cannot be used.
    """
    upstreams = Upstreams(settings.upstream_base_url)
    async with opened_store(settings, may_make=may_make) as store, running(settings) as application:
        writer = application.audit_writer(store)
        yield application.administration(store, writer, upstreams=upstreams)


def administers(work: Work) -> Callable[..., None]:
    """Make a command of a coroutine function: it gets the administration first.

    The command has the options that say which store, besides those of the function, and needs one
    that is there. A parameter that is a dataclass stands for one option a field.
    """
    return _command(work, may_make=False)


def begins(work: Work) -> Callable[..., None]:
    """Make a command as `administers` does, one that may be the first of an installation."""
    return _command(work, may_make=True)


def _command(work: Work, *, may_make: bool) -> Callable[..., None]:
    _, *asked = inspect.signature(work, eval_str=True).parameters.values()
    records = {each.name: kind for each in asked if (kind := _record(each))}

    def command(
        *, data_dir: DataDir = None, database_url: DatabaseUrl = None, **given: Any
    ) -> None:
        settings = load_settings(data_dir=data_dir, database_url=database_url)
        configure_logs(settings)
        warn_of_unknown_settings()
        for name, kind in records.items():
            given[name] = kind(**{field.name: given.pop(field.name) for field in fields(kind)})
        asyncio.run(_done(work, settings, given, may_make=may_make))

    *stored, _ = inspect.signature(command, eval_str=True).parameters.values()
    options = [option for each in (*asked, *stored) for option in _options(each)]
    made: Any = wraps(work)(command)
    made.__signature__ = inspect.Signature(options)
    made.__annotations__ = {option.name: option.annotation for option in options}
    return made


def _options(parameter: inspect.Parameter) -> list[inspect.Parameter]:
    """Return what a parameter is on the command line."""
    if (kind := _record(parameter)) is None:
        return [parameter]
    found = inspect.signature(kind, eval_str=True).parameters.values()
    return [option.replace(kind=inspect.Parameter.KEYWORD_ONLY) for option in found]


def _record(parameter: inspect.Parameter) -> Any:
    """Return the dataclass a parameter takes, None where it takes something else."""
    kind: Any = parameter.annotation
    return kind if is_dataclass(kind) else None


async def _done(work: Work, settings: Settings, given: dict[str, Any], *, may_make: bool) -> None:
    async with opened_administration(settings, may_make=may_make) as administration:
        typer.echo(f"store: {named_store(settings)}", err=True)
        await work(administration, **given)


def actor_for(tenant: str | None) -> ApiToken:
    """Return the command line as an actor, one that sees a tenant's things only if one is named."""
    return replace(COMMAND_LINE, tenant_id=tenant)


async def print_list(
    read: Callable[[Window], Awaitable[Page[Record]]],
    wire: Callable[[Record], Mapping[str, Any]],
    *,
    columns: Sequence[str],
    as_json: bool,
) -> None:
    """Print every record of a list: these columns of it, or all of it as JSON."""
    print_rows([wire(record) async for record in _every(read)], columns, as_json=as_json)


async def _every(read: Callable[[Window], Awaitable[Page[Record]]]) -> AsyncIterator[Record]:
    """Yield every record of a list, page by page."""
    page = await read(Window(_AT_ONCE))
    while True:
        for record in page.items:
            yield record
        if page.next is None:
            return
        page = await read(Window(_AT_ONCE, after=page.next))
