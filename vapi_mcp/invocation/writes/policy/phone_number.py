"""A phone number as a policy judges it: what is dialled, and where that may be."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SCHEME = re.compile(r"tel:", re.IGNORECASE)
_PUNCTUATION = re.compile(r"[\s().\-/\u2010-\u2015]")
# Digits of other scripts would be the same number to a person, and to a comparison they are not.
_DIGITS = re.compile(r"\+[0-9]{3,20}")


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number that was parsed.

    given: as the write has it. e164: the number it is. digits: + and all its digits; where they
    differ from e164, as in +44 (0)20, either may be dialled. zones: where it may be.
    """

    given: str
    e164: str
    digits: str
    zones: tuple[str, ...]

    def begins_with_one_of(self, prefixes: tuple[str, ...]) -> bool:
        """Return whether either form begins so: enough to block it."""
        return self.e164.startswith(prefixes) or self.digits.startswith(prefixes)

    def surely_begins_with_one_of(self, prefixes: tuple[str, ...]) -> bool:
        """Return whether both forms begin so: enough to allow it."""
        return self.e164.startswith(prefixes) and self.digits.startswith(prefixes)


def parse_number(number: str) -> PhoneNumber | None:
    """Return what a number is, whatever its punctuation; None if it cannot be parsed."""
    # Loading it takes a while, and most servers have no policy.
    import phonenumbers  # noqa: PLC0415 - loaded when it is used

    from vapi_mcp.invocation.writes.policy.time_zones import zones_of  # noqa: PLC0415 - loaded when it is used

    digits = _PUNCTUATION.sub("", _SCHEME.sub("", number.strip(), count=1))
    try:
        parsed = phonenumbers.parse(digits) if _DIGITS.fullmatch(digits) else None
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        return None
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return PhoneNumber(number, e164, digits, zones_of(parsed))
