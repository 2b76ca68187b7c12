"""Generated requests of acme's users that aim at objects of globex."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

import orjson

from tests.belonging.clients import MARK, NUMBERS, TwoClients
from tests.belonging.references import KEYS, kind_of
from tests.contract.corpus import payloads, saved_world
from tests.support.registry import registry
from vapi_mcp.registry.tool import Tool

# No body has these.
_IN_PATHS = {"itemId", "runId", "resourceId"}
_PROVIDER = {"provider": "11labs", "resourceName": "pronunciation-dictionary"}
_COLUMNS = (
    "assistantId", "squadId", "phoneNumberId", "customer.number", "id", "name", "endedReason",
    "metadata.client", "type", "status", "target.assistantId", "campaignId",
)  # fmt: skip
ANALYSED = (
    "assistantId", "endedReason", "analysis.successEvaluation", "status", "type",
    "phoneNumberId", "squadId", "customerNumber",
)  # fmt: skip


@dataclass(frozen=True)
class Attempt:
    """One request. aimed: the ids of globex in it."""

    method: str
    params: Mapping[str, Any]
    aimed: tuple[str, ...] = ()

    @cached_property
    def sent(self) -> bytes:
        return orjson.dumps(self.params)

    @property
    def tool(self) -> str:
        if self.method != "tools/call":
            return ""
        return self.params["arguments"].get("tool_name", self.params["name"])

    @property
    def harmless(self) -> Attempt | None:
        """The same so that it changes nothing, if there is such a request."""
        tool = registry().tools.get(self.tool)
        if tool is None or tool.spec.effect == "read":
            return self
        if "dry_run" not in tool.arguments:
            return None
        given = {**self.params["arguments"], "dry_run": True}
        return Attempt(self.method, {**self.params, "arguments": given}, self.aimed)

    def discovered(self) -> Attempt:
        """Return the same as a client sends it that knows but three tools."""
        if not self.tool:
            return self
        given = {"tool_name": self.tool, "arguments": self.params["arguments"]}
        params = {"name": "call_tool", "arguments": given}
        return Attempt(self.method, params, self.aimed)

    def at_unknown(self, twin: int = 0) -> Attempt:
        """Return the same with ids that no object has, and with a key of its own; one a twin."""
        sent = self.sent.replace(b'"key-', f'"{twin}-key-'.encode())
        for each in self.aimed:
            sent = sent.replace(each.encode(), unknown(each, twin).encode())
        return Attempt(self.method, orjson.loads(sent))


def unknown(known: str, twin: int = 0) -> str:
    """Return an id of the same form that no object has; one for each id and twin."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{known}{twin}"))[: len(known)]


class Attempts:
    """An endless generator of attempts; the seed makes it repeatable."""

    def __init__(self, clients: TwoClients, seed: int, tools: Sequence[Tool]) -> None:
        self._random = Random(seed)  # noqa: S311 - repeatable, not secret
        self._clients = clients
        self._tools = tools
        self._foreign = {**clients.foreign, "credential": clients.credentials}
        self._bodies = _bodies(clients)

    def __iter__(self) -> Iterator[Attempt]:
        while True:
            for tool in self._random.sample(self._tools, len(self._tools)):
                yield self._tool_call(tool)
                if self._random.random() < 0.1:
                    yield self._other_request()

    def _tool_call(self, tool: Tool) -> Attempt:
        base = self._base(tool)
        aims = [self._at_path, self._replacing, self._adding, self._controls, self._inline]
        chosen = self._random.sample(aims, self._random.choice((0, 1, 1, 2)))
        for aim in chosen:
            base = aim(tool, base)
        named = {name: value for name, value in base.items() if value is not ...}
        params = {"name": tool.name, "arguments": named}
        return Attempt("tools/call", params, self._aimed(params))

    def _aimed(self, params: Any) -> tuple[str, ...]:
        text = orjson.dumps(params)
        ids = (each for shelf in self._foreign.values() for each in shelf)
        return tuple(each for each in ids if each.encode() in text)

    def _base(self, tool: Tool) -> dict[str, Any]:
        """Return arguments with which the tool would do its work for acme."""
        bodies = self._bodies.get(tool.name, ())
        base = dict(self._random.choice(bodies)) if bodies else {}
        if tool.name == "create_a_vapi_file":
            base = {"file_name": "hours.txt", "text": "Open from 9 to 5."}
        if "{provider}" in tool.operation.path:
            base |= _PROVIDER
        for name, argument in tool.arguments.items():
            if argument.required and name not in base and (kind := self._kind(tool, name)):
                base[name] = self._ours(kind)
        return base

    def _at_path(self, tool: Tool, base: dict[str, Any]) -> dict[str, Any]:
        """Name an object of globex in a path, or as a filter."""
        names = [name for name in tool.arguments if name in {"id", "ids"} or name in KEYS]
        if not names:
            return base
        name = self._random.choice(names)
        kind = self._kind(tool, name)
        if kind is None or self._random.random() < 0.1:
            kind = self._random.choice([*self._foreign])
        found = self._theirs(kind)
        if not name.endswith("s"):
            return base | {name: self._misspelt(found)}
        ours = [self._ours(kind)] if kind in self._clients.acme else []
        return base | {name: self._random.choice(([found], [*ours, found]))}

    def _misspelt(self, known: str) -> str:
        """Return an id, now and then in another form."""
        forms = (known.upper(), f" {known}", f"{known}\n", known[:-1], known[:13])
        forms += (f"{known}/x", f"{known}?x=1", f"../assistant/{known}", f"{known}%2Fx", "..")
        return self._random.choice(forms) if self._random.random() < 0.15 else known

    def _replacing(self, tool: Tool, base: dict[str, Any]) -> dict[str, Any]:
        """Put an id of globex in the place of one of acme, at any depth."""
        text = orjson.dumps(base).decode()
        found = [
            (kind, each)
            for kind, shelf in self._clients.acme.items()
            for each in shelf
            if each in text
        ]
        if not found:
            return self._at_path(tool, base)
        kind, ours = self._random.choice(found)
        return orjson.loads(text.replace(ours, self._theirs(kind)))

    def _adding(self, tool: Tool, base: dict[str, Any]) -> dict[str, Any]:
        """Add a reference to some object in the body."""
        key = self._random.choice([each for each in KEYS if each not in _IN_PATHS])
        found = self._theirs(KEYS[key])
        value = [found] if key.endswith("s") else found
        changed = orjson.loads(orjson.dumps(base))
        place = self._random.choice([*_objects_in(changed)])
        place[key] = [*place.get(key, ()), *value] if isinstance(value, list) else value
        return changed

    def _inline(self, tool: Tool, base: dict[str, Any]) -> dict[str, Any]:
        """Define something in place that refers to globex."""
        theirs, pick = self._theirs, self._random.choice
        model = {"provider": "openai", "model": "gpt-4.1"}
        transfer = {
            "type": "handoff",
            "destinations": [{"type": "assistant", "assistantId": theirs("assistant")}],
        }
        assistants = (
            {"model": {**model, "toolIds": [theirs("tool")]}},
            {"model": {**model, "tools": [transfer]}},
            {"model": {**model, "knowledgeBase": {"fileIds": [theirs("file")]}}},
            {"artifactPlan": {"structuredOutputIds": [theirs("structured-output")]}},
            {"artifactPlan": {"scorecardIds": [theirs("scorecard")]}},
            {"hooks": [{"on": "call.ending", "do": [{"type": "tool", "toolId": theirs("tool")}]}]},
            {"metadata": {"client": "globex"}},
            {"model": {**model, "tools": [self._named_transfer()]}},
        )
        assistant = {"name": "Claims", **pick(assistants)}
        member = pick((theirs("assistant"), self._ours("assistant")))
        squad = {
            "members": [
                {
                    "assistantId": member,
                    "assistantOverrides": assistant,
                    "assistantDestinations": [{"type": "assistant", "assistantName": "Claims"}],
                },
                {"assistant": assistant},
            ]
        }
        parts: list[dict[str, Any]] = [
            {"assistant": assistant},
            {"assistantOverrides": assistant},
            {"squad": squad},
            {"squadOverrides": {"membersOverrides": assistant}},
            {"metadata": {"client": "globex"}},
            {"clear": ["metadata"]},
            {"members": squad["members"]},
            assistant,
        ]
        fitting = [part for part in parts if part.keys() <= tool.arguments.keys()]
        return base | pick(fitting) if fitting else self._at_path(tool, base)

    def _named_transfer(self) -> dict[str, Any]:
        """Return a tool that hands over by name."""
        found = self._clients.world.resources["assistant"].get(self._theirs("assistant"), {})
        name = found.get("name", "")
        return {"type": "handoff", "destinations": [{"type": "assistant", "assistantName": name}]}

    def _controls(self, tool: Tool, base: dict[str, Any]) -> dict[str, Any]:
        """Search, count, sort, or ask for parts."""
        pick = self._random.choice
        column, kind = pick(_COLUMNS), self._kind(tool, "id") or "call"
        theirs, seen = self._theirs(kind), pick((MARK, NUMBERS, f"{NUMBERS}0003", "globex"))
        value = pick((theirs, self._theirs("assistant"), seen))
        ours = self._ours("assistant")
        forms = (value, f"*{value[:6]}*", [value, ours], f"!{ours}", f"~{value}", ">a", None)
        given: dict[str, Any] = {
            "where": {column: pick(forms), **pick(({}, {"id": theirs}))},
            "search": value,
            "count_by": pick(([column], [column, pick(_COLUMNS)])),
            "sort": pick((column, f"-{column}")),
            "fields": pick(([column], ["id", column, "customers"], [])),
            "limit": pick((1, 3, 100, 1000)),
            "part": pick(("artifact.transcript", "messages", "customers", "members")),
            "next_cursor": pick((theirs, "2", self._theirs("call"))),
            "dry_run": True,
            "explain": True,
            "idempotency_key": f"key-{self._random.random()}",
            "inline": True,
            "understood": True,
            "confirmation_code": "ABCDEFGH",
            "queries": [
                {
                    "table": "call",
                    "name": "calls",
                    "operations": [{"operation": pick(("count", "sum")), "column": "cost"}],
                    "groupBy": self._random.sample(ANALYSED, pick((1, 2))),
                }
            ],
        }
        if tool.name != "create_a_vapi_analytics":
            given.pop("queries")
        known = [name for name in given if name in tool.arguments]
        chosen = self._random.sample(known, min(len(known), pick((1, 1, 2, 3))))
        return base | {name: given[name] for name in chosen}

    def _other_request(self) -> Attempt:
        pick, call = self._random.choice, self._theirs("call")
        call = pick((call, call, self._ours("call")))
        kind = pick(("mono", "stereo", "customer", "assistant", "video"))
        uris = (
            f"vapi://calls/{call}/recording/{kind}",
            f"vapi://calls/{call}/transcript",
            f"vapi://calls/{call}/logs",
            f"vapi://changes/{call}",
            f"vapi://schema/get_single_vapi_call_by_id?path={call}",
            f"vapi://ended-reasons/{call}",
        )
        prompts = ("debug_call", "compare_assistants", "grade_calls", "set_up_campaign")
        typed = pick(("", call[:4], MARK, "a", NUMBERS))
        argument = pick(("call", "assistant", "first", "second", "phone_number", "id", "output"))
        requests: tuple[tuple[str, dict[str, Any]], ...] = (
            ("resources/read", {"uri": pick(uris)}),
            ("resources/read", {"uri": pick(uris)}),
            ("prompts/get", {"name": pick(prompts), "arguments": {"call": call}}),
            (
                "completion/complete",
                {
                    "ref": {"type": "ref/prompt", "name": pick(prompts)},
                    "argument": {"name": argument, "value": typed},
                },
            ),
            (
                "completion/complete",
                {
                    "ref": {
                        "type": "ref/resource",
                        "uri": pick(
                            (
                                "vapi://calls/{id}/recording/{kind}",
                                "vapi://calls/{id}/transcript",
                                "vapi://changes/{id}",
                            )
                        ),
                    },
                    "argument": {"name": "id", "value": typed},
                },
            ),
            ("resources/list", {}),
            ("prompts/list", {}),
        )
        method, params = pick(requests)
        return Attempt(method, params, self._aimed(params))

    def _kind(self, tool: Tool, name: str) -> str | None:
        if name in {"id", "ids"}:
            return kind_of(tool)
        return KEYS.get(name)

    def _theirs(self, kind: str) -> str:
        return self._random.choice(self._foreign[kind])

    def _ours(self, kind: str) -> str:
        """Return an object of acme as it is now, with what it made."""
        known = self._clients.world.resources.get(kind, {}).keys() - {*self._foreign[kind]}
        return self._random.choice(sorted(known) or [""])


# Users choose the words in these.
_FREE = ("metadata", "variableValues", "variables", "properties")


def _objects_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for name, part in value.items():  # pyright: ignore[reportUnknownVariableType]
            if name not in _FREE:
                yield from _objects_in(part)
    elif isinstance(value, list):
        for part in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _objects_in(part)


def _bodies(clients: TwoClients) -> Mapping[str, Sequence[dict[str, Any]]]:
    """Return the bodies that people post, with ids of acme, by tool."""
    named: dict[str, str] = {}
    for kind, shelf in saved_world().resources.items():
        ours = [*clients.acme[kind]]
        named |= {each: ours[at % len(ours)] for at, each in enumerate(shelf)}
    found: dict[str, list[dict[str, Any]]] = {}
    for payload in payloads():
        if payload.product.is_refusal:
            continue
        text = orjson.dumps(payload.arguments).decode()
        for saved, ours in named.items():
            text = text.replace(saved, ours)
        if payload.tool in registry().tools:
            found.setdefault(payload.tool, []).append(orjson.loads(text))
    return found
