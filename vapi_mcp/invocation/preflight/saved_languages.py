"""Undocumented languages that an update sends back as they are saved: no new risk."""

from __future__ import annotations

from dataclasses import replace

from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.arguments.notes import LanguageNote
from vapi_mcp.json_paths import resolve


def without_saved_languages(checked: Checked) -> Checked:
    """Return an update without the notes on languages that are saved already."""
    notes = tuple(note for note in checked.notes if not _is_saved(checked, note))
    return replace(checked, notes=notes)


def _is_saved(checked: Checked, note: str) -> bool:
    if checked.saved is None or not isinstance(note, LanguageNote):
        return False
    return resolve(checked.saved, note.path) == resolve(checked.body, note.path)
