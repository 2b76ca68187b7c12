"""What can go wrong on the way to Vapi, in words for the model that called."""

from __future__ import annotations

from vapi_mcp.errors import UpstreamFailed

_NOTHING_KNOWN = (
    "It is not known whether Vapi did this. Check with the matching list tool before you repeat it."
)


class AnswerTooLarge(UpstreamFailed):
    """The decoded answer exceeds the bound; it was cut off while it arrived."""

    def __init__(self, bound: int) -> None:
        super().__init__(
            f"Vapi's answer is larger than {bound:,} bytes and was not read.",
            status=502,
            hint="Ask for less: a smaller limit, a narrower filter, or one object by its id.",
        )


class NeverConnected(UpstreamFailed):
    """No connection was made, so nothing was sent."""


def timed_out(seconds: float, *, writes: bool) -> UpstreamFailed:
    """Return the error for an answer that was not complete at the deadline."""
    return UpstreamFailed(
        f"Vapi did not answer within {seconds:g} seconds.",
        status=504,
        hint=_NOTHING_KNOWN if writes else "Try again, or ask for less with limit or filters.",
    )


def unreachable(host: str, cause: str) -> UpstreamFailed:
    """Return the error for a connection that was never made; nothing was sent."""
    return NeverConnected(
        f"Vapi cannot be reached at {host}: {cause}. Nothing was sent.",
        status=502,
        hint="Check the network and the account's base URL, then try again.",
    )


def broken_off(host: str, cause: str, *, writes: bool) -> UpstreamFailed:
    """Return the error for a connection that ended before the answer was complete."""
    return UpstreamFailed(
        f"The connection to {host} broke off before Vapi's answer was complete ({cause}).",
        status=502,
        hint=_NOTHING_KNOWN if writes else "Try again.",
    )


def unreadable_encoding(encoding: str) -> UpstreamFailed:
    """Return the error for an answer packed in a way that was not asked for."""
    return UpstreamFailed(
        f"Vapi's answer has the content encoding {encoding[:40]!r}, which this server cannot read.",
        status=502,
    )
