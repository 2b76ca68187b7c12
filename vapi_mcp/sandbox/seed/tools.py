"""Tools of a fresh sandbox."""

from __future__ import annotations

from typing import Any

from vapi_mcp.sandbox.seed.draws import SeededRandom

Part = dict[str, Any]

_SCORE_CODE = """\
const { owner, roofAge = 30, bill = 0, months = 24, shade = "unknown" } = args;
let score = owner ? 30 : 0;
score += roofAge <= 10 ? 20 : roofAge <= 20 ? 10 : 0;
score += Math.min(25, Math.floor(bill / 8));
score += months <= 3 ? 15 : months <= 6 ? 10 : 3;
score += { low: 10, medium: 4, high: 0, unknown: 2 }[shade];
return { score };
"""


def _text(description: str) -> Part:
    return {"type": "string", "description": description}


def _function(name: str, description: str, required: str, properties: Part) -> Part:
    return {
        "name": name,
        "description": description,
        "parameters": {
            "type": "object",
            "properties": properties,
            "required": required.split(),
        },
    }


def _webhook(name: str, function: Part) -> Part:
    return {
        "type": "function",
        "async": False,
        "server": {"url": f"https://hooks.example.com/tools/{name}", "timeoutSeconds": 15},
        "function": function,
        "messages": [
            {"type": "request-start", "content": "One moment, please.", "blocking": False},
            {
                "type": "request-response-delayed",
                "content": "It takes a second longer than usual.",
                "timingMilliseconds": 3000,
            },
            {"type": "request-failed", "content": "That did not work, let me note it for you."},
        ],
    }


_BOOK = _function(
    "book_appointment",
    "Book or move an appointment after the caller has confirmed it.",
    "date time",
    {
        "patient": _text("Full name."),
        "date": _text("Day, YYYY-MM-DD."),
        "time": _text("Time of day, local."),
        "dentist": _text("Who treats."),
        "moveFrom": _text("Confirmation of the appointment to move."),
    },
)
_REFUND = _function(
    "issue_refund",
    "Return money for an order, at most 150 dollars.",
    "order amount reason",
    {
        "order": _text("Order number, NF- and five digits."),
        "amount": {"type": "number", "description": "Dollars."},
        "reason": _text("Why, in a few words."),
        "reship": {"type": "string", "enum": ["standard", "express"]},
    },
)
_RESERVE = _function(
    "make_reservation",
    "Check or book a table at Casa Almendra.",
    "date time guests",
    {
        "check": {"type": "boolean", "description": "Only look whether a table is free."},
        "date": _text("Day, YYYY-MM-DD."),
        "time": _text("HH:MM, 24 hours."),
        "guests": {"type": "integer", "description": "How many people, at most 8."},
        "name": _text("Name of the reservation."),
        "note": _text("Allergies, high chairs."),
    },
)
_SCORE = _function(
    "score_lead",
    "Score a solar lead from 0 to 100.",
    "owner",
    {
        "owner": {"type": "boolean"},
        "roofAge": {"type": "number"},
        "bill": {"type": "number"},
        "months": {"type": "number"},
        "shade": {"type": "string", "enum": ["low", "medium", "high", "unknown"]},
    },
)


def _api_request(name: str, description: str, url: str, properties: Part) -> Part:
    return {
        "type": "apiRequest",
        "name": name,
        "description": description,
        "method": "POST",
        "url": url,
        "timeoutSeconds": 10,
        "body": {"type": "object", "properties": properties},
        "headers": {"type": "object", "properties": {"x-shop": _text("Which shop asks.")}},
    }


def _query(draws: SeededRandom) -> Part:
    def base(name: str, description: str, *files: str) -> Part:
        return {
            "provider": "google",
            "name": name,
            "description": description,
            "fileIds": [draws.id_of("file", key) for key in files],
        }

    return {
        "type": "query",
        "knowledgeBases": [
            base("dental-handbook", "Prices, insurance, parking, missed visits.", "handbook"),
            base("shop-policies", "Returns, refunds, damage, lamps.", "policies", "manual"),
            base("renewal-terms", "Plans and terms of Kestrel Care.", "terms"),
        ],
    }


def _transfer() -> Part:
    def number(number: str, description: str) -> Part:
        return {
            "type": "number",
            "number": number,
            "message": "I'm putting you through now.",
            "description": description,
            "transferPlan": {"mode": "warm-transfer-say-summary"},
        }

    return {
        "type": "transferCall",
        "destinations": [
            number("+14155550190", "A person in customer support."),
            number("+493023125911", "Abschleppdienst."),
            {
                "type": "sip",
                "sipUri": "sip:billing@pbx.example.com",
                "description": "Billing desk.",
            },
        ],
    }


def seed_tools(draws: SeededRandom) -> list[Part]:
    """Return fourteen tools of eleven types."""
    tools = {
        "book": _webhook("book-appointment", _BOOK),
        "refund": _webhook("issue-refund", _REFUND),
        "reserve": _webhook("make-reservation", _RESERVE),
        "customer": _api_request(
            "lookup_customer",
            "Find a customer with orders, payments and refunds.",
            "https://api.example.com/customers/lookup",
            {"order": _text("Order number."), "phone": _text("E.164."), "plate": _text("Plate.")},
        ),
        "track": _api_request(
            "track_parcel",
            "Where a parcel is; with `instruction` also where to leave it.",
            "https://api.example.com/parcels/track",
            {"parcel": _text("KC- and eight digits."), "instruction": _text("What to do.")},
        ),
        "transfer": _transfer(),
        "end": {
            "type": "endCall",
            "messages": [{"type": "request-start", "content": "Goodbye!"}],
        },
        "sms": {"type": "sms", "messages": [{"type": "request-complete", "content": "Sent."}]},
        "policies": _query(draws),
        "keypad": {"type": "dtmf", "sipInfoDtmfEnabled": False},
        "hotel": {
            "type": "mcp",
            "server": {"url": "https://hotel-tools.example.com/mcp"},
            "metadata": {"protocol": "shttp"},
        },
        "score": {
            "type": "code",
            "code": _SCORE_CODE,
            "function": _SCORE,
            "timeoutSeconds": 5,
            "environmentVariables": [{"name": "REGION", "value": "us-west"}],
        },
        "availability": {"type": "google.calendar.availability.check"},
        "event": {"type": "google.calendar.event.create"},
    }
    return [draws.stamped("tool", key, 150) | tool for key, tool in tools.items()]
