"""The parts of `docs/performance.md` that programs write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.bench.children import ROOT

PAGE = ROOT / "docs" / "performance.md"
END = "<!-- … to here. -->"

_WORDS = ("Way", "Process", "Database", "What", "To reach", "Reached", "Work", "Collector")


def put_between(begin: str, end: str, text: str, page: str) -> str:
    """Return a page with a text between two markers, in place of what stands there."""
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def table(headings: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; columns of words stand left, figures right."""
    rule = ["---" if text in _WORDS else "---:" for text in headings]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (headings, rule, *lines))
