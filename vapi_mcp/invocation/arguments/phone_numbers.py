"""Phone numbers: E.164, wherever the API checks for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from vapi_mcp.json_paths import Path, format_place
from vapi_mcp.specs.facts.facts import Facts, Schema
from vapi_mcp.specs.facts.validation import objects_in

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_PUNCTUATION = re.compile(r"[\s().\-/\u2010-\u2015\u00a0]")
_SWITCH = "numberE164CheckEnabled"


@dataclass(frozen=True, slots=True)
class Number:
    """A number that was not E.164: where it stands, and how it reads without punctuation.

    `mended` is None when nothing safe can be made of it, as without a country code.
    """

    path: Path
    given: str
    mended: str | None

    @property
    def place(self) -> str:
        """Where it stands, as people write it: `customers[0].number`."""
        return format_place(self.path)

    @property
    def problem(self) -> str:
        """What is wrong, and what would pass."""
        return (
            f"{self.given[:40]!r} is not an E.164 number; write + and the country code, such "
            f"as +14155550123 (for SIP trunks, set {_SWITCH} to false beside it)"
        )


def odd_numbers(facts: Facts, schema: Schema, value: Any) -> list[Number]:
    """Return the numbers in a value that the API would refuse.

    A number is checked where its schema has the switch that turns Vapi's own check off, unless
    that switch is off.
    """
    return [
        Number((*path, "number"), number, _mended(number))
        for path, meant, found in objects_in(facts, schema, value)
        if _SWITCH in meant.get("properties", {})
        if found.get(_SWITCH, True) is not False
        if isinstance(number := found.get("number"), str) and not _E164.fullmatch(number)
    ]


def _mended(number: str) -> str | None:
    plain = _PUNCTUATION.sub("", number)
    return plain if number.strip().startswith("+") and _E164.fullmatch(plain) else None
