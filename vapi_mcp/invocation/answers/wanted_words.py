"""Words to look for in a text: `refund|money back`, with quotes around a phrase."""

from __future__ import annotations

import re
from typing import TypeAlias

# All words of one alternative have to be there.
Alternatives: TypeAlias = tuple[tuple[str, ...], ...]

_QUOTES = str.maketrans("“”„", '"""')
_PIECE = re.compile(r'"([^"]*)"?|(\|)|([^\s"|]+)')
_OR = "OR"
# Here the case of patterns and of folded texts differs: Turkish letters without and with a dot.
_DOTS = ("\u0131", "\u0307")


def read_words(text: str) -> Alternatives:
    """Return the alternatives that a text asks for; `|` or OR stands between them."""
    found: list[list[str]] = [[]]
    for phrase, bar, word in _PIECE.findall(text.translate(_QUOTES)):
        if bar or word == _OR:
            found.append([])
        elif piece := " ".join((phrase or word).split()):
            found[-1].append(piece)
    return tuple(tuple(words) for words in found if words)


class WantedWords:
    """Alternatives, found at any place of a word; case does not count."""

    def __init__(self, text: str) -> None:
        """Prepare to look for what a text asks for; every text holds nothing."""
        alternatives = read_words(text)
        self._alternatives = [list(map(_pattern, words)) for words in alternatives]
        self._asked = text.casefold()
        self._folded = [" ".join(words).casefold().split() for words in alternatives]

    def __bool__(self) -> bool:
        """Return whether there is something to look for."""
        return bool(self._alternatives)

    def are_in(self, text: str) -> bool:
        """Return whether a text holds all words of one alternative."""
        if not self._alternatives:
            return True
        return any(all(each.search(text) for each in words) for words in self._alternatives)

    def may_be_in(self, text: str) -> bool:
        """Return whether it is worth to look closely: a quick look at a whole conversation."""
        if not self._alternatives:
            return True
        folded = text.casefold()
        if any(letter in folded + self._asked for letter in _DOTS):
            return True
        return any(all(word in folded for word in words) for words in self._folded)

    def first_in(self, text: str) -> int:
        """Return where the first word of an alternative that is there begins; 0 if none is."""
        for words in self._alternatives:
            if all(each.search(text) for each in words):
                found = words[0].search(text)
                return found.start() if found else 0
        return 0


def _pattern(piece: str) -> re.Pattern[str]:
    return re.compile(r"\s+".join(map(re.escape, piece.split())), re.IGNORECASE)
