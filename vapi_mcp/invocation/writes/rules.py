"""The rules of a policy that can be checked by looking at one write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from vapi_mcp.access.policy import CallingHours, Policy
from vapi_mcp.errors import WriteHeld
from vapi_mcp.invocation.writes.reach import Reach, reach_of
from vapi_mcp.invocation.writes.write import Write

_UNKNOWN_ZONE = "Etc/Unknown"
_RUNS = frozenset({"POST /eval/run"})
# Whoever speaks by other means than a saved assistant's id.
_OTHER_SPEAKERS = (
    "assistant",
    "squad",
    "squadId",
    "workflow",
    "workflowId",
    "squadOverrides",
    "workflowOverrides",
    "sessionId",
    "previousChatId",
    "duplicateFromCampaignId",
)
_HARMLESS_OVERRIDES = frozenset({"variableValues", "metadata"})


def check_rules(policy: Policy, write: Write, now: datetime) -> Reach | None:
    """Return whom a write reaches, if it keeps the rules of a policy.

    Raises:
        WriteHeld: It breaks one; the message names the rule, its value and what would pass.
    """
    reach = reach_of(write)
    if reach is not None or write.tool.operation.key in _RUNS:
        _check_speakers(policy, write)
    if reach is not None:
        _check_lines(policy, write)
        _check_numbers(policy, reach, now)
    return reach


def broken(rule: str, value: Any, why: str, passes: str) -> WriteHeld:
    """Return the refusal for a broken rule."""
    return WriteHeld(
        f"This server's policy does not allow it: {rule} is {value}; {why}. Nothing was sent. "
        f"{passes}",
        status=403,
        rule=rule,
    )


def _check_numbers(policy: Policy, reach: Reach, now: datetime) -> None:
    if not policy.looks_at_numbers:
        return
    if reach.hidden:
        raise broken(
            "the policy",
            "about numbers",
            f"{reach.hidden[0]} cannot be checked",
            "Give each customer with a number in E.164.",
        )
    for number in reach.numbers:
        zones = _zones(number)
        _check_prefixes(policy, number)
        if policy.calling_hours is not None:
            _check_hours(policy.calling_hours, number, zones, max(reach.starts_at or now, now))


def _check_prefixes(policy: Policy, number: str) -> None:
    allowed, blocked = policy.allowed_prefixes, policy.blocked_prefixes
    if allowed and not number.startswith(allowed):
        told = ", ".join(allowed)
        raise broken(
            "allowed_prefixes",
            told,
            f"{number} begins with none of them",
            "Only numbers that begin with one of them pass.",
        )
    if number.startswith(blocked or ("never",)):
        raise broken(
            "blocked_prefixes",
            ", ".join(blocked),
            f"{number} begins with one of them",
            "Only other numbers pass.",
        )


def _zones(number: str) -> tuple[str, ...]:
    """Return the time zones a number may be in.

    Raises:
        WriteHeld: It is not a number at all.
    """
    # Loading it takes a while, and most servers have no policy.
    import phonenumbers  # noqa: PLC0415
    from phonenumbers.timezone import time_zones_for_number  # noqa: PLC0415

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise broken(
            "the policy",
            "about numbers",
            f"{number[:40]!r} is not a number that can be checked",
            "Write it in E.164, as in +14155550123.",
        )
    return tuple(time_zones_for_number(parsed))


def _check_hours(
    hours: CallingHours, number: str, zones: tuple[str, ...], moment: datetime
) -> None:
    known = [zone for zone in zones if zone != _UNKNOWN_ZONE]
    if not known:
        raise broken(
            "calling_hours",
            hours,
            f"the time zone of {number} is not known",
            "Call another number.",
        )
    for zone in known:
        there = moment.astimezone(ZoneInfo(zone))
        if not hours.allow(there.weekday(), there.time()):
            when = f"{there:%a %H:%M}".lower()
            raise broken(
                "calling_hours",
                hours,
                f"it would be {when} for {number} ({zone})",
                "Set schedulePlan.earliestAt to a moment within the hours wherever the number "
                f"may be ({', '.join(known[:5])}).",
            )


def _check_lines(policy: Policy, write: Write) -> None:
    allowed = policy.allowed_phone_numbers
    if not allowed:
        return
    told = ", ".join(allowed)
    for part in _lines(write.body):
        line = part.get("phoneNumberId")
        if part.get("phoneNumber") or (line is not None and line not in allowed):
            raise broken(
                "allowed_phone_numbers",
                told,
                "another number would dial",
                "Give one of them as phoneNumberId.",
            )
    if write.tool.spec.effect == "act" and not any(
        p.get("phoneNumberId") for p in _lines(write.body)
    ):
        raise broken(
            "allowed_phone_numbers", told, "no phoneNumberId is given", "Give one of them."
        )


def _lines(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    plans = body.get("dialPlan") or []
    return [body, *_objects(body.get("transport")), *_objects(plans)]


def _check_speakers(policy: Policy, write: Write) -> None:
    allowed = policy.allowed_assistants
    if not allowed:
        return
    body, told = write.body, ", ".join(allowed)
    parts = [body, *_objects(body.get("target"))]
    for part in parts:
        if other := next((name for name in _OTHER_SPEAKERS if part.get(name)), None):
            raise broken(
                "allowed_assistants",
                told,
                f"{other} would let another one speak",
                "Give one of them as assistantId.",
            )
    chosen = [part["assistantId"] for part in parts if part.get("assistantId")]
    wrong = next((each for each in chosen if each not in allowed), None)
    if wrong is not None or (not chosen and write.tool.spec.effect != "update"):
        why = "no assistantId is given" if wrong is None else f"{wrong!s:.60} is not among them"
        raise broken("allowed_assistants", told, why, "Give one of them as assistantId.")
    for overrides in _overrides(body):
        if more := sorted(overrides.keys() - _HARMLESS_OVERRIDES):
            raise broken(
                "allowed_assistants",
                told,
                f"assistantOverrides changes {', '.join(more)[:80]}",
                "Its variableValues may be given.",
            )


def _overrides(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for part in (body, *_objects(body.get("target")), *_lines(body)[1:]):
        for holder in (part, *_objects(part.get("customer")), *_objects(part.get("customers"))):
            yield from _objects(holder.get("assistantOverrides"))
            yield from _objects(holder.get("squadOverrides"))


def _objects(value: Any) -> list[Mapping[str, Any]]:
    many = cast("list[Any]", value) if isinstance(value, list) else [value]
    return [cast("Mapping[str, Any]", each) for each in many if isinstance(each, Mapping)]
