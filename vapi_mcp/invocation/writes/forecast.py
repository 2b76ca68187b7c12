"""The forecast of a campaign: its length, its end, and the lines that are free for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from vapi_mcp.invocation.explaining import explaining
from vapi_mcp.invocation.writes.prices import Lines, Prices
from vapi_mcp.invocation.writes.recipients import Recipients, expected_length
from vapi_mcp.invocation.writes.schedule import text_of
from vapi_mcp.invocation.writes.write import Write

_TITLES = {
    "expected_length": "Expected length of the campaign",
    "expected_end": "Expected end of the campaign",
    "free_lines": "Free lines",
}


async def forecast(write: Write, prices: Prices, now: datetime) -> dict[str, str]:
    """Return in words how long a campaign takes, when it ends and which lines are free."""
    reached = write.recipients
    if reached is None or not reached.is_campaign or not reached.numbers:
        return {}
    with explaining("the forecast of a campaign"):
        usual = await prices.usual_length(write.call)
        end = max(reached.starts_at or now, now) + reached.lasts(usual)
        return {
            "expected_length": expected_length(reached, usual),
            "expected_end": _end(end, write.closes),
            "free_lines": _free(await prices.lines(write.call), reached),
        }
    return {}


def forecast_notes(found: Mapping[str, str]) -> tuple[str, ...]:
    """Return a forecast as notes."""
    return tuple(f"{_TITLES[name]}: {text}." for name, text in found.items())


def _end(end: datetime, closes: datetime | None) -> str:
    hours = f"; the calling hours of its customers end at {text_of(closes)}" if closes else ""
    return f"about {text_of(end)}{hours}"


def _free(lines: Lines | None, reached: Recipients) -> str:
    if lines is None:
        return "not known: the latest calls cannot be read"
    running = f"{lines.running} of the {lines.read} latest calls running"
    if lines.limit is None:
        return f"not known: Vapi's API does not tell the limit of the account; {running}"
    free = max(0, lines.limit - lines.running)
    needed = min(reached.at_once, reached.calls)
    few = f"; fewer than the {needed} it may use, so it takes longer" if free < needed else ""
    return f"about {free} of {lines.limit}, {running}{few}"
