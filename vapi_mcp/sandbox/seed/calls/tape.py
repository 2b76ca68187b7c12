"""The messages of a seeded call, laid out in time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from vapi_mcp.sandbox.seed.assistants import PROFILES
from vapi_mcp.sandbox.seed.calls.scripts import Line
from vapi_mcp.sandbox.seed.draws import SeededRandom, hex_string
from vapi_mcp.sandbox.seed.texts import prompt

Part = dict[str, Any]

_CHARACTERS_PER_SECOND = 15.5
_INTERRUPTION_CHANCE = 0.05


@dataclass(slots=True)
class Tape:
    """A conversation while it is spoken: what was said, when, and how long each turn took.

    Times are milliseconds since `start`; a message's `time`, `endTime` and `duration` are
    milliseconds too, as the real API sends them.
    """

    draws: SeededRandom
    rng: Random
    start: datetime
    assistant: str
    clock: int = 0
    messages: list[Part] = field(default_factory=list[Part])
    formatted: list[Part] = field(default_factory=list[Part])
    spoken: list[str] = field(default_factory=list[str])
    latencies: list[Part] = field(default_factory=list[Part])
    active: list[str] = field(default_factory=list[str])
    prompt_tokens: int = 0
    completion_characters: int = 0
    interruptions: int = 0
    context: int = 0

    def play(self, line: Line) -> None:
        """Speak one line of a script."""
        if line.kind == "bot":
            self.say(line.text)
        elif line.kind == "user":
            self.hear(line.text)
        elif line.kind == "tool":
            self.use_tool(line)
        else:
            self.hand_over(line.text)

    def open(self, assistant: str) -> None:
        """Put an assistant on the line, with its system prompt."""
        self.assistant = assistant
        self.active.append(assistant)
        content = prompt(PROFILES[assistant].prompt)
        self.messages.append({"role": "system", "message": content, **self._at()})
        self.formatted.append({"role": "system", "content": content})
        self.context += len(content) // 4

    def say(self, text: str) -> None:
        """Let the assistant speak, after the pause its parts need."""
        latency = self._latency()
        if self.messages[-1]["role"] == "user":
            self.latencies.append(latency)
        self.clock += latency["turnLatency"]
        profile = PROFILES[self.assistant]
        message: Part = {"role": "bot", "message": text, **self._span(text), "source": ""}
        if len(self.active) > 1:
            message["assistantName"] = profile.name
            message["assistantId"] = self.draws.id_of("assistant", self.assistant)
        self.messages.append(message)
        self.formatted.append({"role": "assistant", "content": text})
        self.spoken.append(f"AI: {text}\n")
        self.completion_characters += len(text)
        self._count_turn(text)

    def hear(self, text: str) -> None:
        """Let the caller speak; one time in twenty they interrupt."""
        pause = self.rng.randrange(250, 1400)
        if self.rng.random() < _INTERRUPTION_CHANCE:
            self.interruptions += 1
            pause = 40
        self.clock += pause
        self.messages.append({"role": "user", "message": text, **self._span(text)})
        self.formatted.append({"role": "user", "content": text})
        self.spoken.append(f"User: {text}\n")
        self.context += len(text) // 4

    def use_tool(self, line: Line) -> None:
        """Call a tool and read its result."""
        call_id = f"call_{hex_string(self.rng, 24)}"
        function = {"name": line.text, "arguments": line.arguments}
        calls = [{"id": call_id, "type": "function", "function": function}]
        self.clock += self.rng.randrange(120, 400)
        self.messages.append(
            {"role": "tool_calls", "toolCalls": calls, "message": "", **self._at()}
        )
        self.formatted.append({"role": "assistant", "content": "", "tool_calls": calls})
        self.clock += self.rng.randrange(180, 1900)
        self.messages.append(
            {
                "role": "tool_call_result",
                "toolCallId": call_id,
                "name": line.text,
                "result": line.result,
                **self._at(),
            }
        )
        self.formatted.append({"role": "tool", "content": line.result, "tool_call_id": call_id})
        self._count_turn(line.arguments)
        self.context += len(line.result) // 4

    def hand_over(self, assistant: str) -> None:
        """Give the call to another assistant of the squad."""
        name = PROFILES[assistant].name
        arguments = f'{{"destination": "{name}"}}'
        self.use_tool(Line("tool", "handoff_to_assistant", arguments, "Handoff initiated."))
        self.open(assistant)

    def wait(self, seconds: float) -> None:
        """Let time pass in silence."""
        self.clock += round(seconds * 1000)

    def _at(self) -> Part:
        return {
            "time": round(self.start.timestamp() * 1000) + self.clock,
            "secondsFromStart": self.clock / 1000,
        }

    def _span(self, text: str) -> Part:
        at = self._at()
        pace = _CHARACTERS_PER_SECOND * self.rng.uniform(0.85, 1.2)
        duration = round(max(450, 1000 * len(text) / pace))
        self.clock += duration
        return at | {"endTime": at["time"] + duration, "duration": duration}

    def _latency(self) -> Part:
        rng = self.rng
        model, voice = rng.randrange(240, 1100), rng.randrange(90, 420)
        transcriber, endpointing = rng.randrange(60, 260), rng.randrange(80, 700)
        return {
            "modelLatency": model,
            "voiceLatency": voice,
            "transcriberLatency": transcriber,
            "endpointingLatency": endpointing,
            "turnLatency": model + voice + transcriber + endpointing,
        }

    def _count_turn(self, said: str) -> None:
        self.prompt_tokens += min(self.context, 8000)
        self.context += len(said) // 4
