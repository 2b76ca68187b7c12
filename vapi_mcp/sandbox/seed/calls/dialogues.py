"""Dialogues of seeded calls and chats."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from vapi_mcp.sandbox.seed.assistants import PROFILES
from vapi_mcp.sandbox.seed.calls.scenes import draw_scene
from vapi_mcp.sandbox.seed.calls.scripts import Line, scripts_of
from vapi_mcp.sandbox.seed.draws import SeededRandom, hex_string
from vapi_mcp.sandbox.seed.people import Person, draw_person
from vapi_mcp.sandbox.seed.texts import prompt

Part = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One written question and everything that answers it, in the form of chat messages."""

    question: str
    answer: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A written conversation with one assistant."""

    key: str
    assistant: str
    person: Person
    exchanges: tuple[Exchange, ...]

    @property
    def system(self) -> Part:
        """The assistant's system prompt as a chat message."""
        return {"role": "system", "content": prompt(PROFILES[self.assistant].prompt)}

    def history(self, length: int) -> list[Part]:
        """Return the messages of the first `length` exchanges, without the system prompt."""
        messages: list[Part] = []
        for exchange in self.exchanges[:length]:
            messages.append({"role": "user", "content": exchange.question})
            messages += exchange.answer
        return messages


_WRITTEN = (
    ("support", "late-order"),
    ("support", "wrong-item"),
    ("reception", "insurance-question"),
    ("qualifier", "good-lead"),
    ("restaurant", "mesa-para-cuatro"),
    ("support", "damaged-shelf"),
    ("workshop", "inspektion"),
    ("concierge", "late-checkout"),
    ("support", "rushed-refund"),
    ("reception", "reschedule"),
    ("qualifier", "skeptic"),
    ("support", "injection"),
)
DIALOGUES_WRITTEN = len(_WRITTEN)


def draw_dialogue(draws: SeededRandom, position: int) -> Dialogue:
    """Draw the written conversation at a position of the seeded month."""
    name, script = _WRITTEN[position % len(_WRITTEN)]
    rng = draws.stream("dialogue", position)
    person = draw_person(rng, PROFILES[name].locale)
    scene = draw_scene(rng, person, draws.ago(days=position))
    lines = [line.filled(scene) for line in scripts_of(name)[script].lines]
    return Dialogue(f"{script}-{position}", name, person, tuple(_exchanges(rng, lines)))


def _exchanges(rng: Random, lines: list[Line]) -> list[Exchange]:
    starts = [place for place, line in enumerate(lines) if line.kind == "user"]
    ends = [*starts[1:], len(lines)]
    exchanges = [
        Exchange(lines[start].text, tuple(_answer(rng, lines[start + 1 : end])))
        for start, end in zip(starts, ends, strict=True)
    ]
    return [exchange for exchange in exchanges if exchange.answer]


def _answer(rng: Random, lines: list[Line]) -> list[Part]:
    answer: list[Part] = []
    for line in lines:
        if line.kind == "bot":
            answer.append({"role": "assistant", "content": line.text})
            continue
        call_id = f"call_{hex_string(rng, 24)}"
        function = {"name": line.text, "arguments": line.arguments}
        calls = [{"id": call_id, "type": "function", "function": function}]
        answer.append({"role": "assistant", "content": "", "tool_calls": calls})
        answer.append({"role": "tool", "content": line.result, "tool_call_id": call_id})
    return answer
