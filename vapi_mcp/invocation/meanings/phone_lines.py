"""What can be done with a phone number: dial out, text, carry a campaign."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vapi_mcp.registry.tool import Tool

# The key of the reasons, beside those of the abilities.
LIMITS = "limits"

_ABROAD = "a Vapi number dials inside the US only, and few people a day"
_INACTIVE: Mapping[str, str] = {
    "activating": "the number is not active yet",
    "blocked": "the number is blocked",
}
_PROVIDERS = frozenset({"vapi", "twilio", "vonage", "telnyx", "byo-phone-number"})


def is_of_vapi(line: Mapping[str, Any]) -> bool:
    """Return whether Vapi gave the number: such a line has limits of its own."""
    return line.get("provider") == "vapi"


def only_receives(line: Mapping[str, Any]) -> bool:
    """Return whether a line has a SIP address and no number, so that it cannot dial out."""
    return is_of_vapi(line) and not line.get("number")


def can_dial_out(line: Mapping[str, Any]) -> bool | None:
    """Return whether a call can go out over a line; None of what is no phone number."""
    return _can(line, _no_dialling)


def can_text(line: Mapping[str, Any]) -> bool | None:
    """Return whether an SMS can go out over a line; None of what is no phone number."""
    return _can(line, _no_texting)


def can_campaign(line: Mapping[str, Any]) -> bool | None:
    """Return whether a campaign can dial over a line; None of what is no phone number."""
    return _can(line, _no_campaign)


def limits_of(line: Mapping[str, Any]) -> str | None:
    """Return why a line cannot do something, or how far it can."""
    if line.get("provider") not in _PROVIDERS:
        return None
    reasons = [_no_dialling(line), _no_texting(line), _no_campaign(line)]
    if is_of_vapi(line) and not reasons[0]:
        reasons.insert(0, _ABROAD)
    return "; ".join(dict.fromkeys(each for each in reasons if each)) or None


ABILITIES: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "canDialOut": can_dial_out,
    "canText": can_text,
    "canCampaign": can_campaign,
    LIMITS: limits_of,
}


def abilities_note(tool: Tool, line: Any) -> str | None:
    """Return what can be done with a phone number, in words."""
    if tool.spec.resource != "phone_numbers" or not isinstance(line, dict):
        return None
    found = {name: made for name, make in ABILITIES.items() if (made := make(line)) is not None}
    limits = found.pop(LIMITS, None)
    told = ", ".join(f"{name}: {str(can).lower()}" for name, can in found.items())
    return f"{told}{f' ({limits})' if limits else ''}." if told else None


def _can(
    line: Mapping[str, Any], objection: Callable[[Mapping[str, Any]], str | None]
) -> bool | None:
    return objection(line) is None if line.get("provider") in _PROVIDERS else None


def _no_dialling(line: Mapping[str, Any]) -> str | None:
    if only_receives(line):
        return "it has a SIP address only, which receives calls"
    return _INACTIVE.get(str(line.get("status")))


def _no_texting(line: Mapping[str, Any]) -> str | None:
    if line.get("provider") != "twilio":
        return "only Twilio numbers send SMS"
    if line.get("smsEnabled") is False:
        return "smsEnabled is false, so it sends no SMS"
    if not str(line.get("number", "+1")).startswith("+1"):
        return "only US numbers send SMS"
    return _INACTIVE.get(str(line.get("status")))


def _no_campaign(line: Mapping[str, Any]) -> str | None:
    return "campaigns need an imported number" if is_of_vapi(line) else _no_dialling(line)
