"""The requirements of writes: recipients, a phone number and a speaker; not too much at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.writes.recipients import customers_in
from vapi_mcp.invocation.writes.write import Write
from vapi_mcp.specs.tools.contents import NamedId

_SPEAKERS = ("assistantId", "assistant", "squadId", "squad", "workflowId", "workflow")
_CAMPAIGN_SPEAKERS = ("assistantId", "squadId", "workflowId")
_LINES = ("phoneNumberId", "phoneNumber")
_PEOPLE = ("customer", "customers", "customerId")
# Vapi's document has no bound; a body of so many is 39 kB, and servers often take no more than 100.
_MOST_IDS = 1_000
# No id has a space, a plus sign or the like.
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_LONGEST = 60


def check_requirements(write: Write) -> None:
    """Let a write pass that can be a request: before it is shown, and before consent is asked.

    Raises:
        InvalidArguments: It misses what every such call has, or has two things in one place.
    """
    spec = write.tool.spec
    problems = list(_misnamed(write))
    match spec.effect, spec.recipients:
        case "act", "call":
            problems += _of_call(write.body)
        case "act", "campaign":
            problems += _of_campaign(write.body)
        case "act", "transfer":
            problems += _of_transfer(write.body)
        case "delete", _:
            problems += _of_deletion(write.body)
        case _:
            pass
    if problems:
        said = "; ".join(problem for _, problem in problems)
        raise InvalidArguments(
            f"{write.tool.name}: {said}. Nothing was sent.",
            details=[{"argument": name, "problem": problem} for name, problem in problems],
        )


def _misnamed(write: Write) -> Iterator[tuple[str, str]]:
    """Yield a problem for each name that stands where its id has to."""
    arguments = write.tool.arguments
    for key, rule in write.tool.spec.contents.names.items():
        given, name = write.body.get(key), write.call.arguments.get(rule.beside)
        if key not in arguments:
            continue
        if isinstance(given, str) and given and not _ID.fullmatch(given):
            yield key, _looked_up(key, rule, f"{given[:_LONGEST]!r} is a name, not an id")
        elif isinstance(name, str) and not given and rule.beside not in arguments:
            yield rule.beside, _looked_up(rule.beside, rule, f"is no argument, {key} is")


def _looked_up(given: str, rule: NamedId, problem: str) -> str:
    kind = rule.lister.removeprefix("list_all_vapi_").replace("_", " ")
    return f'{given} {problem}; the list of {kind} finds the id by where {{"{rule.keys[0]}": "…"}}'


def _of_call(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _one_of(body, _SPEAKERS, shown=_SPEAKERS[:4])
    # Over a transport of its own, such as a web socket, no number is dialled.
    if not body.get("transport"):
        yield from _one_of(body, _PEOPLE)
        yield from _one_of(body, _LINES)
    yield from _unreachable(body)


def _of_campaign(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if body.get("duplicateFromCampaignId"):
        return
    yield from _one_of(body, _CAMPAIGN_SPEAKERS, shown=_CAMPAIGN_SPEAKERS[:2])
    alone = [name for name in ("phoneNumberId", "customers") if body.get(name)]
    if body.get("dialPlan") and alone:
        yield "dialPlan", f"dialPlan and {alone[0]} cannot be given together"
    elif not body.get("dialPlan") and len(alone) < 2:  # noqa: PLR2004 - both of them
        yield "customers", "phoneNumberId and customers are required, or dialPlan instead of both"
    yield from _unreachable(body)


def _of_transfer(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    destination = body.get("destination")
    given: Mapping[str, Any] = destination if isinstance(destination, Mapping) else {}
    needed = {"number": "number", "sip": "sipUri"}.get(str(given.get("type")))
    if needed is None:
        yield "destination.type", "destination.type has to be number or sip"
    elif not given.get(needed):
        yield f"destination.{needed}", f"destination.{needed} is required for this type"


def _of_deletion(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    ids = body.get("ids")
    if isinstance(ids, list) and (count := len(cast("list[Any]", ids))) > _MOST_IDS:
        yield (
            "ids",
            f"at most {_MOST_IDS:,} ids at once, not {count:,}; split them over several calls",
        )


def _one_of(
    body: Mapping[str, Any], names: tuple[str, ...], shown: tuple[str, ...] | None = None
) -> Iterator[tuple[str, str]]:
    given = [name for name in names if body.get(name)]
    if not given:
        yield names[0], f"one of {', '.join(shown or names)} is required"
    elif len(given) > 1:
        yield given[1], f"{' and '.join(given[:2])} cannot be given together"


def _unreachable(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield at most one complaint: about the first customer that cannot be reached."""
    for customer in customers_in(body):
        if not customer.get("number") and not customer.get("sipUri"):
            yield "customer", "a customer has neither number nor sipUri"
            return
