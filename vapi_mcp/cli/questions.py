"""Questions to a person at a terminal; Ctrl-C ends the command there and then."""

from __future__ import annotations

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

import typer

from vapi_mcp.cli.usage import UsageError

INTERRUPTED = 130


def agree(question: str, *, is_agreed: bool) -> None:
    """Ask, unless the answer is given already; anything but yes ends the command.

    Raises:
        UsageError: There is no terminal to answer at.
    """
    if is_agreed:
        return
    try:
        with _ending_at_once():
            is_agreed = typer.confirm(question, err=True)
    except typer.Abort:
        if sys.stdin.isatty():
            raise
        typer.echo(err=True)
        raise UsageError(
            "nothing was done: this command asks for confirmation and standard input gave "
            "none; add --yes to run it without asking"
        ) from None
    if not is_agreed:
        raise typer.Abort


def ask_secretly(question: str) -> str:
    """Return an answer that is not shown while it is typed."""
    with _ending_at_once():
        return typer.prompt(question, hide_input=True, err=True)


@contextmanager
def _ending_at_once() -> Generator[None]:
    # An event loop would only note the signal and go on waiting for a line.
    before = signal.signal(signal.SIGINT, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _leave(number: int, frame: FrameType | None) -> None:
    del number, frame
    typer.echo(err=True)
    raise typer.Exit(INTERRUPTED)
