"""Printed text: unchanged in a pipe, without control characters on a terminal."""

from __future__ import annotations

import json
import re
import sys

import typer

# Whatever is not printable: C0 and C1 controls, direction marks, line separators, halves of pairs.
_STRANGE = re.compile(r"[^\n -~]")


def say(text: str | bytes, *, err: bool = False, nl: bool = True) -> None:
    """Print a text; on a terminal, what is not printable is written out as JSON does it."""
    stream = sys.stderr if err else sys.stdout
    if stream.isatty():
        text = escaped(text.decode() if isinstance(text, bytes) else text)
    typer.echo(text, file=stream, nl=nl)


def escaped(text: str) -> str:
    """Return a text with its unprintable characters written out; JSON stays the same JSON."""
    return text if text.isprintable() else _STRANGE.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    char = found.group()
    return char if char.isprintable() else json.dumps(char)[1:-1]
