"""YAML read strictly: duplicate keys and surprises are errors that name the file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from vapi_mcp.errors import SpecError

# Eight times as fast, where PyYAML was built with libyaml.
_SafeLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_SafeLoader):
    """A safe loader that refuses a key given twice, which YAML would let the last one win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - the base class's signature
        self.flatten_mapping(node)
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is given twice; remove one", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_document(path: Path) -> Any:
    """Return the content of one YAML file.

    Raises:
        SpecError: The file is missing, is not YAML, or gives a key twice.
    """
    try:
        return parse_document(path.read_text("utf-8"), path.name)
    except OSError as error:
        raise SpecError(f"{path.name} cannot be read: {error.strerror}") from error


def parse_document(text: str, name: str) -> Any:
    """Return the content of YAML text that stands in a file of this name.

    Raises:
        SpecError: It is not YAML, or gives a key twice.
    """
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise SpecError(f"{name} is not valid: {' '.join(str(error).split())}") from error
