"""The common properties of seeded calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

from vapi_mcp.sandbox.seed.assistants import PROFILES
from vapi_mcp.sandbox.seed.calls.plan import Placement
from vapi_mcp.sandbox.seed.calls.scenes import draw_scene
from vapi_mcp.sandbox.seed.calls.scripts import Script, scripts_of
from vapi_mcp.sandbox.seed.draws import SeededRandom, hex_string, iso, uuid4_of
from vapi_mcp.sandbox.seed.people import Person, draw_person
from vapi_mcp.sandbox.seed.phone_numbers import provider_of

Part = dict[str, Any]

_LIVE = {"queued", "ringing", "in-progress", "forwarding"}
_BURST_TIME = time(15, 2, 11, 417_000, UTC)
_CARRIERS = {"byo-phone-number": "vapi"}


@dataclass(frozen=True, slots=True)
class Frame:
    """Who calls whom, when, and over what: everything about a call before anybody speaks."""

    draws: SeededRandom
    placement: Placement
    rng: Random
    script: Script
    locale: str
    person: Person
    created: datetime
    scene: dict[str, str]

    @property
    def call_id(self) -> str:
        """The call's id."""
        return self.draws.id_of("call", self.placement.key)

    @property
    def is_outbound(self) -> bool:
        """Whether the assistant dials."""
        return self.placement.slot.type == "outboundPhoneCall"

    @property
    def carrier(self) -> str:
        """The transport's provider, as costs name it."""
        slot = self.placement.slot
        if slot.number is None:
            return "daily" if slot.type == "webCall" else "vapi.websocket"
        carrier = _carrier(slot.number)
        return "vapi.sip" if carrier == "vapi" else carrier


def frame_call(draws: SeededRandom, placement: Placement) -> Frame:
    """Draw a planned call's caller, moment and scene."""
    slot = placement.slot
    rng = draws.stream("call", placement.key)
    scripts = list(scripts_of(slot.scripts).values())
    script = scripts[placement.index % len(scripts)]
    locale = script.facts.get("locale", slot.locale)
    person = draw_person(rng, locale)
    if slot.burst_days is not None:
        created = datetime.combine(draws.ago(days=slot.burst_days), _BURST_TIME)
    elif placement.ending in _LIVE:
        created = draws.ago(seconds=rng.uniform(25, 420))
    else:
        created = draws.business_moment(rng)
    scene = draw_scene(rng, person, created)
    return Frame(draws, placement, rng, script, locale, person, created, scene)


def skeleton(frame: Frame) -> Part:
    """Return the fields every call has, whatever becomes of it."""
    slot, draws = frame.placement.slot, frame.draws
    call: Part = {
        "id": frame.call_id,
        "orgId": draws.org_id,
        "type": slot.type,
        "createdAt": iso(frame.created),
        "updatedAt": iso(frame.created),
    }
    if slot.squad:
        call["squadId"] = draws.id_of("squad", slot.squad)
    else:
        call["assistantId"] = draws.id_of("assistant", slot.assistant)
    call["assistantOverrides"] = {"variableValues": variables_of(frame)}
    if slot.number is not None:
        call |= _phone_fields(frame, slot.number)
    elif slot.type == "webCall":
        room = hex_string(frame.rng, 20)
        call["transport"] = {"provider": "daily", "callUrl": f"https://vapi.daily.co/{room}"}
    else:
        call["transport"] = {
            "provider": "vapi.websocket",
            "audioFormat": {"format": "pcm_s16le", "container": "raw", "sampleRate": 16000},
        }
    if slot.campaign:
        call["campaignId"] = draws.id_of("campaign", slot.campaign)
    if frame.is_outbound and frame.placement.index % 7 == 0:
        call["name"] = f"{PROFILES[slot.assistant].name[:26]} {frame.placement.index + 1:02}"
    return call


def variables_of(frame: Frame) -> Part:
    """Return the variables an outbound call is made with; none for the others."""
    scene = frame.scene
    names = {
        "reminder": {"appointmentDate": "date", "appointmentTime": "time"},
        "renewals": {"plan": "plan", "endDate": "date", "newPrice": "new_price"},
        "delivery": {"parcel": "parcel", "street": "street"},
    }.get(frame.placement.slot.assistant, {})
    if not names or not frame.is_outbound:
        return {}
    return {"firstName": scene["first"]} | {name: scene[key] for name, key in names.items()}


def later(moment: datetime, milliseconds: float) -> datetime:
    """Return the moment some milliseconds later."""
    return moment + timedelta(milliseconds=milliseconds)


def _phone_fields(frame: Frame, number: str) -> Part:
    carrier = _carrier(number)
    provider_id, transport = _leg(frame.rng, carrier)
    return {
        "phoneNumberId": frame.draws.id_of("phone-number", number),
        "phoneCallProvider": carrier,
        "phoneCallProviderId": provider_id,
        "phoneCallTransport": "sip" if carrier == "vapi" else "pstn",
        "transport": transport,
        "customer": _customer(frame),
    }


def _customer(frame: Frame) -> Part:
    person = frame.person
    customer: Part = {"number": person.number}
    if frame.is_outbound:
        customer |= {"name": person.name[:40], "externalId": f"cust-{frame.scene['code']}"}
        if frame.placement.index % 3 == 0:
            customer["email"] = person.email
    return customer


def _carrier(number: str) -> str:
    provider = provider_of(number)
    return _CARRIERS.get(provider, provider)


def _leg(rng: Random, carrier: str) -> tuple[str, Part]:
    """Return a carrier's id of the call, and the transport as that carrier describes it."""
    if carrier == "twilio":
        sid = "CA" + hex_string(rng, 32)
        return sid, {"provider": "twilio", "callSid": sid}
    leg = uuid4_of(rng)
    fields = {
        "vonage": {"provider": "vonage", "conversationUUID": f"CON-{leg}"},
        "telnyx": {"provider": "telnyx", "callControlId": leg, "callSessionId": leg},
        "vapi": {"provider": "vapi.sip", "callSid": leg},
    }
    return leg, dict[str, Any](fields[carrier])
