"""A YAML file as a model; what is wrong in it is named by file, tool and place."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from vapi_mcp.errors import SpecError
from vapi_mcp.json_paths import format_keys
from vapi_mcp.specs.documents import read_document

_M = TypeVar("_M", bound=BaseModel)


def validated(model: type[_M], path: Path) -> _M:
    """Return the content of a file as a model.

    Raises:
        SpecError: It breaks the form; the message names the file, the tool and the place.
    """
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
