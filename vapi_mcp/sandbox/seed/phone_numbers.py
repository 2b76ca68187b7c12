"""Phone numbers of a fresh sandbox."""

from __future__ import annotations

from typing import Any

from vapi_mcp.sandbox.seed.draws import SeededRandom, hex_string

# Key: the provider, the name, what answers, and the provider's own fields.
_NUMBERS: dict[str, tuple[str, str, dict[str, str], dict[str, Any]]] = {
    "dental": (
        "vapi",
        "Brightwater front desk",
        {"assistant": "reception"},
        {"number": "+14155550101", "numberDesiredAreaCode": "415"},
    ),
    "kiosk": (
        "vapi",
        "Lantern lobby SIP",
        {"assistant": "concierge"},
        {"sipUri": "sip:lantern-lobby@sip.vapi.ai"},
    ),
    "support": (
        "twilio",
        "Northfold support line",
        {"assistant": "support"},
        {"number": "+14155550112", "smsEnabled": True},
    ),
    "courier": (
        "twilio",
        "Kestrel notices UK",
        {"assistant": "delivery"},
        {"number": "+447700900112", "smsEnabled": False},
    ),
    "workshop": (
        "byo-phone-number",
        "Brandt & Söhne Berlin",
        {"assistant": "workshop"},
        {"number": "+493023125100", "numberE164CheckEnabled": True},
    ),
    "restaurant": (
        "vonage",
        "Casa Almendra",
        {"assistant": "restaurant"},
        {"number": "+12125550148"},
    ),
    "renewals": ("telnyx", "Kestrel Care outbound", {}, {"number": "+13035550127"}),
    "main-line": (
        "vapi",
        "Northfold main line",
        {"squad": "support-line"},
        {"number": "+14155550107", "numberDesiredAreaCode": "415"},
    ),
}


def provider_of(key: str) -> str:
    """Return the provider of a seeded number."""
    return _NUMBERS[key][0]


def seed_phone_numbers(draws: SeededRandom) -> list[dict[str, Any]]:
    """Return eight numbers of all five providers; one of Vapi's has only a SIP address."""
    return [_phone_number(draws, key) for key in _NUMBERS]


def _phone_number(draws: SeededRandom, key: str) -> dict[str, Any]:
    provider, name, answering, fields = _NUMBERS[key]
    number = draws.stamped("phone-number", key, 180) | {
        "provider": provider,
        "name": name,
        "status": "active",
        **fields,
    }
    for kind, target in answering.items():
        number[f"{kind}Id"] = draws.id_of(kind, target)
    if provider == "twilio":
        number["twilioAccountSid"] = "AC" + hex_string(draws.stream("twilio-account"), 32)
    elif provider != "vapi":
        number["credentialId"] = draws.id_of("credential", provider)
    if key == "support":
        number["fallbackDestination"] = {"type": "number", "number": "+14155550190"}
    return number
