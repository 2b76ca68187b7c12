"""The base of all request models, and the types that several of them share."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

# No controls of either set, no line separators, nothing that turns text around.
_NEVER = r"\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
PLAIN_TEXT = rf"^[^\x00-\x20{_NEVER}][^\x00-\x1f{_NEVER}]*$"

Text: TypeAlias = Annotated[
    str, StringConstraints(min_length=1, max_length=255, pattern=PLAIN_TEXT)
]
TextList: TypeAlias = Annotated[list[Text], Field(max_length=200)]


class RequestModel(BaseModel):
    """A request: types are exact, and unknown names are refused."""

    # Built when first used: a start serves no administrator.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)

    @property
    def given(self) -> dict[str, Any]:
        """The values that were given, without defaults."""
        return {name: getattr(self, name) for name in self.model_fields_set}
