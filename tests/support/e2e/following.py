"""A client that follows a prompt as a model would: by its text, step by step, counting tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import mcp
import orjson
from mcp import ClientSession
from mcp_types import TextContent

from tests.support import tokens
from tests.support.e2e.connecting import answer_of
from tests.support.e2e.story import Answer

_STEP = re.compile(r"^## (\d+)\. (\w+)\n(\{.*\})$", re.MULTILINE)
_GAP = re.compile(r"<([^<>]+)>")


@dataclass(frozen=True, slots=True)
class Step:
    """A call that a prompt asks for: the tool, and its arguments with gaps."""

    tool: str
    arguments: Mapping[str, Any]


def steps_in(text: str) -> list[Step]:
    """Return the calls a prompt's text asks for; they are numbered without a gap."""
    found = list(_STEP.finditer(text))
    assert [int(step[1]) for step in found] == list(range(1, len(found) + 1))
    return [Step(step[2], orjson.loads(step[3])) for step in found]


class Follower:
    """Reads one prompt and takes its steps in their order; none may be left out or added.

    spent: the o200k tokens of everything a model would have read or written so far.
    """

    def __init__(self, client: mcp.Client | ClientSession) -> None:
        self.spent = 0
        self._client = client
        self._steps: Iterator[Step] = iter(())

    async def read(self, prompt: str, **arguments: str) -> str:
        """Read the tool list and a prompt, and return its text."""
        listed = await self._client.list_tools()
        for tool in listed.tools:
            definition = tool.model_dump(by_alias=True, exclude_none=True)
            self.spent += tokens.cost_of(definition).model
        [told] = (await self._client.get_prompt(prompt, arguments)).messages
        assert isinstance(told.content, TextContent)
        self.spent += tokens.count(told.content.text)
        self._steps = iter(steps_in(told.content.text))
        return told.content.text

    def next_step(self, tool: str) -> Step:
        """Return the next step, which must be a call of this tool."""
        step = next(self._steps)
        assert step.tool == tool
        return step

    def end(self) -> None:
        """Check that every step was taken."""
        assert list(self._steps) == []

    async def take(self, tool: str, /, **gaps: Any) -> Answer:
        """Take the next step, which must be a call of this tool that succeeds."""
        return await self.call(self.next_step(tool), **gaps)

    async def call(self, step: Step, /, **gaps: Any) -> Answer:
        """Make a step's call with its gaps filled; `call_id` is for `<call id>`."""
        filled = cast("dict[str, Any]", _filled(step.arguments, gaps))
        answer = await self.ask(step.tool, filled)
        assert not answer.is_error, (step.tool, filled, answer.json)
        return answer

    async def walk(self, tool: str, **arguments: Any) -> list[dict[str, Any]]:
        """Return a whole list, for the test's own sake: it is nothing a model would read."""
        found: list[dict[str, Any]] = []
        while True:
            page = answer_of(await self._client.call_tool(tool, arguments)).json
            found += page["result"]
            if page["next_cursor"] is None:
                return found
            arguments = {"next_cursor": page["next_cursor"]}

    async def ask(self, tool: str, arguments: dict[str, Any]) -> Answer:
        """Call a tool, whatever comes of it."""
        result = await self._client.call_tool(tool, arguments)
        self.spent += tokens.count(tool) + tokens.count(arguments)
        texts = [block.text for block in result.content if isinstance(block, TextContent)]
        self.spent += sum(tokens.count(text) for text in texts)
        return answer_of(result)


def _filled(template: Any, gaps: Mapping[str, Any]) -> Any:
    if isinstance(template, dict):
        members = cast("dict[str, Any]", template)
        return {name: _filled(member, gaps) for name, member in members.items()}
    if isinstance(template, list):
        return [_filled(item, gaps) for item in cast("list[Any]", template)]
    gap = _GAP.fullmatch(template) if isinstance(template, str) else None
    return gaps[re.sub(r"\W", "_", gap[1])] if gap else template
