"""What can be wrong with what a client asks of events."""

from __future__ import annotations

from vapi_mcp.errors import VapiMcpError


class WrongSubscription(VapiMcpError):
    """What a client asks of events cannot be done; the message says what to do."""


class UnknownEvent(WrongSubscription):
    """There is no event of this name on this server."""


class UnknownDelivery(WrongSubscription):
    """Events are not brought in this way."""


class TooManyUrls(WrongSubscription):
    """So many URLs were asked to confirm that no other one is asked for a while."""


class TooManySubscriptions(WrongSubscription):
    """A server has as many as it may have; `most` is how many."""

    def __init__(self, most: int, message: str) -> None:
        super().__init__(message)
        self.most = most
