"""Names that come near one that is not known, looked for at a bounded price."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

# What is longer is no misspelt name; and comparing takes the square of the length.
LONGEST_NAME = 80
_MOST_COMPARED = 1_000


def near_names(name: str, known: Iterable[str], *, most: int = 2, cutoff: float = 0.6) -> list[str]:
    """Return the known names that come nearest, best first; none for what is too long for one."""
    if len(name) > LONGEST_NAME:
        return []
    compared = islice((each for each in known if len(each) <= LONGEST_NAME), _MOST_COMPARED)
    return get_close_matches(name, list(compared), n=most, cutoff=cutoff)
