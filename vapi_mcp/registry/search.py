"""Finding tools by what people call things: BM25 over what is known of each tool."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import log

from vapi_mcp.registry.scope import EVERYTHING, Scope
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.nearness import near_names
from vapi_mcp.specs.tools.toolspec import Method

# How soon more places for a word stop counting. A tool's length does not matter here: all texts
# are about as long, and none repeats itself to be found.
_SATURATION = 8.0
# How surely a word means what a synonym or a near spelling stands for.
_SYNONYM = 0.9
_MISSPELT = 0.8
_NEAR_ENOUGH = 0.84
_NEAR_LENGTH = 2
# No query needs more; comparing the spelling of many thousand words would hold up the process.
_MOST_WORDS = 30
_MOST_MISSPELT = 8
# Changes and deletions come first only where a word of the query names them.
_LIKELY: Mapping[Method, float] = {
    "create": 1.0,
    "list": 0.99,
    "get": 0.99,
    "update": 0.95,
    "delete": 0.9,
}

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
# Descriptions point at sibling tools by name; that is not what the tool itself does.
_TOOL_NAME = re.compile(r"\b[a-z]+(?:_[a-z0-9]+){2,}\b")
# A phone number is a number, in words or in digits; "phone" alone is what one does with it.
_NUMBER = re.compile(r"phone[ _]?number|\+[0-9][0-9 ()-]{6,}", re.IGNORECASE)
# Words of every question and every tool name; "all" and "by" would find every list and every get.
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        """
        a all am an and are as at be been but by can could did do does for from had has have how i
        id if in into is it its let me my of on or our please should single so that the their them
        then they this to us vapi want was we were what when where who why will with would yet you
        """,
    )
)
_ENDINGS = ("ings", "ing", "ied", "ies", "ed", "es", "s")
_SHORTEST_STEM = 3


class ToolSearch:
    """An index over tools. The same query finds the same tools in the same order."""

    def __init__(self, tools: Iterable[Tool], synonyms: Mapping[str, Sequence[str]]) -> None:
        """Index tools. `synonyms`: a word that tools use, and what people say for it."""
        self._tools = list(tools)
        texts = [_texts(tool) for tool in self._tools]
        self._weights = [_weights(weighed) for weighed in texts]
        holders = Counter(stem for weights in self._weights for stem in weights)
        self._rarity = {stem: log(1 + len(texts) / n) for stem, n in holders.items()}
        self._meant: dict[str, list[str]] = {}
        for word, said in synonyms.items():
            for other in said:
                self._meant.setdefault(_stem(other), []).append(_stem(word))
        known = {word for weighed in texts for _, text in weighed for word in _words(text)}
        self._spellings = sorted(known.union(*synonyms.values()))

    def search(self, query: str, scope: Scope = EVERYTHING, limit: int = 8) -> tuple[Tool, ...]:
        """Return the tools in scope that fit a query best, best first; none if nothing fits."""
        words = list(dict.fromkeys(_words(query)))[:_MOST_WORDS]
        strange = [word for word in words if not self._is_known(word)][_MOST_MISSPELT:]
        terms = [self._meanings(word) for word in words if word not in strange]
        scored = [
            (sum(self._score(term, weights) for term in terms) * _LIKELY[tool.spec.method], tool)
            for tool, weights in zip(self._tools, self._weights, strict=True)
            if tool.spec in scope
        ]
        # A name given in full is meant, though a longer one may hold all its words too.
        scored.sort(key=lambda each: (each[1].name != query.strip(), -each[0]))
        return tuple(tool for score, tool in scored[:limit] if score > 0)

    def _meanings(self, word: str) -> Mapping[str, float]:
        """Return the stems that a word of a query may stand for, and how surely."""
        stem = _stem(word)
        if not self._is_known(word):
            alike = (w for w in self._spellings if abs(len(w) - len(word)) <= _NEAR_LENGTH)
            near = near_names(word, alike, most=1, cutoff=_NEAR_ENOUGH)
            return {s: sure * _MISSPELT for w in near for s, sure in self._meanings(w).items()}
        return {**dict.fromkeys(self._meant.get(stem, ()), _SYNONYM), stem: 1.0}

    def _is_known(self, word: str) -> bool:
        stem = _stem(word)
        return stem in self._rarity or stem in self._meant

    def _score(self, meanings: Mapping[str, float], weights: Mapping[str, float]) -> float:
        """Score one word of a query against one tool: its best meaning counts, not their sum."""
        return max(
            (
                sure * self._rarity[stem] * weights[stem] / (weights[stem] + _SATURATION)
                for stem, sure in meanings.items()
                if stem in weights
            ),
            default=0.0,
        )


def _texts(tool: Tool) -> list[tuple[float, str]]:
    """Return what is known of a tool; what names it weighs more than what describes it."""
    spec = tool.spec
    shown = (*spec.body, *spec.query)
    return [
        (6.0, spec.name),
        (2.0, spec.title),
        (1.0, f"{spec.resource} {' '.join(spec.tags)}"),
        (1.0, _TOOL_NAME.sub(" ", spec.description)),
        (0.3, " ".join([*tool.arguments, *(spec.words[path] for path in shown)])),
    ]


def _weights(texts: Iterable[tuple[float, str]]) -> Mapping[str, float]:
    weights: dict[str, float] = {}
    for weight, text in texts:
        for stem in {_stem(word) for word in _words(text)}:
            weights[stem] = weights.get(stem, 0.0) + weight
    return weights


def _words(text: str) -> list[str]:
    """Return the words that say something, in lower case; `assistantId` is two."""
    plain = _NUMBER.sub(" number ", text)
    return [word for word in map(str.lower, _WORD.findall(plain)) if word not in _EMPTY]


def _stem(word: str) -> str:
    """Cut what only bends a word: recordings, recorded and record are one; so are run, running."""
    ending = next(
        (e for e in _ENDINGS if word.endswith(e) and len(word) - len(e) >= _SHORTEST_STEM), ""
    )
    if not ending or word.endswith("ss"):
        return word.removesuffix("e")
    stem = word.removesuffix(ending)
    if ending in ("ied", "ies"):
        return f"{stem}y"
    if ending in ("ing", "ings", "ed") and stem[-1] == stem[-2] and stem[-1] not in "lsz":
        return stem[:-1]
    return stem.removesuffix("e")
