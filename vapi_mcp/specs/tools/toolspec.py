"""The data that turns an operation into a tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from vapi_mcp.specs.tools.contents import Contents
from vapi_mcp.specs.tools.examples import Example
from vapi_mcp.specs.tools.own import Own

# The tools of every server, or those too that a server has to ask for.
Catalogue: TypeAlias = Literal["core", "full"]
Effect: TypeAlias = Literal["read", "create", "update", "delete", "act"]
Method: TypeAlias = Literal["list", "get", "create", "update", "delete"]
Paging: TypeAlias = Literal["page", "window", "whole"]
OutputKind: TypeAlias = Literal["list", "object", "artifact", "stream"]
Holds: TypeAlias = Literal["audio", "video", "packets", "log", "chat", "response"]
# How a tool is kept to the objects of one client: the items of its list that belong, the object
# that its path names, what is within such an object, the objects that its body refers to, the rows
# of an answer; or it is refused.
KeptBy: TypeAlias = Literal["item", "object", "within", "references", "filter", "refused"]
Recipients: TypeAlias = Literal["call", "campaign", "text", "transfer", "none"]

_METHOD_PREFIXES: Mapping[str, Method] = {
    "list_all_": "list",
    "get_single_": "get",
    "create_a_": "create",
    "update_a_": "update",
    "delete_a_": "delete",
}


@dataclass(frozen=True, slots=True)
class Output:
    """How an answer is shaped.

    kind: `list` (an envelope with cursors), `object` (Vapi's own), `artifact` (a link to bytes)
    or `stream` (an object that Vapi may also send as events).
    paging: how the upstream list is walked; None unless kind is `list`.
    keys: the keys of an item that a list returns unless `fields` says otherwise.
    searched: where a `search` of a list looks for words in an item, the best place first.
    holds: what the bytes of an artifact are (`audio`, `video`, `packets`, `log`), and what the
    events of a stream add up to (`chat`, or a `response` of OpenAI's form).
    """

    kind: OutputKind
    paging: Paging | None = None
    keys: tuple[str, ...] = ()
    holds: Holds | None = None
    searched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """One tool as its resource file describes it.

    query, body: the arguments shown, body ones as dotted paths; whatever else the operation
    takes is accepted too. rename: argument name to upstream name, where they differ.
    defaults: what is sent when an argument is absent. words: what each shown property means.
    catalogue: `full` where only a server that asks for the full catalogue has it.
    deadline: seconds for the whole upstream exchange, None for the usual one.
    recipients: how it reaches people: by one call each, by a campaign, by a text (where its body
    has a transport), by the transfer of a call. `none`: it only stores them; None: its body names
    no people.
    only: how it is kept to `config.only` of a server. only_reason: why it is refused there.
    schedule: whether its body may hold a schedulePlan.
    speaks: whether it lets an assistant speak, though it reaches no person.
    settled_by: the tool that shows whether it was done, where its answer was lost.
    stopped_by: the tool that stops what it started.
    verb, costs: what a server can do with it, and what of that costs money, for instructions.
    page: the page of Vapi's reference, where its address breaks the rule.
    hints: what to do next, by Vapi's status, where the usual hint is wrong.
    contents: what its answers hold that their reader has to know about.
    examples: of arguments that are hard to guess.
    reader: the tool that reads one object of this kind by its id; None where there is none.
    lister: the tool that lists what its id names.
    owner: the tool that reads the object an artifact belongs to.
    givers: the tools that give what links in its answers lead to.
    own: how it runs, where it stands for no operation; `operation` is a name of ours then.
    """

    name: str
    title: str
    description: str
    resource: str
    tags: tuple[str, ...]
    operation: str
    effect: Effect
    query: tuple[str, ...]
    body: tuple[str, ...]
    rename: Mapping[str, str]
    defaults: Mapping[str, Any]
    words: Mapping[str, str]
    output: Output
    catalogue: Catalogue = "core"
    own: Own | None = None
    only: KeptBy = "refused"
    only_reason: str | None = None
    deadline: float | None = None
    recipients: Recipients | None = None
    schedule: bool = False
    speaks: bool = False
    verb: str | None = None
    costs: str | None = None
    page: str | None = None
    hints: Mapping[int, str] = field(default_factory=dict[int, str])
    contents: Contents = field(default_factory=Contents)
    examples: tuple[Example, ...] = field(default=(), repr=False)
    reader: ToolSpec | None = field(default=None, repr=False)
    lister: ToolSpec | None = field(default=None, repr=False)
    owner: ToolSpec | None = field(default=None, repr=False)
    givers: tuple[ToolSpec, ...] = field(default=(), repr=False)
    settled_by: ToolSpec | None = field(default=None, repr=False)
    stopped_by: ToolSpec | None = field(default=None, repr=False)

    @property
    def method(self) -> Method:
        """Truto's word for the tool: list, get, create, update or delete."""
        return self.own.method if self.own else method_of(self.name)

    @property
    def has_transcript(self) -> bool:
        """Whether its answer holds a conversation that can be read turn by turn."""
        return self.output.kind == "object" and "speaker" in self.query

    @property
    def waits(self) -> bool:
        """Whether its answer may take long, and reports on the way where that is wanted."""
        return self.own is not None and self.own.kind == "wait"

    @property
    def dials(self) -> bool:
        """Whether it rings people, now or later."""
        return self.recipients in ("call", "campaign")


@lru_cache(maxsize=1024)
def method_of(name: str) -> Method:
    """Return the method a tool name stands for; raises ValueError for any other name."""
    for prefix, method in _METHOD_PREFIXES.items():
        if name.startswith(prefix):
            return method
    raise ValueError(f"{name!r} begins with none of {', '.join(_METHOD_PREFIXES)}")
