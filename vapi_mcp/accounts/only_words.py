"""What a server is kept to, as a request says it."""

from __future__ import annotations

import re
from typing import Annotated, Self, TypeAlias

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.request_types import RequestModel, Text

_MOST_IDS, _MOST_PAIRS = 100, 10
_UUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def _object_id(value: str) -> str:
    if not re.fullmatch(_UUID, value):
        raise ValueError(
            "must be the id of an object, such as 5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a10"
        )
    return value.lower()


def _some(value: list[str]) -> list[str]:
    if not value:
        raise ValueError("must name at least one; leave the key out to name none")
    if len(value) > _MOST_IDS:
        raise ValueError(f"must name at most {_MOST_IDS}")
    return value


def _pairs(value: dict[str, str]) -> dict[str, str]:
    if not value:
        raise ValueError("must have at least one pair; leave the key out to name none")
    if len(value) > _MOST_PAIRS:
        raise ValueError(f"must have at most {_MOST_PAIRS} pairs")
    return value


_ObjectId: TypeAlias = Annotated[
    str,
    AfterValidator(_object_id),
    WithJsonSchema({"type": "string", "pattern": f"^{_UUID}$"}),
]
_Ids: TypeAlias = Annotated[
    list[_ObjectId],
    AfterValidator(_some),
    Field(json_schema_extra={"minItems": 1, "maxItems": _MOST_IDS}),
]
_Pairs: TypeAlias = Annotated[
    dict[Text, Text],
    AfterValidator(_pairs),
    Field(json_schema_extra={"minProperties": 1, "maxProperties": _MOST_PAIRS}),
]


class OnlyWords(RequestModel):
    """The objects that a server sees and touches, with what belongs to them."""

    assistants: _Ids | None = Field(default=None, description="Ids of assistants.")
    phone_numbers: _Ids | None = Field(default=None, description="Ids of phone numbers.")
    squads: _Ids | None = Field(default=None, description="Ids of squads.")
    metadata: _Pairs | None = Field(
        default=None, description="Pairs that the metadata of an object holds, all of them."
    )

    @property
    def record(self) -> Only:
        """The same as a record."""
        return Only.of(self.model_dump(exclude_none=True))

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError(
                "must name assistants, phone_numbers, squads or metadata; null is the whole "
                "organisation"
            )
        return self
