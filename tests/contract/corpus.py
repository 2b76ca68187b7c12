"""Bodies as people really post them to Vapi, each with what is right to become of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vapi_mcp.sandbox.state.snapshot import KINDS, StateSnapshot

FOLDER = Path(__file__).parent / "payloads"
SAVED = FOLDER / "saved.json"
_KEYS = frozenset({"tool", "why", "arguments", "product", "sandbox"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is right: accepted with exactly these notes, or refused at a place with some words."""

    notes: tuple[str, ...] = ()
    place: str | None = None
    words: str = ""

    @property
    def is_refusal(self) -> bool:
        """Whether nothing may be sent or stored."""
        return self.place is not None


@dataclass(frozen=True, slots=True)
class Payload:
    """One call of a tool as people make it.

    product: of a dry run. sandbox: of the same body, posted to the API itself. sent: of the call
    without a dry run, once the product has taken out or mended what it may.
    """

    name: str
    tool: str
    why: str
    arguments: dict[str, Any]
    product: Verdict
    sandbox: Verdict
    sent: Verdict
    is_mistake: bool


def payloads() -> list[Payload]:
    """Return the whole corpus."""
    files = sorted(path for path in FOLDER.rglob("*.json") if path != SAVED)
    return [_payload(path) for path in files]


def saved_world() -> StateSnapshot:
    """Return the organisation whose objects the bodies name."""
    saved = json.loads(SAVED.read_bytes())
    shelves = {kind: {each["id"]: each for each in saved.get(kind, ())} for kind in KINDS}
    return StateSnapshot(saved["orgId"], shelves)


def _payload(path: Path) -> Payload:
    raw = json.loads(path.read_bytes())
    name = path.relative_to(FOLDER).with_suffix("").as_posix()
    if raw.keys() - {"sent"} != _KEYS:
        raise ValueError(f"{name} has {sorted(raw)}; it needs {sorted(_KEYS)} and may have sent")
    sent = raw["product"] if "refused" in raw["product"] else raw["sandbox"]
    return Payload(
        name,
        raw["tool"],
        raw["why"],
        raw["arguments"],
        product=_verdict(raw["product"]),
        sandbox=_verdict(raw["sandbox"]),
        sent=_verdict(raw.get("sent", sent)),
        is_mistake=name.startswith("mistakes/"),
    )


def _verdict(raw: Any) -> Verdict:
    match raw:
        case "accepted":
            return Verdict()
        case {"notes": [*notes], **rest} if not rest:
            return Verdict(notes=tuple(notes))
        case {"refused": str(place), "words": str(words), **rest} if not rest:
            return Verdict(place=place, words=words)
        case _:
            raise ValueError(f"not a verdict: {raw!r}")
