"""The rules of a policy that can be checked by looking at one write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.invocation.writes.policy.calling_hours import Times, check_hours
from vapi_mcp.invocation.writes.policy.phone_number import Recipient, check_prefixes, recipient_of
from vapi_mcp.invocation.writes.policy.refusals import broken
from vapi_mcp.invocation.writes.policy.transfers import check_transfers
from vapi_mcp.invocation.writes.recipients import Recipients, recipients_of
from vapi_mcp.invocation.writes.write import Write

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


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a write reaches; people: the numbers, parsed where a rule looks at them."""

    recipients: Recipients
    people: Sequence[Recipient]


def check_rules(policy: Policy, write: Write, now: datetime, usual: timedelta) -> Audience | None:
    """Return the audience of a write, if it keeps the rules of a policy.

    usual: the usual length of a call.

    Raises:
        WriteHeld: It breaks one; the message names the rule, its value and what would pass.
    """
    recipients = recipients_of(write)
    if recipients is not None or write.tool.spec.speaks:
        _check_speakers(policy, write)
    if policy.has_prefixes and write.tool.spec.effect != "delete":
        check_transfers(policy, write.body)
    if recipients is None:
        return None
    _check_lines(policy, write)
    return Audience(recipients, _people(policy, recipients, now, usual))


def _people(
    policy: Policy, recipients: Recipients, now: datetime, usual: timedelta
) -> list[Recipient]:
    if not policy.looks_at_numbers:
        return []
    if recipients.hidden:
        raise broken(
            "the policy",
            "about numbers",
            f"{recipients.hidden[0]} cannot be checked",
            "Give each customer with a number in E.164.",
        )
    people = [recipient_of(number) for number in recipients.numbers]
    for each in people:
        check_prefixes(policy, each)
    if policy.calling_hours is not None:
        check_hours(policy.calling_hours, people, Times(recipients, now, usual))
    return people


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
