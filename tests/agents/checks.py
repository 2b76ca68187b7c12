"""Whether a task was done, by the state of the simulated Vapi and the agent's last words."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import httpx

from tests.agents.tasks import Question, Task

_MANY = 1000


@dataclass(frozen=True, slots=True)
class Before:
    """What the simulated Vapi held before an agent began."""

    facts: dict[int, list[str]]
    objects: dict[str, Any]


class World:
    """The simulated Vapi, over its own HTTP API."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    @classmethod
    @contextmanager
    def at(cls, url: str) -> Generator[World]:
        """Open the simulated Vapi at a URL."""
        headers = {"Authorization": "Bearer sandbox"}
        with httpx.Client(base_url=url, headers=headers) as client:
            yield cls(client)

    def before(self, task: Task) -> Before:
        """Look at what the checks will compare with."""
        return Before(self._facts(task), {path: self._items(path) for path in task.unchanged})

    def problems(self, task: Task, before: Before, said: str) -> list[str]:
        """Return what is not as the task wants it; nothing if it was done."""
        return [
            *self._wrong_words(task, before, said),
            *self._wrong_state(task),
            *(
                f"{path} was changed"
                for path, objects in before.objects.items()
                if self._items(path) != objects
            ),
        ]

    def _wrong_words(self, task: Task, before: Before, said: str) -> list[str]:
        # The account is alive: what was so before or is so after is right.
        after, words = self._facts(task), _plain(said)
        missing = [
            min((_missing(facts[index], words) for facts in (before.facts, after)), key=len)
            for index in before.facts
        ]
        return [f"the answer lacks {text}" for texts in missing for text in texts]

    def _wrong_state(self, task: Task) -> list[str]:
        found = [(each, len(self._matches(each))) for each in task.state]
        return [
            f"{each.get} has {number} with {each.where}, not {each.count}"
            for each, number in found
            if number != each.count
        ]

    def _facts(self, task: Task) -> dict[int, list[str]]:
        return {
            index: [each] if isinstance(each, str) else self._texts(each)
            for index, each in enumerate(task.answer)
        }

    def _texts(self, question: Question) -> list[str]:
        matches = self._matches(question)
        if question.value is None:
            return [str(len(matches))]
        return [str(_at(item, question.value)) for item in matches]

    def _matches(self, question: Question) -> list[dict[str, Any]]:
        return [
            item
            for item in self._items(question.get)
            if all(_fits(_at(item, key), wanted) for key, wanted in question.where.items())
        ]

    def _items(self, path: str) -> list[dict[str, Any]]:
        paged = path in ("/chat", "/session", "/eval", "/eval/run", "/campaign")
        answer = self._client.get(path, params={"limit": 100 if paged else _MANY}).json()
        return answer["results"] if isinstance(answer, dict) else answer


def _fits(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, str):
        return isinstance(value, str) and fnmatchcase(value.lower(), wanted.lower())
    return value == wanted


def _at(item: Any, key: str) -> Any:
    for name in key.split("."):
        if isinstance(item, list):
            item = item[int(name)] if name.isdigit() and int(name) < len(item) else None
        else:
            item = item.get(name) if isinstance(item, dict) else None
    return item


def _missing(texts: list[str], words: str) -> list[str]:
    return [text for text in texts if _plain(text) not in words]


def _plain(text: str) -> str:
    """Return a text as words are compared: without case and the commas of numbers."""
    return " ".join(text.lower().replace(",", "").split())
