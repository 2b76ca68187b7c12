"""The words of a simulated call, laid out over its seconds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

from vapi_mcp.sandbox.resources.assistants import filled, greeting_of, prompt_of
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import milliseconds

Turn: TypeAlias = tuple[str, str]

_OPENINGS = (
    "Hi, yes, I have a minute. What is it about?",
    "Hello. Yes, speaking.",
    "Oh, hi. I was expecting your call.",
)
_MIDDLES: Sequence[tuple[str, str]] = (
    ("Okay, and what would you need from me?", "Only a few details, and we are done."),
    ("Could we do it on Thursday afternoon?", "Thursday afternoon works. I have noted that."),
    ("Can you send me that in writing?", "Of course. You will get a message in a few minutes."),
    ("How long is this going to take?", "Two minutes at most."),
    ("I had a question about my last bill.", "I see it here. It was settled last week."),
)
_CLOSINGS = ("Great, thanks for your help. Bye.", "Perfect, that is all. Goodbye.")
_FAREWELL = "Thank you for your time. Goodbye!"
_VOICEMAIL = "Please leave a message after the tone."


def turns(
    assistant: JsonObject, variables: JsonObject, reason: str, draw: random.Random
) -> list[Turn]:
    """Return who says what, `bot` or `user`, in a call that ends for this reason."""
    greeting = greeting_of(assistant, variables)
    if reason == "voicemail":
        message = assistant.get("voicemailMessage") or "We will try again later."
        return [("user", _VOICEMAIL), ("bot", filled(message, variables))]
    if reason == "silence-timed-out":
        return [("bot", greeting), ("bot", "Are you still there?")]
    spoken: list[Turn] = [("bot", greeting), ("user", draw.choice(_OPENINGS))]
    spoken.append(("bot", "Thank you. I will keep this short."))
    for question, answer in draw.sample(_MIDDLES, draw.randint(1, 3)):
        spoken += [("user", question), ("bot", answer)]
    spoken.append(("user", draw.choice(_CLOSINGS)))
    farewell = assistant.get("endCallMessage") or _FAREWELL
    return [*spoken, ("bot", filled(farewell, variables))]


def messages_of(
    assistant: JsonObject, spoken: Sequence[Turn], start: datetime, seconds: float
) -> list[JsonObject]:
    """Return call messages with times; longer sentences take a larger share of the seconds."""
    origin = milliseconds(start)
    messages: list[JsonObject] = []
    prompt = prompt_of(assistant)
    if prompt:
        messages.append(
            {"role": "system", "message": prompt, "time": origin, "secondsFromStart": 0}
        )
    weights = [len(text) + 20 for _, text in spoken]
    scale = seconds / sum(weights)
    clock = 0.0
    for (role, text), weight in zip(spoken, weights, strict=True):
        length = weight * scale
        messages.append(_message(role, text, origin, clock, length * 0.85))
        clock += length
    return messages


def transcript_of(spoken: Sequence[Turn]) -> str:
    """Return the conversation as text, one line a turn."""
    names = {"bot": "AI", "user": "User"}
    return "".join(f"{names[role]}: {text}\n" for role, text in spoken)


def openai_messages(assistant: JsonObject, spoken: Sequence[Turn]) -> list[JsonObject]:
    """Return the conversation in the roles of a chat model."""
    prompt = prompt_of(assistant)
    first = [{"role": "system", "content": prompt}] if prompt else []
    roles = {"bot": "assistant", "user": "user"}
    return [*first, *({"role": roles[role], "content": text} for role, text in spoken)]


def _message(role: str, text: str, origin: int, offset: float, length: float) -> dict[str, Any]:
    begin = origin + round(offset * 1000)
    end = begin + round(length * 1000)
    message: JsonObject = {
        "role": role,
        "message": text,
        "time": begin,
        "endTime": end,
        "secondsFromStart": round(offset, 3),
        "duration": end - begin,
    }
    return message | {"source": ""} if role == "bot" else message
