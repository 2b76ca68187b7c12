"""Campaigns of a fresh sandbox."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from vapi_mcp.sandbox.seed.draws import SeededRandom, iso
from vapi_mcp.sandbox.seed.people import draw_person

Part = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    name: str
    assistant: str
    number: str
    status: str
    days_old: float
    locale: str = "us"
    reason: str | None = None
    customers: int = 0
    starts_in_days: float | None = None
    concurrency: int = 10


_PLANS = {
    "kestrel-morning": _Plan(
        name="Kestrel delivery notices",
        assistant="delivery",
        number="courier",
        status="ended",
        reason="campaign.ended.success",
        days_old=31,
        concurrency=25,
    ),
    "renewals-autumn": _Plan(
        name="Kestrel Care renewals, autumn",
        assistant="renewals",
        number="renewals",
        status="in-progress",
        days_old=30.5,
        concurrency=3,
    ),
    "dental-recall": _Plan(
        name="Brightwater six-month recall",
        assistant="reminder",
        number="support",
        status="scheduled",
        days_old=2,
        customers=40,
        starts_in_days=3,
    ),
    "solar-spring": _Plan(
        name="Sunhollow spring visits",
        assistant="qualifier",
        number="renewals",
        status="cancelled",
        reason="campaign.scheduled.ended-by-user",
        days_old=17,
        customers=12,
        starts_in_days=-9,
    ),
    "northfold-recall": _Plan(
        name="Northfold LUMA cable recall",
        assistant="support",
        number="support",
        status="ended",
        reason="campaign.in-progress.ended-by-user",
        days_old=24,
        customers=8,
    ),
    "lantern-feedback": _Plan(
        name="Lantern stay feedback (old)",
        assistant="concierge",
        number="renewals",
        status="archived",
        reason="campaign.ended.success",
        days_old=140,
        customers=5,
    ),
}


def seed_campaigns(draws: SeededRandom, calls: list[Part]) -> list[Part]:
    """Return six campaigns in all statuses; two embed the calls they made."""
    return [_campaign(draws, key, plan, calls) for key, plan in _PLANS.items()]


def _campaign(draws: SeededRandom, key: str, plan: _Plan, calls: list[Part]) -> Part:
    stamp = draws.stamped("campaign", key, plan.days_old)
    made = [call for call in calls if call.get("campaignId") == stamp["id"]]
    campaign: Part = stamp | {
        "name": plan.name,
        "status": plan.status,
        "assistantId": draws.id_of("assistant", plan.assistant),
        "phoneNumberId": draws.id_of("phone-number", plan.number),
        "customers": [call["customer"] for call in made] or _customers(draws, key, plan),
        "maxConcurrency": plan.concurrency,
        "calls": {call["id"]: _entry(call) for call in made},
        **_counters(made),
    }
    if plan.reason:
        campaign["endedReason"] = plan.reason
    if plan.starts_in_days is not None:
        earliest = draws.now + timedelta(days=plan.starts_in_days)
        latest = earliest + timedelta(hours=6)
        campaign["schedulePlan"] = {"earliestAt": iso(earliest), "latestAt": iso(latest)}
    return campaign


def _entry(call: Part) -> Part:
    kept = ("id", "status", "endedReason", "customer", "createdAt", "startedAt", "endedAt", "cost")
    return {key: call[key] for key in kept if key in call}


def _counters(made: list[Part]) -> Part:
    counts = Counter(str(call["status"]) for call in made)
    mailboxes = sum(call.get("endedReason") == "voicemail" for call in made)
    return {
        "callsCounterScheduled": counts["scheduled"],
        "callsCounterQueued": counts["queued"],
        "callsCounterInProgress": counts["in-progress"],
        "callsCounterEndedVoicemail": mailboxes,
        "callsCounterEnded": counts["ended"],
    }


def _customers(draws: SeededRandom, key: str, plan: _Plan) -> list[Part]:
    rng = draws.stream("campaign", key)
    people = [draw_person(rng, plan.locale) for _ in range(plan.customers)]
    return [{"number": person.number, "name": person.name[:40]} for person in people]
