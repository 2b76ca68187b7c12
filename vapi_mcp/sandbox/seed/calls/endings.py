"""Ends of seeded calls."""

from __future__ import annotations

from random import Random

from vapi_mcp.sandbox.seed.assistants import PROFILES
from vapi_mcp.sandbox.seed.calls.scripts import Line, Script, scripts_of
from vapi_mcp.sandbox.seed.calls.tape import Tape

# What breaks is the assistant's voice, by its provider.
_PIPELINE_REASONS = {
    "11labs": "pipeline-error-eleven-labs-voice-failed",
    "azure": "pipeline-error-azure-voice-failed",
    "cartesia": "call.in-progress.error-vapifault-cartesia-voice-failed",
    "tavus": "call.in-progress.error-vapifault-tavus-video-failed",
}
_MODEL_FAILED = "call.in-progress.error-providerfault-vapi-llm-failed"
_ASK_AGAIN = {
    "us": ("Are you still there?", "I can't hear you any more, so I'll hang up. Goodbye."),
    "uk": ("Are you still there?", "I can't hear you any more, so I'll hang up. Goodbye."),
    "es": ("¿Sigue ahí?", "Ya no le oigo, así que cuelgo. ¡Hasta pronto!"),
    "de": ("Sind Sie noch da?", "Ich höre Sie nicht mehr und lege jetzt auf. Auf Wiederhören."),
}
_MAILBOX = (
    "Hi, you've reached {first}. I can't come to the phone, leave a message after the tone.",
    "The person you are calling is not available. Please record your message after the beep.",
)
_ASIDE_LANGUAGE = {"us": "en", "uk": "en", "es": "es", "de": "de"}


# Chance of an interruption before an answer; none in calls that are long already.
_ASIDE_CHANCE = 0.09
_LONG_CALL_LINES = 60


def play_script(tape: Tape, lines: list[Line], ending: str, locale: str) -> None:
    """Speak a script as far as its ending lets it come."""
    if ending in {"hangup", "pipeline"}:
        lines = _cut(tape.rng, lines)
    elif ending == "silence":
        lines = _cut_before_answer(tape.rng, lines)
    elif ending == "overtime":
        lines = lines[: len(lines) * 9 // 10]
    else:
        lines = _with_asides(tape.rng, lines, locale)
    for line in lines:
        tape.play(line)
    if ending == "silence":
        for question in _ASK_AGAIN[locale]:
            tape.wait(9)
            tape.say(question)
    tape.wait(tape.rng.uniform(0.4, 2.5))


def play_voicemail(tape: Tape, first: str, message: str) -> None:
    """Reach a mailbox and leave the assistant's message."""
    tape.hear(tape.rng.choice(_MAILBOX).format(first=first))
    tape.wait(1.5)
    tape.say(message)
    tape.wait(0.8)


def ended_reason(assistant: str, script: Script, ending: str) -> str:
    """Return the `endedReason` of a conversation that `assistant` spoke last in."""
    voice = PROFILES[assistant].voice["provider"]
    reasons = {
        "hangup": "customer-ended-call",
        "silence": "silence-timed-out",
        "overtime": "exceeded-max-duration",
        "pipeline": _PIPELINE_REASONS.get(voice, _MODEL_FAILED),
        "voicemail": "voicemail",
    }
    return reasons.get(ending, script.facts["ended"])


def _cut(rng: Random, lines: list[Line]) -> list[Line]:
    return lines[: max(2, int(len(lines) * rng.uniform(0.25, 0.7)))]


def _cut_before_answer(rng: Random, lines: list[Line]) -> list[Line]:
    questions = [
        position + 1
        for position, line in enumerate(lines[:-1])
        if line.kind == "bot" and lines[position + 1].kind == "user"
    ]
    return lines[: rng.choice(questions)]


def _with_asides(rng: Random, lines: list[Line], locale: str) -> list[Line]:
    """Insert a small interruption between some questions and their answers."""
    asides = scripts_of("asides")[_ASIDE_LANGUAGE[locale]].lines
    told: list[Line] = []
    for position, line in enumerate(lines):
        asked = position > 1 and line.kind == "user" and lines[position - 1].kind == "bot"
        if asked and len(lines) < _LONG_CALL_LINES and rng.random() < _ASIDE_CHANCE:
            first = 2 * rng.randrange(len(asides) // 2)
            told += asides[first : first + 2]
        told.append(line)
    return told
