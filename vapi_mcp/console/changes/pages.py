"""The changes: what tools updated and deleted at Vapi, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus

from starlette.responses import RedirectResponse, Response

from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.accounts.records import Server
from vapi_mcp.console.changes.differences import differences_of, text_of
from vapi_mcp.console.changes.filters import filter_of
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.paging import next_path, previous_path, window_of
from vapi_mcp.console.frame.url_filter import UrlFilter
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.errors import AdminError, RestoreNeedsForce
from vapi_mcp.invocation.writes.undo.change import PREFIX, ChangeFilter, ObjectChange
from vapi_mcp.invocation.writes.undo.referrers import Referrer

_AT_ONCE = 50
_CHOICES = 100
# What a page shows of a large change; browsers take more, people do not.
_MOST_LINES = 200
_MOST_TEXT = 20_000


async def changes(console: Console, visit: Visit) -> Response:
    """Show the newest changes that the filter wants."""
    asked = filter_of(visit)
    if "" in visit.query.values():
        # A form sends its empty fields too; the URL is for people.
        return RedirectResponse(visit.pages.at("/changes") + asked.query, 303)
    page = await _found(console, visit, asked)
    accounts = await console.administration.accounts.list(visit.actor, Window(_CHOICES))
    return visit.page(
        "changes/changes.html",
        asked=asked,
        changes=page.items,
        accounts={each.id: each.name for each in accounts.items},
        servers=await _servers(console, visit, asked.wanted.account_id),
        days=console.settings.changes_days,
        previous=previous_path(visit, page.previous),
        next=next_path(visit, page.next),
    )


async def change_page(console: Console, visit: Visit) -> Response:
    """Show one change: who made it, what differs, and how to take it back."""
    found = await console.administration.changes.get(visit.actor, visit.ids["change"])
    return await _shown(console, visit, found)


async def restore(console: Console, visit: Visit) -> Response:
    """Take a change back; a refusal is shown beside it."""
    use_cases, force = console.administration.changes, "force" in visit.form
    found = await use_cases.get(visit.actor, visit.ids["change"])
    try:
        await use_cases.restore(visit.actor, found.id, force=force)
    except RestoreNeedsForce as error:
        return await _shown(console, visit, found, error, error.why)
    except AdminError as error:
        return await _shown(console, visit, found, error)
    return visit.see(f"/changes/{found.id}", done="change-restored")


async def referrers(console: Console, visit: Visit) -> Response:
    """Show who names an object that was deleted: a part of the page, since Vapi is asked."""
    use_cases = console.administration.changes
    change = await use_cases.get(visit.actor, visit.ids["change"])
    found: tuple[Referrer, ...] = ()
    problem = ""
    try:
        found = await use_cases.referrers(visit.actor, change)
    except AdminError as error:
        problem = str(error)
    return visit.page("changes/referrers.html", referrers=found, problem=problem)


async def _shown(
    console: Console,
    visit: Visit,
    change: ObjectChange,
    refusal: AdminError | None = None,
    why: str = "",
) -> Response:
    """Show a change. refusal: of its restore. why: its reason, where `force` would do it."""
    use_cases = console.administration.changes
    states = use_cases.states(change)
    before, after = states["before"], states["after"]
    return visit.page(
        "changes/change.html",
        status=refusal.status if refusal else HTTPStatus.OK,
        change=change,
        name=_name_of(before) or _name_of(after) or change.object_id,
        differences=differences_of(states["diff"]),
        before=text_of(before) if before is not None else "",
        after=text_of(after) if after is not None else "",
        account=await _account_name(console, visit, change),
        server=await _server(console, visit, change),
        entry=await use_cases.entry_of(change),
        undoing=await _undoing(console, visit, change),
        obstacle=use_cases.obstacle(change),
        problem=str(refusal) if refusal else "",
        why=why,
        most_lines=_MOST_LINES,
        most_text=_MOST_TEXT,
    )


async def _found(
    console: Console, visit: Visit, asked: UrlFilter[ChangeFilter]
) -> Page[ObjectChange]:
    if asked.problem:
        return Page(())
    window = window_of(visit, _AT_ONCE)
    return await console.administration.changes.list(visit.actor, asked.wanted, window)


async def _servers(console: Console, visit: Visit, account_id: str | None) -> Sequence[Server]:
    """Return the servers to choose from: those of the chosen account, if it is there."""
    if account_id is None:
        return ()
    with suppress(AdminError):
        servers = console.administration.servers
        return (await servers.list(visit.actor, account_id, Window(_CHOICES))).items
    return ()


async def _account_name(console: Console, visit: Visit, change: ObjectChange) -> str | None:
    """Return the name of a change's account; None where it is not here: it was made over stdio."""
    with suppress(AdminError):
        return (await console.administration.accounts.get(visit.actor, change.account_id)).name
    return None


async def _server(console: Console, visit: Visit, change: ObjectChange) -> Server | None:
    with suppress(AdminError):
        servers = console.administration.servers
        return await servers.get(visit.actor, change.account_id, change.server_id)
    return None


async def _undoing(console: Console, visit: Visit, change: ObjectChange) -> ObjectChange | None:
    """Return the change that took this one back, if it did and is still there."""
    if change.restored_by and change.restored_by.startswith(PREFIX):
        with suppress(AdminError):
            return await console.administration.changes.get(visit.actor, change.restored_by)
    return None


def _name_of(state: object) -> str:
    name = state.get("name") if isinstance(state, dict) else None
    return name if isinstance(name, str) else ""
