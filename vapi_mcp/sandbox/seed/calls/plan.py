"""The times and outcomes of seeded calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A group of calls that one assistant or squad has over one way in.

    `endings` says how many calls end in which way: `complete` plays a whole script, and the others
    are the ways of `endings.py` and `silent.py`. `number` is the key of a seeded
    phone number, None for calls without one. `burst_days` puts all calls on one millisecond of
    the afternoon that many days ago.
    """

    key: str
    assistant: str
    type: str
    scripts: str
    endings: dict[str, int]
    number: str | None = None
    squad: str | None = None
    campaign: str | None = None
    burst_days: int | None = None
    locale: str = "us"
    parcels: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Placement:
    """One planned call: the slot, its position there, and how it ends."""

    slot: Slot
    index: int
    ending: str

    @property
    def key(self) -> str:
        """Name of the call within the seed."""
        return f"{self.slot.key}-{self.index}"


SLOTS = (
    Slot(
        key="dental-in",
        assistant="reception",
        type="inboundPhoneCall",
        scripts="reception",
        number="dental",
        endings={
            "complete": 24,
            "hangup": 3,
            "silence": 2,
            "private": 3,
            "pipeline": 1,
            "in-progress": 1,
            "ringing": 1,
        },
    ),
    Slot(
        key="dental-out",
        assistant="reminder",
        type="outboundPhoneCall",
        scripts="reminder",
        number="dental",
        endings={"complete": 9, "voicemail": 4, "no-answer": 4, "busy": 2, "queued": 1},
    ),
    Slot(
        key="dental-batch",
        assistant="reminder",
        type="outboundPhoneCall",
        scripts="reminder",
        number="dental",
        burst_days=1,
        endings={"scheduled": 4, "cancelled": 2},
    ),
    Slot(
        key="support-in",
        assistant="support",
        type="inboundPhoneCall",
        scripts="support",
        number="support",
        endings={
            "complete": 28,
            "hangup": 3,
            "silence": 1,
            "pipeline": 2,
            "in-progress": 1,
            "forwarding": 1,
            "deletion-failed": 1,
        },
    ),
    Slot(
        key="main-line",
        assistant="triage",
        squad="support-line",
        type="inboundPhoneCall",
        scripts="squad",
        number="main-line",
        endings={
            "complete": 15,
            "hangup": 2,
            "private": 2,
            "pipeline": 1,
            "in-progress": 1,
            "forwarding": 1,
        },
    ),
    Slot(
        key="renewals-out",
        assistant="renewals",
        type="outboundPhoneCall",
        scripts="renewals",
        number="renewals",
        campaign="renewals-autumn",
        endings={
            "complete": 12,
            "voicemail": 5,
            "no-answer": 5,
            "busy": 2,
            "in-progress": 1,
            "queued": 2,
            "scheduled": 3,
        },
    ),
    Slot(
        key="renewals-single",
        assistant="renewals",
        type="outboundPhoneCall",
        scripts="renewals",
        number="renewals",
        endings={"complete": 4, "cancelled": 1, "start-error": 3, "provider-error": 1},
    ),
    Slot(
        key="tables",
        assistant="restaurant",
        type="inboundPhoneCall",
        scripts="restaurant",
        number="restaurant",
        locale="es",
        endings={"complete": 20, "hangup": 3, "silence": 2, "not-found": 1},
    ),
    Slot(
        key="leads",
        assistant="qualifier",
        type="webCall",
        scripts="qualifier",
        endings={"complete": 14, "hangup": 3, "no-microphone": 2, "in-progress": 1, "queued": 1},
    ),
    Slot(
        key="notices-burst",
        assistant="delivery",
        type="outboundPhoneCall",
        scripts="delivery",
        number="courier",
        campaign="kestrel-morning",
        burst_days=3,
        locale="uk",
        endings={"complete": 18, "voicemail": 5, "no-answer": 5, "busy": 2},
    ),
    Slot(
        key="notices",
        assistant="delivery",
        type="outboundPhoneCall",
        scripts="delivery",
        number="courier",
        campaign="kestrel-morning",
        locale="uk",
        endings={"complete": 14, "voicemail": 3, "no-answer": 3},
    ),
    Slot(
        key="depot-socket",
        assistant="depot",
        type="vapi.websocketCall",
        scripts="depot",
        locale="uk",
        parcels=(405, 428, 46, 58, 71, 83),
        endings={"complete": 6},
    ),
    Slot(
        key="depot-phone",
        assistant="depot",
        type="inboundPhoneCall",
        scripts="depot",
        number="courier",
        locale="uk",
        parcels=(446, 94, 112, 127, 140, 155, 168),
        endings={"complete": 5, "overtime": 2},
    ),
    Slot(
        key="garage",
        assistant="workshop",
        type="inboundPhoneCall",
        scripts="workshop",
        number="workshop",
        locale="de",
        endings={
            "complete": 12,
            "hangup": 2,
            "silence": 1,
            "pipeline": 1,
            "deletion-failed": 1,
            "not-found": 1,
        },
    ),
    Slot(
        key="lobby-video",
        assistant="concierge",
        type="webCall",
        scripts="concierge",
        endings={"complete": 5, "pipeline": 1},
    ),
    Slot(
        key="lobby-tablet",
        assistant="concierge",
        type="vapi.websocketCall",
        scripts="concierge",
        endings={"complete": 6, "hangup": 1, "in-progress": 1},
    ),
    Slot(
        key="lobby-out",
        assistant="concierge",
        type="outboundPhoneCall",
        scripts="concierge",
        number="kiosk",
        endings={"no-transport": 3},
    ),
    Slot(
        key="lobby-in",
        assistant="concierge",
        type="inboundPhoneCall",
        scripts="concierge",
        number="kiosk",
        endings={"complete": 4, "ringing": 1},
    ),
)


def planned_calls() -> Iterator[Placement]:
    """Yield every call of the seeded month."""
    for slot in SLOTS:
        endings = [ending for ending, count in slot.endings.items() for _ in range(count)]
        yield from (Placement(slot, index, ending) for index, ending in enumerate(endings))
