"""The table in docs/clients.md, between two markers; rows of clients that did not run stay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.clients.table import CLIENTS, Client
from tests.clients.verdicts import LABELS, Verdict
from tests.support.registry import NAMES

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"
_BEGIN, _END = "<!-- measured by make clients -->", "<!-- end of what make clients measured -->"
_HEADS = (
    "Client",
    "Transport",
    "Protocol",
    "Tools",
    "Calls",
    "Second text",
    "Error",
    "Sound",
    "Result",
    "Measured",
    "Worth knowing",
)


def write(rows: Mapping[str, Sequence[str]]) -> None:
    """Put the rows of these clients in place of their earlier ones."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(_BEGIN)
    measured, after = rest.split(_END)
    table = merged(measured, rows)
    PAGE.write_text(f"{before}{_BEGIN}\n{_calls()}\n\n{table}\n{_END}{after}", encoding="utf-8")


def merged(measured: str, rows: Mapping[str, Sequence[str]]) -> str:
    """Return the table with these rows, in the order of the clients."""
    kept: dict[str, list[str]] = {}
    for line in measured.splitlines():
        if found := re.match(r"\| \*\*(.+?)\*\* ", line):
            kept.setdefault(found[1], []).append(line)
    both = {**kept, **rows}
    lines = [row for client in CLIENTS for row in both.get(client.name, ())]
    return "\n".join([_line(_HEADS), _line(["---"] * len(_HEADS)), *lines])


def rows_of(client: Client, verdicts: Mapping[str, Verdict]) -> list[str]:
    """Return a row for all transports that went alike."""
    alike: dict[Verdict, list[str]] = {}
    for transport, verdict in verdicts.items():
        same = next((v for v in alike if v == verdict), verdict)
        alike.setdefault(same, []).append(transport)
    known = [client.remarks, *[""] * len(alike)]
    return [
        _line([_named(client), ", ".join(names), *_cells(client, names, v), _today(), more])
        for (v, names), more in zip(alike.items(), known, strict=False)
    ]


def not_installed(client: Client, reason: str) -> list[str]:
    """Return the row of a client that could not be installed."""
    cells = ["-"] * 6
    told = f"Not installed: {reason.replace('|', '/')}"
    return [_line([_named(client), "-", *cells, "not run", _today(), told])]


def is_expected(client: Client, transport: str, verdict: Verdict) -> bool:
    """Return whether a client did all that it is known to do."""
    if transport in client.losses:
        return True
    if not client.makes_calls:
        return verdict.tools == len(NAMES)
    return verdict.tools is not None and set(verdict.failed) <= set(client.losses)


def _cells(client: Client, transports: Iterable[str], verdict: Verdict) -> list[str]:
    if verdict.tools is None:
        return [verdict.protocol or "-", *["-"] * 5, "**does not connect**"]
    if not client.makes_calls:
        result = "lists" if verdict.tools == len(NAMES) else "**fails**"
        return [verdict.protocol or "-", str(verdict.tools), *["-"] * 4, result]
    failed = ", ".join(verdict.failed)
    calls = f"all but {failed}" if failed else f"all {len(LABELS)}"
    expected = all(is_expected(client, name, verdict) for name in transports)
    whole = not failed and verdict.tools == len(NAMES) and verdict.notes == "kept"
    result = "works" if whole else "works with a loss" if expected else "**fails**"
    told = (verdict.protocol or "-", str(verdict.tools), calls, verdict.notes, verdict.error)
    return [*told, verdict.sound, result]


def _named(client: Client) -> str:
    return f"**{client.name}** {' '.join(f'`{name}`' for name in client.packages.split())}"


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _calls() -> str:
    calls = json.loads((Path(__file__).parent / "calls.json").read_bytes())
    return "\n".join(
        f"* **{label}** `{name}` `{json.dumps(given)}`" for label, name, given in calls
    )
