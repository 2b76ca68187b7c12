"""What a story is told with: a client's calls, and what must hold for each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from vapi_mcp.specs.tools.loader import load_specs
from vapi_mcp.specs.tools.toolspec import ToolSpec

# Between two looks: the simulated Vapi has work to do meanwhile.
_PAUSE = 0.1
_PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from a tool: its JSON, our notes beside it, and whether it is an error."""

    json: Any
    notes: tuple[str, ...] = ()
    is_error: bool = False


class Call(Protocol):
    """One tool call over some transport."""

    async def __call__(self, name: str, /, **arguments: Any) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Noun:
    """A resource as the tool names spell it; `place` goes along with every call."""

    one: str
    many: str
    place: Mapping[str, str] = field(default_factory=dict[str, str])


class Story:
    """Calls tools, remembers which, and checks what is true of every answer."""

    def __init__(self, call: Call) -> None:
        self.called: set[str] = set()
        self._call = call

    async def tell(self, name: str, /, **arguments: Any) -> Answer:
        """Call a tool that must succeed."""
        self.called.add(name)
        answer = await self._call(name, **arguments)
        assert not answer.is_error, (name, arguments, answer.json)
        return answer

    async def ok(self, name: str, /, **arguments: Any) -> Any:
        """Return the JSON of a call that must succeed."""
        return (await self.tell(name, **arguments)).json

    async def refused(self, name: str, status: int, /, **arguments: Any) -> Any:
        """Return the error object of a call that must fail with this status."""
        self.called.add(name)
        answer = await self._call(name, **arguments)
        assert answer.is_error, (name, arguments)
        assert answer.json["statusCode"] == status, answer.json
        assert answer.json["message"]
        return answer.json

    async def walk(self, name: str, /, **arguments: Any) -> list[Any]:
        """Return every item of a list, by its cursors."""
        items: list[Any] = []
        keys = shown_keys(name)
        page = await self.ok(name, **arguments)
        while True:
            assert list(page)[:4] == ["result", "next_cursor", "prev_cursor", "result_count"]
            assert page["result_count"] == len(page["result"])
            if "fields" not in arguments:
                assert all({"id"} <= item.keys() <= keys for item in page["result"]), name
            items += page["result"]
            if page["next_cursor"] is None:
                return items
            page = await self.ok(name, **path_of(arguments), next_cursor=page["next_cursor"])

    async def ids(self, noun: Noun) -> list[str]:
        """Return the ids of a whole list, read with all it shows the first time."""
        name = f"list_all_vapi_{noun.many}"
        short = {"fields": ["id"]} if name in self.called else {}
        listed = await self.walk(name, **noun.place, **short, limit=1000)
        return [item["id"] for item in listed]

    async def create(self, noun: Noun, /, **body: Any) -> Any:
        """Create an object and find it again, by its id and in its list."""
        made = await self.ok(f"create_a_vapi_{noun.one}", **noun.place, **body)
        return await self.find(noun, made["id"], body)

    async def find(self, noun: Noun, id_: str, expected: Mapping[str, Any] | None = None) -> Any:
        """Find an object by its id and, once, in its list."""
        assert (await self.ids(noun)).count(id_) == 1
        return await self.get(noun, id_, expected)

    async def get(self, noun: Noun, id_: str, expected: Mapping[str, Any] | None = None) -> Any:
        """Return an object, which must hold what is expected."""
        found = await self.ok(f"get_single_vapi_{noun.one}_by_id", **noun.place, id=id_)
        assert found["id"] == id_
        assert_holds(found, expected or {})
        return found

    async def update(self, noun: Noun, id_: str, /, **changes: Any) -> Any:
        """Change an object; the answer and a later look must both show the change."""
        name = f"update_a_vapi_{noun.one}_by_id"
        whole = {"fields": ["*"]}
        assert_holds(await self.ok(name, **noun.place, id=id_, **changes, **whole), changes)
        return await self.get(noun, id_, changes)

    async def delete(self, noun: Noun, id_: str) -> None:
        """Delete an object, which must be gone from everywhere."""
        gone = await self.ok(f"delete_a_vapi_{noun.one}_by_id", **noun.place, id=id_)
        assert gone["id"] == id_
        error = await self.refused(f"get_single_vapi_{noun.one}_by_id", 404, **noun.place, id=id_)
        assert error["truto_is_remote_error"] is True
        assert id_ not in await self.ids(noun)

    async def until(self, is_over: Callable[[Any], bool], name: str, /, **arguments: Any) -> Any:
        """Return the first answer that is as wanted; Vapi needs some seconds for many things."""
        async with asyncio.timeout(_PATIENCE):
            while not is_over(found := await self.ok(name, **arguments)):  # noqa: ASYNC110 - Vapi tells nobody
                await asyncio.sleep(_PAUSE)
        return found


def assert_holds(found: Any, given: Any) -> None:
    """Check that what was given is found again; what is there besides does not matter."""
    if isinstance(given, Mapping):
        for name, value in given.items():
            assert name in found, (name, found)
            assert_holds(found[name], value)
    elif isinstance(given, list):
        assert len(found) == len(given), (found, given)
        for one, other in zip(found, given, strict=True):
            assert_holds(one, other)
    else:
        assert found == given


def path_of(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has to come along with a cursor."""
    return {k: v for k, v in arguments.items() if k in ("provider", "resource_name")}


# What the server says of items beside their own keys.
_SAID = {"endedReasonClass", "canDialOut", "canText", "canCampaign", "limits", "variables"}


def shown_keys(name: str) -> set[str]:
    """Return the keys that items of a list have unless `fields` asks for others."""
    spec = specs()[name]
    keys = _SAID | {key.partition(".")[0] for key in spec.output.keys}
    names = spec.contents.names.items()
    return keys | {rule.beside for key, rule in names if key.partition(".")[0] in keys}


@cache
def specs() -> Mapping[str, ToolSpec]:
    return {tool.name: tool for tool in load_specs().tools}
