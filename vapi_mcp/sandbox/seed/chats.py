"""Chats of a fresh sandbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from vapi_mcp.sandbox.seed.assistants import PROFILES
from vapi_mcp.sandbox.seed.calls.dialogues import DIALOGUES_WRITTEN, Dialogue, draw_dialogue
from vapi_mcp.sandbox.seed.draws import SeededRandom, iso
from vapi_mcp.sandbox.seed.sessions import session_age

Part = dict[str, Any]

_THREADS = 3


def seed_chats(draws: SeededRandom) -> list[Part]:
    """Return thirty chats: two in every session, and three threads linked chat by chat."""
    chats = [
        _chat(draws, draw_dialogue(draws, position), turn, position)
        for position in range(DIALOGUES_WRITTEN)
        for turn in range(2)
    ]
    for thread in range(DIALOGUES_WRITTEN, DIALOGUES_WRITTEN + _THREADS):
        dialogue = draw_dialogue(draws, thread)
        chats += [_chat(draws, dialogue, turn, None) for turn in range(2)]
    return chats


def _chat(draws: SeededRandom, dialogue: Dialogue, turn: int, session: int | None) -> Part:
    exchange = dialogue.exchanges[turn]
    age = session_age(session) if session is not None else 0.02
    created = draws.ago(days=age) + timedelta(minutes=1 + 2 * turn, milliseconds=413 * turn)
    chat: Part = {
        "id": draws.id_of("chat", f"{dialogue.key}-{turn}"),
        "orgId": draws.org_id,
        "createdAt": iso(created),
        "updatedAt": iso(created + timedelta(seconds=3)),
        "assistantId": draws.id_of("assistant", dialogue.assistant),
        "name": f"{dialogue.person.first} writes"[:40],
        "input": exchange.question,
        "messages": [dialogue.system, *dialogue.history(turn)],
        "output": list(exchange.answer),
        "stream": False,
        **_price(dialogue, turn),
    }
    if session is not None:
        chat["sessionId"] = draws.id_of("session", str(session))
    elif turn:
        chat["previousChatId"] = draws.id_of("chat", f"{dialogue.key}-{turn - 1}")
    return chat


def _price(dialogue: Dialogue, turn: int) -> Part:
    read = sum(len(str(message["content"])) for message in dialogue.history(turn)) // 4 + 300
    written = sum(len(str(part["content"])) for part in dialogue.exchanges[turn].answer) // 4
    model = PROFILES[dialogue.assistant].model
    costs: list[Part] = [
        {
            "type": "model",
            "model": {"provider": model["provider"], "model": model["model"]},
            "promptTokens": read,
            "completionTokens": written,
            "cost": round((read * 0.0005 + written * 0.002) / 1000, 6),
        },
        {"type": "chat", "cost": 0.005},
    ]
    return {"costs": costs, "cost": round(sum(cost["cost"] for cost in costs), 6)}
