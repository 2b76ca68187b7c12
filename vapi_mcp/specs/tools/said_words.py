"""What people say for the same thing: `said_words.yaml`."""

from __future__ import annotations

from functools import cache

from pydantic import RootModel

from vapi_mcp.specs.location import specs_directory
from vapi_mcp.specs.tools.validated import validated

FILE = "said_words.yaml"
_SHORTEST = 3


class SaidWordsFile(RootModel[tuple[tuple[str, ...], ...]]):
    """The file: lists of words and phrases."""


def other_words(word: str) -> list[str]:
    """Return what else is said for a word or a phrase, without what a search for it finds."""
    asked = word.casefold()
    meant = (group for group in _groups() if any(_is_form(asked, each) for each in group))
    others = dict.fromkeys(each for group in meant for each in group)
    return [each for each in others if asked not in each]


def _is_form(asked: str, word: str) -> bool:
    """Return whether one of two words is a longer form of the other: refunds, refund."""
    shorter, longer = sorted((asked, word), key=len)
    return len(shorter) >= _SHORTEST and longer.startswith(shorter)


@cache
def _groups() -> tuple[tuple[str, ...], ...]:
    """Read the file (once a process).

    Raises:
        SpecError: It breaks the form.
    """
    return validated(SaidWordsFile, specs_directory() / FILE).root
