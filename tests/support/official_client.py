"""Vapi's own client, quick to load.

It has two thousand types, and pydantic compiles all of them on import, which takes a minute.
Here each is compiled when the client first validates with it. What the client does with requests
and answers stays as it is.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic._internal._config import ConfigWrapper
from pydantic._internal._fields import rebuild_model_fields
from pydantic._internal._namespace_utils import NsResolver
from vapi.core import pydantic_utilities, serialization, unchecked_base_model

# Names it imported for itself are replaced where it looks them up.
_unchecked: Any = unchecked_base_model
_parse = pydantic_utilities.parse_obj_as


def _complete_fields(model: Any, **names: Any) -> None:
    """Resolve the annotations of a model, and leave its compilation for later."""
    if not model.__pydantic_fields_complete__:
        model.__pydantic_fields__ = rebuild_model_fields(
            model,
            config_wrapper=ConfigWrapper(model.model_config, check=False),
            ns_resolver=NsResolver(parent_namespace=names),
            typevars_map={},
        )


def _compile_and_parse(type_: Any, object_: Any) -> Any:
    if isinstance(type_, type) and issubclass(type_, BaseModel):
        type_.model_rebuild(raise_errors=False)
    return _parse(type_, object_)


unchecked_base_model.UncheckedBaseModel.model_config["defer_build"] = True
pydantic_utilities.update_forward_refs = _complete_fields
pydantic_utilities.parse_obj_as = _compile_and_parse
_unchecked.parse_obj_as = _compile_and_parse
# Works out the same answer for the same type thousands of times.
_unchecked.get_field_to_alias_mapping = cache(serialization.get_field_to_alias_mapping)

from vapi import Vapi  # noqa: E402 - after the lines that make it quick
from vapi.core.api_error import ApiError  # noqa: E402 - the same

__all__ = ["ApiError", "Vapi"]
