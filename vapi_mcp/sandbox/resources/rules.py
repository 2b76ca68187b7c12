"""The rules of bodies beyond their schemas, for resources without a module of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from vapi_mcp.sandbox.requests.refusals import bad_request, pinned
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.references import check_members, check_references
from vapi_mcp.sandbox.state.sandbox import Sandbox
from vapi_mcp.sandbox.state.seeded_random import chance

E164 = re.compile(r"\+[1-9]\d{1,14}")
_RELAXED_NUMBER = re.compile(r"\+?[a-zA-Z0-9]+")
_HINT = "Hot tip, you may be missing the country code (Eg. US: +1)."


def allow(sandbox: Sandbox, item: JsonObject) -> None:
    """Let anything be deleted."""
    del sandbox, item


def prepare_plain(sandbox: Sandbox, body: JsonObject, stored: JsonObject | None) -> JsonObject:
    """Accept what the schema accepts, if its ids lead somewhere."""
    del stored
    check_references(sandbox, body)
    return body


def prepare_squad(sandbox: Sandbox, body: JsonObject, stored: JsonObject | None) -> JsonObject:
    """Accept a squad; the member list is required in updates too, and replaces the old one."""
    del stored
    check_members(sandbox, body)
    return body


def prepare_session(sandbox: Sandbox, body: JsonObject, stored: JsonObject | None) -> JsonObject:
    """Accept a session of an assistant or a squad; it is active for a day unless it says more."""
    check_references(sandbox, body)
    if stored is not None:
        return body
    for speaker in ("assistantId", "assistant"):
        one_at_most(body, (speaker, "squadId"), (speaker, "squad"))
    if body.get("customer"):
        complaint = number_complaint(body["customer"], "customer.")
        if complaint:
            raise bad_request([complaint])
    defaults: JsonObject = {"status": "active", "expirationSeconds": 86400, "messages": []}
    return {**defaults, **body}


def prepare_phone_number(
    sandbox: Sandbox, body: JsonObject, stored: JsonObject | None
) -> JsonObject:
    """Accept a number; one of provider `vapi` is provisioned here unless it has a SIP URI."""
    check_references(sandbox, body)
    merged = {**(stored or {}), **body}
    if merged.get("number") and "number" in body:
        complaint = number_complaint(merged)
        if complaint:
            raise bad_request([complaint])
    if stored is not None:
        return body
    fields: JsonObject = {"status": "active", **body}
    if body["provider"] == "vapi" and not body.get("sipUri"):
        fields["number"] = _provision(sandbox, body.get("numberDesiredAreaCode"))
    return fields


def _provision(sandbox: Sandbox, area: Any) -> str:
    """Pick a free number of the fictional 555-01xx block, or refuse what is no area code."""
    if area is not None and not re.fullmatch(r"[2-9]\d\d", str(area)):
        raise bad_request(f"Couldn't Buy A Phone Number. {area} Is Not A US Area Code.")
    taken = {number.get("number") for number in sandbox.all("phone-number")}
    draw = chance("number", str(area), str(len(taken)))
    code = area or draw.choice(("415", "628", "737", "934"))
    free = [n for n in range(10000) if f"+1{code}555{n:04d}" not in taken]
    if not free:
        raise bad_request(f"Couldn't Buy A Phone Number. No Numbers Left In Area {code}.")
    return f"+1{code}555{draw.choice(free):04d}"


def prepare_structured_output(
    sandbox: Sandbox, body: JsonObject, stored: JsonObject | None
) -> JsonObject:
    """Accept a structured output; one of type regex needs an expression that compiles."""
    check_references(sandbox, body)
    merged = {**(stored or {}), **body}
    if merged.get("type") == "regex":
        if not merged.get("regex"):
            raise bad_request("`regex` Is Required When `type` Is regex.")
        try:
            re.compile(str(merged["regex"]))
        except re.error as error:
            raise bad_request(f"`regex` Is Not A Valid Expression: {error}.") from None
    return body if stored else {"type": "ai", "assistantIds": [], "workflowIds": [], **body}


def prepare_scorecard(sandbox: Sandbox, body: JsonObject, stored: JsonObject | None) -> JsonObject:
    """Accept a scorecard whose metrics read outputs of type number or boolean."""
    del stored
    check_references(sandbox, body)
    for index, metric in enumerate(body.get("metrics") or ()):
        check_references(sandbox, metric, f"metrics.{index}.")
        output = sandbox.require("structured-output", metric["structuredOutputId"])
        kind = output["schema"].get("type")
        if kind not in ("number", "integer", "boolean"):
            raise bad_request(
                f"metrics.{index}.structuredOutputId Must Be A Structured Output Of Type "
                f"number Or boolean, Not {kind}."
            )
    return body


def refuse_pinned_assistant(sandbox: Sandbox, assistant: JsonObject) -> None:
    """Refuse to delete an assistant when a squad holds on to one of its versions."""
    members = (member for squad in sandbox.all("squad") for member in squad.get("members") or ())
    if any(m.get("assistantId") == assistant["id"] and m.get("assistantVersion") for m in members):
        raise pinned("assistant")


def refuse_pinned_tool(sandbox: Sandbox, tool: JsonObject) -> None:
    """Refuse to delete a tool when an assistant's model holds on to one of its versions."""
    if any(ref.get("toolId") == tool["id"] for ref in _tool_references(sandbox)):
        raise pinned("tool")


def _tool_references(sandbox: Sandbox) -> Iterator[JsonObject]:
    for assistant in sandbox.all("assistant"):
        yield from (assistant.get("model") or {}).get("toolRefs") or ()


def number_complaint(customer: JsonObject, prefix: str = "") -> str | None:
    """Return what is wrong with a phone number, or return None.

    Numbers are E.164 unless `numberE164CheckEnabled` is false; a SIP URI needs no number.
    """
    number = customer.get("number")
    if number is None:
        return None if customer.get("sipUri") else f"{prefix}number must be a string"
    if customer.get("numberE164CheckEnabled") is False:
        if _RELAXED_NUMBER.fullmatch(number):
            return None
        return f"{prefix}number must match {_RELAXED_NUMBER.pattern} regular expression"
    if E164.fullmatch(number):
        return None
    return f"{prefix}number must be a valid phone number in the E.164 format. {_HINT}"


def one_at_most(body: JsonObject, *groups: tuple[str, ...]) -> None:
    """Refuse with 400 when two properties of one group are given."""
    for group in groups:
        given = [name for name in group if body.get(name) is not None]
        if len(given) > 1:
            names = " And ".join(f"`{name}`" for name in given)
            raise bad_request(f"{names} Are Mutually Exclusive. Provide Only One Of Them.")


def one_of(body: JsonObject, names: tuple[str, ...]) -> None:
    """Refuse with 400 unless exactly one of the properties is given."""
    if not any(body.get(name) is not None for name in names):
        options = ", ".join(f"`{name}`" for name in names)
        raise bad_request(f"Need One Of {options}.")
    one_at_most(body, names)
