"""What is wrong with a value, in the words of people; the libraries that find it have their own."""

from __future__ import annotations

import re

_PLAIN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(theirs, re.DOTALL), ours)
    for theirs, ours in (
        (r"Value error, (.+)", r"\1"),
        (r"Input should be a valid integer.*", "must be a whole number"),
        (r"Input should be a (?:valid|finite) number.*", "must be a number"),
        (r"Input should be a valid boolean.*", "must be true or false"),
        (r"Input should be a valid string.*", "must be text"),
        (r"Input should be greater than or equal to (.+)", r"must be \1 or more"),
        (r"Input should be less than or equal to (.+)", r"must be \1 or less"),
        (r"Input should be greater than (.+)", r"must be more than \1"),
        (r"(.+) is not in the range (\S+?)<=x<=(\S+?)\.?", r"\1 is not a number from \2 to \3"),
        (r"Input should be (.+)", r"must be \1"),
    )
)


def in_plain_words(message: str) -> str:
    """Return a message of pydantic or of the command line's parser as a plain sentence."""
    for theirs, ours in _PLAIN:
        if found := theirs.fullmatch(message):
            return found.expand(ours)
    return message
