"""Judges the answers that reached the caller of a client, by their content."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

Line: TypeAlias = Mapping[str, Any]
LABELS = tuple(call[0] for call in json.loads((Path(__file__).parent / "calls.json").read_bytes()))
_ID = re.compile(r"""["']id["']: ?["']([0-9a-f]{8}-[0-9a-f-]{27})""")
_ERROR = "Vapi says: Assistant with id"
_NOTE = "No item has no_such_field"
# The first bytes of a WAV file, in base64 or as they are.
_SOUND = re.compile("UklGR|RIFF")
_DRY_RUN = r"""["']dry_run["']: ?(true|True)"""
_NAMED = r"""["']body["']: ?\{.*["']name["']: ?["']Ada["']"""
_WORDS: Mapping[str, tuple[str, ...]] = {
    "d": (_DRY_RUN, _NAMED, "gpt-4o"),
    "e2": (_DRY_RUN, _NAMED, "PATCH"),
    "e3": (_DRY_RUN, _NAMED, "PATCH"),
    "f": (r"""["']artifact["']: ?["']mono-recording""", r"""["']url["']: ?["']http"""),
    "g": (r"""["']role["']: ?["']assistant["']""", r"""["']content["']: ?["']\w"""),
}
_FORBIDDEN = {"e3": r"""["']body["']: ?\{[^}]*["'](firstMessage|voice)["']"""}
_MARKED = re.compile(r"""is_?error["']?\s*[:=]\s*true|status["']: ?["']error["']""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one client made of the calls over one transport."""

    tools: int | None = None
    protocol: str = ""
    failed: tuple[str, ...] = LABELS
    notes: str = ""
    error: str = ""
    sound: str = ""
    answers: Mapping[str, str] = field(default_factory=dict, compare=False)


def judged(lines: Mapping[str, Line], protocol: str) -> Verdict:
    """Return the verdict on a driver's lines, by label."""
    if "tools" not in lines:
        told = str(lines.get("connection", {}).get("raised", "no answer"))
        return Verdict(protocol=protocol, answers={"connection": told})
    answers = {label: _plain(lines.get(label, {})) for label in LABELS}
    return Verdict(
        tools=lines["tools"]["count"],
        protocol=protocol,
        failed=tuple(label for label in LABELS if not _is_right(label, lines.get(label, {}))),
        notes="kept" if _NOTE in answers["b"] else "dropped",
        error=_error(lines.get("c", {})),
        sound=_sound(lines.get("f", {})),
        answers=answers,
    )


def _plain(line: Line) -> str:
    """Return an answer without the escapes of text within text."""
    text = str(line.get("answer", line.get("raised", "")))
    return text.replace("\\", "").replace('": "', '":"')


def _is_right(label: str, line: Line) -> bool:
    text = _plain(line)
    if label == "c":
        return _ERROR in text
    if "answer" not in line or re.search(_FORBIDDEN.get(label, "(?!)"), text):
        return False
    ids = len(set(_ID.findall(text)))
    if label in {"a", "b"}:
        return ids == 2
    return ids > 2 if label == "e" else all(re.search(word, text) for word in _WORDS[label])


def _error(line: Line) -> str:
    if "raised" in line:
        return "raised"
    return "marked" if _MARKED.search(_plain(line)) else "plain text"


def _sound(line: Line) -> str:
    if not _is_right("f", line):
        return "answer lost"
    if not _SOUND.search(_plain(line)):
        return "saved to a file" if "saved to" in _plain(line) else "dropped"
    return "base64 as text" if line.get("is_text") else "kept"
