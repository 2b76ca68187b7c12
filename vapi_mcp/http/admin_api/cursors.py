"""Signed cursors of the admin API's lists."""

from __future__ import annotations

import orjson

from vapi_mcp.accounts.pagination import Place, Window
from vapi_mcp.admin.validation_errors import failed
from vapi_mcp.rfc3339 import read_moment
from vapi_mcp.security.keyring import KeyRing
from vapi_mcp.security.signing import Signer


class Cursors:
    """Signed places in the lists of the admin API.

    A cursor opens in the context it was made in: the same list, filters and tenant.
    """

    def __init__(self, ring: KeyRing) -> None:
        self._signer = Signer(ring, "admin cursor")

    def after(self, place: Place | None, context: str) -> str | None:
        """Return the cursor of the page that begins after a place."""
        return self._signed("after", place, context)

    def before(self, place: Place | None, context: str) -> str | None:
        """Return the cursor of the page that ends before a place."""
        return self._signed("before", place, context)

    def window(self, cursor: str | None, limit: int, context: str) -> Window:
        """Return the window a cursor stands for; None is the start.

        Raises:
            AdminError: 400, it was not made here, or for another list.
        """
        if cursor is None:
            return Window(limit)
        payload = self._signer.open(cursor, context)
        if payload is None:
            raise failed(
                "next_cursor",
                "this cursor does not belong to this list; repeat the request that returned "
                "it with the same path and filters, or start without a cursor",
            )
        direction, moment, record_id = orjson.loads(payload)
        place = Place(read_moment(moment), record_id)
        return Window(limit, **{direction: place})

    def _signed(self, direction: str, place: Place | None, context: str) -> str | None:
        if place is None:
            return None
        payload = orjson.dumps([direction, place.created_at, place.id])
        return self._signer.sign(payload, context)
