"""Bringing in a newer Vapi document, and saying what it changes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from vapi_mcp.errors import SpecError
from vapi_mcp.specs.facts.facts import read_upstream
from vapi_mcp.specs.facts.openapi import facts_of


@dataclass(frozen=True, slots=True)
class Difference:
    """What one set of facts has that another has not: names, sorted, by kind of fact."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def lines(self) -> list[str]:
        """Return one line per difference, `+`, `-` or `~` first."""
        return [
            f"{sign} {name}"
            for sign, names in (("+", self.added), ("-", self.removed), ("~", self.changed))
            for name in names
        ]


def read_openapi(content: bytes, name: str) -> dict[str, dict[str, Any]]:
    """Return the facts of an OpenAPI document given as JSON bytes.

    Raises:
        SpecError: It is not JSON, or not an OpenAPI 3.0 document; the message names it.
    """
    try:
        operations, schemas = facts_of(orjson.loads(content))
    except orjson.JSONDecodeError as error:
        raise SpecError(f"{name} is not JSON: {error}") from error
    except SpecError as error:
        raise SpecError(f"{name}: {error}") from error
    return {"operations": operations, "schemas": schemas}


def write_upstream(
    directory: Path, content: bytes, name: str, *, date: str | None = None
) -> Difference:
    """Replace `upstream/` by the facts of a document and return what that changed.

    The same document gives the same bytes, whenever it is synced: `date` is what the caller
    says, else the date on file for this very document, else today.
    """
    facts = read_openapi(content, name)
    folder = directory / "upstream"
    folder.mkdir(parents=True, exist_ok=True)
    before = read_upstream(directory) if (folder / "operations.json").exists() else None
    digest = hashlib.sha256(content).hexdigest()
    pinned = {
        "source": name,
        "date": date or _date_on_file(folder, digest) or datetime.now(UTC).date().isoformat(),
        "sha256": digest,
        "operations": len(facts["operations"]),
        "schemas": len(facts["schemas"]),
    }
    for kind, items in facts.items():
        (folder / f"{kind}.json").write_bytes(_one_line_each(items))
    (folder / "PINNED.json").write_bytes(orjson.dumps(pinned, option=_PRETTY) + b"\n")
    return difference(before or {"operations": {}, "schemas": {}}, facts)


def difference(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> Difference:
    """Return the operations and schemas that came, went or changed."""
    old = {f"{kind[:-1]} {k}": v for kind in sorted(before) for k, v in before[kind].items()}
    new = {f"{kind[:-1]} {k}": v for kind in sorted(after) for k, v in after[kind].items()}
    return Difference(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        changed=tuple(sorted(k for k in new.keys() & old.keys() if new[k] != old[k])),
    )


_PRETTY = orjson.OPT_INDENT_2


def _date_on_file(folder: Path, digest: str) -> str | None:
    path = folder / "PINNED.json"
    pinned = orjson.loads(path.read_bytes()) if path.exists() else {}
    return pinned.get("date") if pinned.get("sha256") == digest else None


def _one_line_each(items: Mapping[str, Any]) -> bytes:
    """One item a line, so that a change upstream reads as a change of lines."""
    lines = [orjson.dumps(key) + b": " + orjson.dumps(value) for key, value in items.items()]
    return b"{\n" + b",\n".join(lines) + b"\n}\n"
