"""How pages show moments, lengths of time, money and sizes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_KILO = 1024

# In this order: each names the ones after it as well.
_BROWSERS = (
    ("Edge", re.compile(r"Edg/(\d+)")),
    ("Firefox", re.compile(r"Firefox/(\d+)")),
    ("Chrome", re.compile(r"Chrome/(\d+)")),
    ("Safari", re.compile(r"Version/(\d+).*Safari")),
)
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("Android", "Android"), ("Windows", "Windows")),
    *(("Mac OS X", "macOS"), ("Linux", "Linux")),
)


def moment(value: datetime | None) -> Markup:
    """Return a moment in UTC as a `time` element; the script adds the reader's own time."""
    if value is None:
        return Markup("<span class=faint>never</span>")
    utc = value.astimezone(UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        utc.isoformat(timespec="seconds"), f"{utc:%Y-%m-%d %H:%M} UTC"
    )


def ago(value: datetime | None) -> Markup:
    """Return how long ago, or ahead, a moment is; the moment itself is its title."""
    if value is None:
        return Markup("<span class=faint>never</span>")
    seconds = (datetime.now(UTC) - value).total_seconds()
    words = f"{span(seconds)} ago" if seconds >= 0 else f"in {span(-seconds)}"
    utc = value.astimezone(UTC)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        utc.isoformat(timespec="seconds"), f"{utc:%Y-%m-%d %H:%M:%S} UTC", words
    )


def span(seconds: float) -> str:
    """Return a length of time in its largest unit, such as `3 h`."""
    whole = int(seconds)
    for size, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if whole >= size:
            return f"{whole // size} {unit}"
    return f"{whole} s"


def clock(seconds: float) -> str:
    """Return a place in a recording, such as `1:05`."""
    whole = int(seconds)
    return f"{whole // _MINUTE}:{whole % _MINUTE:02}"


def money(dollars: float | None) -> str:
    """Return US dollars, with four places below one cent."""
    if dollars is None:
        return ""
    return f"${dollars:,.4f}" if 0 < abs(dollars) < 0.01 else f"${dollars:,.2f}"  # noqa: PLR2004 - a cent


def number(value: float | None) -> str:
    """Return a number with separators between thousands."""
    return "" if value is None else f"{value:,}"


def browser(user_agent: str) -> str:
    """Return a browser and its system in a few words, or the text itself if it is another's."""
    for name, pattern in _BROWSERS:
        if found := pattern.search(user_agent):
            system = next((title for mark, title in _SYSTEMS if mark in user_agent), "")
            return f"{name} {found[1]}{f' on {system}' if system else ''}"
    return user_agent[:60] or "unknown"


def size(count: int) -> str:
    """Return a number of bytes in its largest unit."""
    if count < _KILO:
        return f"{count} B"
    return f"{count / _KILO:.0f} KiB" if count < _KILO**2 else f"{count / _KILO**2:.1f} MiB"


FILTERS: Mapping[str, Callable[..., Any]] = {
    "moment": moment,
    "ago": ago,
    "span": span,
    "clock": clock,
    "money": money,
    "number": number,
    "size": size,
    "browser": browser,
}
