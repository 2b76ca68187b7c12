"""The YAML files of `tool_specs/`, read strictly into frozen specs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from vapi_mcp.errors import SpecError
from vapi_mcp.json_paths import format_keys
from vapi_mcp.specs.documents import read_document
from vapi_mcp.specs.location import specs_directory
from vapi_mcp.specs.tools.contents import ContentsFile
from vapi_mcp.specs.tools.toolspec import Effect, Output, Paging, ToolSpec

_M = TypeVar("_M", bound=BaseModel)

_SHARED = "arguments.yaml"
_NOT_EXPOSED = "not_exposed.yaml"
_SYNONYMS = "synonyms.yaml"
_CONTENTS = "contents.yaml"

# The order in which `tools/list` shows the resources; a file that is not named here comes last.
_ORDER = [
    "assistants",
    "squads",
    "calls",
    "recordings",
    "chats",
    "campaigns",
    "sessions",
    "phone_numbers",
    "tools",
    "files",
    "structured_outputs",
    "insights",
    "evals",
    "scorecards",
    "providers",
    "analytics",
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _OutputFields(_Strict):
    kind: Literal["list", "object", "artifact", "stream"] = "object"
    paging: Paging | None = None
    keys: list[str] = []


class _ToolFields(_Strict):
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,44}$")
    title: str = Field(min_length=3, max_length=60)
    operation: str
    effect: Effect
    tags: list[str] = []
    description: str = Field(min_length=30)
    query: list[str] = []
    body: list[str] = []
    rename: dict[str, str] = {}
    defaults: dict[str, Any] = {}
    words: dict[str, str] = {}
    output: _OutputFields = _OutputFields()
    deadline: float | None = Field(default=None, gt=0, lt=60)


class _ResourceFile(_Strict):
    resource: str
    tags: list[str] = Field(min_length=1)
    words: dict[str, str] = {}
    tools: list[_ToolFields] = Field(min_length=1)


class _SharedFile(_Strict):
    words: dict[str, str]


class _SynonymsFile(RootModel[dict[str, list[str]]]):
    pass


@dataclass(frozen=True, slots=True)
class Specs:
    """All tools in list order, and the operations that deliberately have none, with reasons.

    synonyms: a word of the tools, and what people say for it.
    """

    tools: tuple[ToolSpec, ...]
    not_exposed: dict[str, str]
    shared_words: dict[str, str]
    resource_words: dict[str, dict[str, str]]
    synonyms: dict[str, list[str]]


@cache
def load_specs(directory: Path | None = None) -> Specs:
    """Read every spec file (once a process).

    Raises:
        SpecError: A file breaks the form; the message names the file and the tool.
    """
    directory = directory or specs_directory()
    shared = _validated(_SharedFile, directory / _SHARED).words
    not_exposed = read_document(directory / _NOT_EXPOSED)
    if not isinstance(not_exposed, dict) or not all(map(str, not_exposed.values())):
        raise SpecError(f"{_NOT_EXPOSED} must map each operation to the reason it has no tool")
    paths = sorted(directory.glob("*.yaml"), key=_position)
    files = [
        _validated(_ResourceFile, path)
        for path in paths
        if path.name not in (_SHARED, _NOT_EXPOSED, _SYNONYMS, _CONTENTS)
    ]
    contents = _validated(ContentsFile, directory / _CONTENTS)
    specs = [_spec(file, tool, shared, contents) for file in files for tool in file.tools]
    return Specs(
        tools=tuple(_with_readers(specs)),
        not_exposed=not_exposed,
        shared_words=shared,
        resource_words={file.resource: file.words for file in files},
        synonyms=_validated(_SynonymsFile, directory / _SYNONYMS).root,
    )


def _position(path: Path) -> tuple[int, str]:
    return (_ORDER.index(path.stem) if path.stem in _ORDER else len(_ORDER), path.stem)


def _validated(model: type[_M], path: Path) -> _M:
    raw = read_document(path)
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = format_keys(first["loc"])
        tool = _tool_named_by(raw, first["loc"])
        raise SpecError(f"{path.name}: {tool}{place}: {first['msg']}") from error


def _tool_named_by(raw: Any, place: tuple[int | str, ...]) -> str:
    match place:
        case ("tools", int(index), *_):
            name = (
                raw["tools"][index].get("name") if isinstance(raw["tools"][index], dict) else None
            )
            return f"{name}: " if name else ""
        case _:
            return ""


def _with_readers(specs: list[ToolSpec]) -> list[ToolSpec]:
    """Return the specs, each with those that read what it answers, or what that links to."""
    named = {spec.name: spec for spec in specs}
    readers = {spec.operation: spec for spec in specs if spec.method == "get"}
    return [
        replace(
            spec,
            reader=readers.get(_reading(spec.operation)),
            givers=tuple(named[name] for name in spec.contents.links.values() if name in named),
        )
        for spec in specs
    ]


def _reading(operation: str) -> str:
    path = operation.partition(" ")[2].removeprefix("/v2").removesuffix("/{id}")
    return f"GET {path}/{{id}}"


def _spec(
    file: _ResourceFile, tool: _ToolFields, shared: dict[str, str], contents: ContentsFile
) -> ToolSpec:
    output = tool.output
    return ToolSpec(
        name=tool.name,
        title=tool.title,
        description=" ".join(tool.description.split()),
        resource=file.resource,
        tags=tuple(dict.fromkeys([*file.tags, *tool.tags])),
        operation=tool.operation,
        effect=tool.effect,
        query=tuple(tool.query),
        body=tuple(tool.body),
        rename=tool.rename,
        defaults=tool.defaults,
        words={**shared, **file.words, **tool.words},
        output=Output(output.kind, output.paging, tuple(output.keys)),
        deadline=tool.deadline,
        contents=contents.of(file.resource),
    )
