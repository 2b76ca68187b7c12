"""The replies of an assistant: a fitting sentence of its prompt, and an echo; no model runs."""

from __future__ import annotations

import re

from vapi_mcp.sandbox.resources.assistants import filled, greeting_of, prompt_of
from vapi_mcp.sandbox.state.collection import JsonObject

_GREETING = re.compile(
    r"\s*(hi|hello|hey|good (morning|afternoon|evening))\b[\s!.,]*", re.IGNORECASE
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_WORD = re.compile(r"[a-z0-9]{4,}")
_ECHO_LENGTH = 160
# What a reply begins with where the assistant knows something about it.
KNOWN = "What I can tell you: "


def reply(assistant: JsonObject, text: str, variables: JsonObject, knowledge: str = "") -> str:
    """Return the assistant's answer to a text: the same for the same assistant and text.

    knowledge: what it can look up, besides its prompt.
    """
    if _GREETING.fullmatch(text):
        return greeting_of(assistant, variables)
    echo = text.strip()
    echo = echo if len(echo) <= _ECHO_LENGTH else echo[: _ECHO_LENGTH - 1] + "…"
    known = f"{filled(prompt_of(assistant), variables)}\n{knowledge}"
    fitting = _fitting_sentence(known, text)
    name = assistant.get("name")
    speaker = f"{name} here. " if name else ""
    told = f"{KNOWN}{fitting} " if fitting else ""
    return f"{speaker}You said: “{echo}”. {told}Is there anything else I can help you with?"


def _fitting_sentence(prompt: str, text: str) -> str:
    """Return the sentence of the prompt that shares most words with a text, or nothing."""
    wanted = set(_WORD.findall(text.lower()))
    best, most = "", 0
    for raw in _SENTENCE.split(prompt):
        sentence = raw.strip().lstrip("#-*•0123456789.) ").strip()
        shared = len(wanted & set(_WORD.findall(sentence.lower())))
        if shared > most and not sentence.lower().startswith(("you are", "you're")):
            best, most = sentence, shared
    return best if not best or best[-1] in ".!?" else f"{best}."
