"""Prompts, scripts and knowledge files."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@cache
def prompt(name: str) -> str:
    """Return an assistant's system prompt."""
    return (_FOLDER / "prompts" / f"{name}.md").read_text("utf-8").strip()


@cache
def script_source(name: str) -> str:
    """Return the source of one file of conversation scripts."""
    return (_FOLDER / "scripts" / f"{name}.txt").read_text("utf-8")


@cache
def knowledge(filename: str) -> bytes:
    """Return the content of an uploaded file."""
    return (_FOLDER / "knowledge" / filename).read_bytes()
