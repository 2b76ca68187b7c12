"""The form of a file of `tool_specs/` that describes the tools of one resource."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from vapi_mcp.specs.tools.own import OwnKind
from vapi_mcp.specs.tools.toolspec import (
    Catalogue,
    Effect,
    Holds,
    KeptBy,
    OutputKind,
    Paging,
    Recipients,
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OutputFields(_Strict):
    """How the answers of a tool are shaped; see `toolspec.Output`, also for what `holds` is."""

    kind: OutputKind = "object"
    paging: Paging | None = None
    keys: list[str] = []
    holds: Holds | None = None
    searched: list[str] = []


class OwnFields(_Strict):
    """How a tool runs that stands for no operation; see `own.Own`."""

    kind: OwnKind
    reads: str | None = None
    state: str = "status"
    over: list[str] = []
    adds: dict[str, Any] = {}
    query: dict[str, dict[str, Any]] = {}
    body: dict[str, dict[str, Any]] = {}
    needs: list[str] = []


class Refused(_Strict):
    """Why a tool is refused where a server is kept to some objects."""

    refused: str = Field(min_length=10)


class ToolFields(_Strict):
    """One tool as its file has it.

    only: how it is kept to `config.only` of a server, see `toolspec.KeptBy`; a reason where it is
    refused there.

    The fields after `deadline` are facts of the API that code reads from `tool.spec`; each is
    optional, and `vapi-mcp specs check` names the tool that needs one and lacks it:

    recipients: how it reaches people: `call` (one call each), `campaign` (many calls), `text`
    (a text message, where its body has a transport), `transfer` (a call is handed on), or `none`
    (it only stores them).
    schedule: its body may hold a schedulePlan.
    speaks: it lets an assistant speak, though it reaches no person.
    settled_by: the tool that shows whether it was done; the list at the same path by default.
    stopped_by: the tool that stops what it started.
    verb: what a server can do with it, where its effect does not say so: "place calls".
    costs: what it does that costs money, as a noun: "placing a call".
    page: its page in Vapi's API reference, where the address breaks the rule of the others.
    hints: what to do after a refusal or a failure of this tool, by Vapi's status, where the usual
    hint of that status is wrong.
    own: how it runs, where it stands for no operation; `operation` is then a name of ours.
    resource: the kind of its objects, where the file holds several.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,44}$")
    title: str = Field(min_length=3, max_length=60)
    operation: str
    effect: Effect
    only: KeptBy | Refused
    tags: list[str] = []
    description: str = Field(min_length=30)
    query: list[str] = []
    body: list[str] = []
    rename: dict[str, str] = {}
    defaults: dict[str, Any] = {}
    words: dict[str, str] = {}
    output: OutputFields = OutputFields()
    deadline: float | None = Field(default=None, gt=0, lt=60)
    recipients: Recipients | None = None
    schedule: bool = False
    speaks: bool = False
    settled_by: str | None = None
    stopped_by: str | None = None
    verb: str | None = None
    costs: str | None = None
    page: str | None = None
    hints: dict[int, str] = {}
    own: OwnFields | None = None
    resource: str | None = None


class ResourceFile(_Strict):
    """The tools of one resource, with the tags and the words that they share.

    catalogue: `full` keeps the tools from a server that does not ask for more than the usual ones.
    """

    resource: str
    catalogue: Catalogue = "core"
    tags: list[str] = []
    words: dict[str, str] = {}
    tools: list[ToolFields] = Field(min_length=1)
