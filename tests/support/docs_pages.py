"""The pages, and what is code in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def fences(text: str, language: str) -> list[str]:
    """Return the fenced blocks of one language."""
    return [found[2] for found in _FENCE.finditer(text) if found[1] == language]


def code_of(text: str) -> Iterator[str]:
    """Yield every line of code of a page, with the lines it goes on in, and every code span."""
    whole = text.replace("\\\n", " ")
    yield from (line for found in _FENCE.finditer(whole) for line in found[2].splitlines())
    prose = _FENCE.sub("", whole)
    yield from re.findall(r"^ {4}(.+)$", prose, re.MULTILINE)
    yield from (" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose))


def curls(text: str) -> Iterator[str]:
    """Yield the curl commands of a page."""
    yield from (line for line in code_of(text) if line.strip().startswith("curl "))
