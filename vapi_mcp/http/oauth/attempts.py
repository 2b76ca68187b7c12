"""A limit on attempts: by address, and for all addresses together."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

from starlette.requests import Request

from vapi_mcp.oauth.errors import OAuthError

_MOST_ADDRESSES = 4096
_EVERYONE = ""


class Attempts:
    """Counts attempts within a moving window, in this process.

    each: how many one address has; everyone: how many all have together.
    """

    def __init__(
        self,
        *,
        each: int,
        everyone: int,
        seconds: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = each, everyone
        self._seconds = seconds
        self._now = now
        self._made = OrderedDict[str, deque[float]]()
        self._all = deque[float]()

    def check(self, request: Request) -> None:
        """Refuse a request whose address, or everyone, has had too many.

        Raises:
            OAuthError: 429.
        """
        start = self._now() - self._seconds
        own = self._made.get(_address_of(request), deque[float]())
        for moments, most in zip((own, self._all), self._limits, strict=True):
            while moments and moments[0] <= start:
                moments.popleft()
            if len(moments) >= most:
                words = "too many attempts; try again in some minutes"
                raise OAuthError("temporarily_unavailable", words, status=429)

    def note(self, request: Request) -> None:
        """Count an attempt."""
        address = _address_of(request)
        self._made.setdefault(address, deque()).append(self._now())
        self._made.move_to_end(address)
        self._all.append(self._now())
        if len(self._made) > _MOST_ADDRESSES:
            self._made.popitem(last=False)


def _address_of(request: Request) -> str:
    return request.client.host if request.client else _EVERYONE
