"""The YAML files of `tool_specs/`, read strictly into frozen specs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, RootModel

from vapi_mcp.errors import SpecError
from vapi_mcp.specs.documents import read_document
from vapi_mcp.specs.location import specs_directory
from vapi_mcp.specs.tools.contents import ContentsFile
from vapi_mcp.specs.tools.ended_reasons import FILE as ENDED_REASONS
from vapi_mcp.specs.tools.events import FILE as EVENTS
from vapi_mcp.specs.tools.examples import ExamplesFile
from vapi_mcp.specs.tools.links import linked
from vapi_mcp.specs.tools.own import Own
from vapi_mcp.specs.tools.resource_file import OwnFields, Refused, ResourceFile, ToolFields
from vapi_mcp.specs.tools.said_words import FILE as SAID_WORDS
from vapi_mcp.specs.tools.toolspec import Output, ToolSpec
from vapi_mcp.specs.tools.validated import validated

_SHARED = "arguments.yaml"
_NOT_EXPOSED = "not_exposed.yaml"
_SYNONYMS = "synonyms.yaml"
_CONTENTS = "contents.yaml"
_ORDER = "order.yaml"
_EXAMPLES = "examples.yaml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _SharedFile(_Strict):
    words: dict[str, str]


class _OrderFile(RootModel[list[str]]):
    pass


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
    shared = validated(_SharedFile, directory / _SHARED).words
    not_exposed = read_document(directory / _NOT_EXPOSED)
    if not isinstance(not_exposed, dict) or not all(map(str, not_exposed.values())):
        raise SpecError(f"{_NOT_EXPOSED} must map each operation to the reason it has no tool")
    files = [validated(ResourceFile, path) for path in _resource_files(directory)]
    contents = validated(ContentsFile, directory / _CONTENTS)
    examples = validated(ExamplesFile, directory / _EXAMPLES)
    specs = [
        replace(_spec(file, tool, shared, contents), examples=examples.of(tool.name))
        for file in files
        for tool in file.tools
    ]
    return Specs(
        tools=linked(specs, [tool for file in files for tool in file.tools]),
        not_exposed=not_exposed,
        shared_words=shared,
        resource_words={file.resource: file.words for file in files},
        synonyms=validated(_SynonymsFile, directory / _SYNONYMS).root,
    )


def _resource_files(directory: Path) -> list[Path]:
    """Return the files that describe tools, in the order of `tools/list`."""
    order = validated(_OrderFile, directory / _ORDER).root
    others = {_SHARED, _NOT_EXPOSED, _SYNONYMS, _CONTENTS, _ORDER, _EXAMPLES}
    others |= {ENDED_REASONS, SAID_WORDS, EVENTS}
    paths = {
        path.stem: path for path in sorted(directory.glob("*.yaml")) if path.name not in others
    }
    if unknown := [name for name in order if name not in paths]:
        raise SpecError(f"{_ORDER}: there is no {unknown[0]}.yaml")
    return [paths[name] for name in dict.fromkeys([*order, *paths])]


def _spec(
    file: ResourceFile, tool: ToolFields, shared: dict[str, str], contents: ContentsFile
) -> ToolSpec:
    output, resource = tool.output, tool.resource or file.resource
    return ToolSpec(
        name=tool.name,
        title=tool.title,
        description=" ".join(tool.description.split()),
        resource=resource,
        tags=tuple(dict.fromkeys([*file.tags, *tool.tags])),
        operation=tool.operation,
        effect=tool.effect,
        query=tuple(tool.query),
        body=tuple(tool.body),
        rename=tool.rename,
        defaults=tool.defaults,
        words={**shared, **file.words, **tool.words},
        output=Output(
            output.kind, output.paging, tuple(output.keys), output.holds, tuple(output.searched)
        ),
        catalogue=file.catalogue,
        only="refused" if isinstance(tool.only, Refused) else tool.only,
        only_reason=tool.only.refused if isinstance(tool.only, Refused) else None,
        deadline=tool.deadline,
        recipients=tool.recipients,
        schedule=tool.schedule,
        speaks=tool.speaks,
        verb=tool.verb,
        costs=tool.costs,
        page=tool.page,
        hints=tool.hints,
        contents=contents.of(resource),
        own=_own(tool.own) if tool.own else None,
    )


def _own(given: OwnFields) -> Own:
    return Own(
        kind=given.kind,
        reads=given.reads,
        state=given.state,
        over=tuple(given.over),
        adds=given.adds,
        query=given.query,
        body=given.body,
        needs=tuple(given.needs),
    )
