"""Two clients of an agency in one organisation: acme, whose server we test, and globex."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import orjson

from tests.support.sandbox import fresh_world
from vapi_mcp.sandbox.state.snapshot import StateSnapshot

# The sandbox's clock stands still, near that of the product.
NOW = datetime.now(UTC).replace(microsecond=0)
Shelves = dict[str, dict[str, dict[str, Any]]]

# A word in each text of globex, and the beginning of each of its numbers (reserved for fiction).
MARK = "quagga"
NUMBERS = "+3363998"
_SEEDS = {"acme": 1, "globex": 2}
_CALLS = 14
_LONGEST = 200
_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{20}\b")
_NUMBER = re.compile(r"\+\d{8,15}")
_NAMES = frozenset({"name", "customerName", "assistantName", "fileName", "originalName", "path"})
_MARKED_IN_FRONT = frozenset({"function"})


@dataclass(frozen=True)
class TwoClients:
    """One organisation with all kinds of objects of both, and some that tie both together.

    alone: the organisation as it would be, had it but acme. foreign: what acme must not meet.
    """

    world: StateSnapshot
    alone: StateSnapshot
    foreign: Mapping[str, tuple[str, ...]]

    @property
    def acme(self) -> Shelves:
        return self.alone.resources

    @cached_property
    def secrets(self) -> frozenset[bytes]:
        """The ids that stand in objects of globex, and in none of acme."""
        return frozenset(ids_in(self.foreign_state()) - ids_in(orjson.dumps(self.acme)))

    @cached_property
    def credentials(self) -> tuple[str, ...]:
        """The credentials that globex alone uses."""
        ours, theirs = (
            {each.get("credentialId") for each in shelf}
            for shelf in (
                self.acme["phone-number"].values(),
                map(self.world.resources["phone-number"].__getitem__, self.foreign["phone-number"]),
            )
        )
        return tuple(sorted(str(each) for each in theirs - ours if each))

    def foreign_state(self) -> bytes:
        """Return the objects of globex as they are now; a missing one is null."""
        found = {
            kind: {each: self.world.resources[kind].get(each) for each in ids}
            for kind, ids in self.foreign.items()
        }
        return orjson.dumps(found)

    def leaked(self, text: bytes, sent: bytes = b"") -> list[str]:
        """Return what a text holds of globex that was not in the request."""
        words = {
            word
            for word in (MARK.encode(), NUMBERS[1:].encode())
            if word in text.lower() and word not in sent.lower()
        }
        return sorted(
            each.decode() for each in words | ((ids_in(text) & self.secrets) - ids_in(sent))
        )


def ids_in(text: bytes) -> set[bytes]:
    """Return all ids in a text."""
    return set(_ID.findall(text.lower()))


def two_clients() -> TwoClients:
    """Return both in one organisation, now."""
    ours, theirs = (_client(name, NOW) for name in _SEEDS)
    mixed = _tied(ours.resources, theirs.resources)
    foreign = {kind: (*theirs.resources[kind], *mixed.get(kind, ())) for kind in theirs.resources}
    both = StateSnapshot(
        ours.org_id,
        {
            kind: {**shelf, **theirs.resources[kind], **mixed.get(kind, {})}
            for kind, shelf in ours.resources.items()
        },
        {**ours.file_contents, **theirs.file_contents},
    )
    # A copy each: what one sandbox changes, no other one sees.
    world, alone = StateSnapshot.load(both.dump()), StateSnapshot.load(ours.dump())
    return TwoClients(world, alone, foreign)


def _client(name: str, now: datetime) -> StateSnapshot:
    """Return the objects of one client, all in the first one's organisation."""
    seeded = fresh_world(_SEEDS[name], now)
    seeded.resources["call"] = _some_calls(seeded.resources["call"])
    for assistant in seeded.resources["assistant"].values():
        assistant["metadata"] = {**assistant.get("metadata", {}), "client": name}
    seeded.resources = _shortened(seeded.resources)
    world = StateSnapshot.load(seeded.dump())
    if name == "acme":
        return world
    org = fresh_world(_SEEDS["acme"], now).org_id
    marked = _Marker(world.org_id, org).marked(world.resources)
    contents = {key: MARK.encode() + b" " + text for key, text in world.file_contents.items()}
    return StateSnapshot(org, marked, contents)


def _some_calls(calls: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return one call of each sort: of a type, a status, and of an assistant or a squad."""
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}
    for call in calls.values():
        sort = (call["type"], call["status"], "squadId" in call, "campaignId" in call)
        kept.setdefault(sort, call)
    return {call["id"]: call for call in [*kept.values()][:_CALLS]}


def _shortened(value: Any) -> Any:
    """Return a value without the ends of its long texts, which cost most of the time."""
    if isinstance(value, dict):
        return {name: _shortened(part) for name, part in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [*map(_shortened, value)]  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
    is_text = isinstance(value, str) and " " in value
    return value[:_LONGEST] if is_text else value


class _Marker:
    """Puts the mark into each text and replaces each number."""

    def __init__(self, old_org: str, org: str) -> None:
        self._numbers: dict[str, str] = {}
        self._orgs = (old_org, org)

    def marked(self, value: Any, key: str = "", above: str = "") -> Any:
        """Return a part of an object with marks; ids, dates and words of an enum stay."""
        if isinstance(value, dict):
            return {name: self.marked(part, name, key) for name, part in value.items()}  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
        if isinstance(value, list):
            return [self.marked(part, key, above) for part in value]  # pyright: ignore[reportUnknownVariableType]
        return self._text(value, key, above) if isinstance(value, str) else value

    def _text(self, value: str, key: str, above: str) -> str:
        value = _NUMBER.sub(self._number, value.replace(*self._orgs))
        if key == "name" and above in _MARKED_IN_FRONT:
            return f"{MARK}_{value}"
        is_text = " " in value or key in _NAMES
        return f"{value} {MARK}" if is_text and value and "://" not in value else value

    def _number(self, found: re.Match[str]) -> str:
        known = self._numbers
        return known.setdefault(found[0], f"{NUMBERS}{len(known):04}")


def _tied(ours: Shelves, theirs: Shelves) -> Shelves:
    """Return objects that refer to both clients, so that they are not acme's alone."""
    our, their = (
        {kind: next(iter(shelf), "") for kind, shelf in each.items()} for each in (ours, theirs)
    )
    output = _copy(theirs, "structured-output", 1)
    output["assistantIds"] = [our["assistant"], their["assistant"]]
    squad = _copy(theirs, "squad", 2)
    squad["members"] = [
        {"assistantId": our["assistant"]},
        {"assistantId": their["assistant"]},
    ]
    campaign = _copy(theirs, "campaign", 3)
    campaign["assistantId"] = our["assistant"]
    session = _copy(theirs, "session", 4)
    session |= {"assistantId": our["assistant"], "phoneNumberId": their["phone-number"]}
    call = _copy(theirs, "call", 5)
    call |= {"assistantId": our["assistant"], "phoneNumberId": their["phone-number"]}
    tool = _copy(theirs, "tool", 6)
    target = {"type": "assistant", "assistantId": our["assistant"]}
    tool |= {"type": "handoff", "destinations": [target]}
    theirs["assistant"][their["assistant"]]["model"]["toolIds"] = [tool["id"]]
    tied = {
        "tool": tool,
        "structured-output": output,
        "squad": squad,
        "campaign": campaign,
        "session": session,
        "call": call,
    }
    return {kind: {each["id"]: each} for kind, each in tied.items()}


def _copy(theirs: Shelves, kind: str, number: int) -> dict[str, Any]:
    first = next(iter(theirs[kind].values()))
    return {**first, "id": f"7e57ab1e-0000-4000-8000-{number:012}", "name": f"tied {MARK}"}
