"""What belongs to one client, read from Vapi and from what was remembered, once for a call."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.only import KeptTo
from vapi_mcp.errors import ConfigurationError, StoreError, ToolError
from vapi_mcp.invocation.belonging.estate import Estate
from vapi_mcp.invocation.belonging.kinds import KNOWN, PATHS
from vapi_mcp.invocation.belonging.ports import OpenOwned, Reference
from vapi_mcp.invocation.belonging.reading import PATIENCE, ListWalk, Send
from vapi_mcp.invocation.belonging.responses import item_of
from vapi_mcp.invocation.explaining import explaining
from vapi_mcp.invocation.messages import UpstreamRequest


class EstateReader:
    """Reads what belongs to a client, and remembers what it makes."""

    def __init__(self, send: Send, open_owned: OpenOwned, account_id: str, kept_to: KeptTo) -> None:
        self._send = send
        self._open = open_owned
        self._account_id = account_id
        self._kept_to = kept_to
        self._lock = asyncio.Lock()
        self._estate: Estate | None = None

    async def known(self) -> Estate:
        """Return what belongs; it is read once.

        Raises:
            Refused: Vapi refused a list.
            ToolError: The store or Vapi failed.
        """
        async with self._lock:
            if self._estate is None:
                made = await self._made()
                lists = await asyncio.gather(*map(self._all, KNOWN))
                everything = dict(zip(KNOWN, lists, strict=True))
                self._estate = Estate(self._kept_to.only, made, everything)
            return self._estate

    async def keep(self, made: frozenset[Reference]) -> None:
        """Remember what was made."""
        if not made:
            return
        # It may be used in this very call.
        self._estate = None
        with explaining("what a client made"):
            owned = await self._open()
            await owned.add_owned(self._account_id, self._kept_to.owner, made, utc_now())

    async def _made(self) -> frozenset[Reference]:
        try:
            owned = await self._open()
            return await owned.list_owned(self._account_id, self._kept_to.owner)
        except (StoreError, ConfigurationError) as error:
            raise ToolError(
                f"It cannot be read what belongs to this server: {error}. Nothing was sent.",
                status=HTTPStatus.SERVICE_UNAVAILABLE,
            ) from error

    async def _all(self, kind: str) -> Mapping[str, Mapping[str, object]]:
        request = UpstreamRequest("GET", PATHS[kind], deadline=PATIENCE)
        walk = ListWalk(self._send, request, lambda _: True)
        found = [item_of(raw) for raw in await walk.by_date()]
        return {each["id"]: each for each in found if each and isinstance(each.get("id"), str)}
