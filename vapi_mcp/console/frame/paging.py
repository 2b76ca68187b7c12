"""Pages of lists: the place in the URL, and the links to the pages before and after."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from vapi_mcp.accounts.pagination import Place, Window
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.errors import AdminError

PLACES = _AFTER, _BEFORE = ("after", "before")


def window_of(visit: Visit, limit: int) -> Window:
    """Return the part of a list that a URL asks for.

    Raises:
        AdminError: 400, the place in it is none.
    """
    after, before = visit.query.get(_AFTER), visit.query.get(_BEFORE)
    if after:
        return Window(limit, after=_place(after))
    return Window(limit, before=_place(before)) if before else Window(limit)


def next_path(visit: Visit, place: Place | None) -> str | None:
    """Return the link to the older records, with the filters of the page; None at the end."""
    return _path(visit, _AFTER, place)


def previous_path(visit: Visit, place: Place | None) -> str | None:
    """Return the link to the newer records, with the filters of the page; None at the start."""
    return _path(visit, _BEFORE, place)


def _path(visit: Visit, name: str, place: Place | None) -> str | None:
    if place is None:
        return None
    items = visit.request.query_params.multi_items()
    kept = [(key, value) for key, value in items if key not in (_AFTER, _BEFORE, "done")]
    moment = place.created_at.astimezone(UTC).isoformat()
    return "?" + urlencode([*kept, (name, f"{moment}~{place.id}")])


def _place(text: str) -> Place:
    moment, _, record_id = text.partition("~")
    try:
        created_at = datetime.fromisoformat(moment)
        if created_at.tzinfo is not None and record_id:
            return Place(created_at.astimezone(UTC), record_id)
    except (ValueError, OverflowError):
        pass
    raise AdminError("this link names no place in the list; go to its first page", status=400)
