"""Validation errors of a request, one per location."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict, TypeGuard, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from vapi_mcp.errors import AdminError
from vapi_mcp.json_paths import format_keys
from vapi_mcp.plain_words import in_plain_words
from vapi_mcp.specs.nearness import near_names

_MOST_PATH = 100
_WORDS: Mapping[str, str] = {
    "model_type": "must be an object",
    "list_type": "must be a list",
    "missing": "is required",
    "string_pattern_mismatch": (
        "must not begin with a space, or contain control characters or characters that change "
        "the direction of text"
    ),
    "string_too_short": "must not be empty",
    "string_type": "must be text",
    "bool_type": "must be true or false",
}
_Model = TypeVar("_Model", bound=BaseModel)


class Failure(TypedDict):
    """One validation error: a dotted path into the request, empty for the whole, and a message."""

    path: str
    message: str


def validated(model: type[_Model], given: Mapping[str, Any]) -> _Model:
    """Return the model of a request, from a JSON body, a query string or options of a command.

    Raises:
        AdminError: 400 with every validation error; no value is quoted, it may be a secret.
    """
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=True, include_input=False)
        raise refused(_failure(model, each) for each in found) from None


def refused(failures: Iterable[Failure]) -> AdminError:
    """Return the 400 for validation errors, which its message sums up."""
    found = list(failures)
    parts = (f"{f['path']}: {f['message']}" if f["path"] else f["message"] for f in found)
    return AdminError("; ".join(parts), status=400, details={"failures": found})


def failed(path: str, message: str) -> AdminError:
    """Return the 400 for a single validation error."""
    return refused([Failure(path=path, message=message)])


def _failure(model: type[BaseModel], error: ErrorDetails) -> Failure:
    path = format_keys(error["loc"])
    if error["type"] == "extra_forbidden":
        return Failure(path=_shortened(path), message=_unknown(model, error["loc"]))
    message = _WORDS.get(error["type"]) or in_plain_words(error["msg"])
    return Failure(path=path, message=message)


def _unknown(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    known = _names(model, loc[:-1])
    near = near_names(str(loc[-1]), known, most=1)
    if near:
        return f"is unknown; did you mean {near[0]}?"
    return f"is unknown; use one of {', '.join(known)}" if known else "is unknown"


def _shortened(path: str) -> str:
    # An unknown name may be anything, and as long as a body.
    return path[:_MOST_PATH].encode("ascii", "backslashreplace").decode()


def _names(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Return the names that a model has at a location inside it."""
    for part in loc:
        kind = model.model_fields[str(part)].annotation
        model = next(each for each in (kind, *get_args(kind)) if _is_model(each))
    return list(model.model_fields)


def _is_model(kind: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
