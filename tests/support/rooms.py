"""Check the tree: no folder holds more than 16 modules. Print the longest functions."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "vapi_mcp"
MOST_MODULES = 16
# Alembic wants all revisions in one folder, and their number only grows.
_GROWS = ROOT / "store" / "migrations" / "versions"
_SHOWN = 10


def crowded(root: Path = ROOT) -> dict[str, int]:
    """Return the folders with too many modules, each with its number of them."""
    counts = {
        folder: sum(path.name != "__init__.py" for path in folder.glob("*.py"))
        for folder in (root, *(path for path in root.rglob("*") if path.is_dir()))
        if folder != _GROWS
    }
    return {
        folder.relative_to(root.parent).as_posix(): count
        for folder, count in counts.items()
        if count > MOST_MODULES
    }


def longest(root: Path = ROOT, shown: int = _SHOWN) -> list[tuple[int, str]]:
    """Return the longest functions: their lines, and `file:function`."""
    return sorted(_lengths(root), reverse=True)[:shown]


def _lengths(root: Path) -> Iterator[tuple[int, str]]:
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield lines, f"{path.relative_to(root.parent).as_posix()}:{node.name}"


def main() -> int:
    """Print the longest functions, and fail on a crowded folder."""
    print("longest functions (lines):")
    for lines, name in longest():
        print(f"  {lines:>3}  {name}")
    folders = crowded()
    for folder, count in folders.items():
        print(f"{folder} holds {count} modules; split it, {MOST_MODULES} is the most")
    return 1 if folders else 0


if __name__ == "__main__":
    sys.exit(main())
