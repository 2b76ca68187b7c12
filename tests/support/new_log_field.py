"""Prints what a copy of the package with a field `mood` in its audit log says of that field."""

from __future__ import annotations

import asyncio
import sys
from contextlib import redirect_stdout, suppress
from io import BytesIO, TextIOWrapper
from typing import Any

import orjson

from tests.support.references import DOCS, references
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.audit.entry import LogEntry, LogFilter, wire_entry
from vapi_mcp.cli.main import main
from vapi_mcp.hosting.data.storage import opened_store
from vapi_mcp.http.admin_api.documentation.openapi import openapi_document
from vapi_mcp.http.admin_api.operations import OPERATIONS
from vapi_mcp.http.admin_api.queries import LogListQuery
from vapi_mcp.http.admin_api.responses import LogEntryAnswer
from vapi_mcp.settings import load_settings


def of_the_field() -> dict[str, Any]:
    """Return what each place where fields show says of it."""
    glad, sad = _entry("glad"), _entry("sad")
    wanted = LogListQuery.model_validate({"mood": "glad"}).wanted
    return {
        "rows": asyncio.run(_kept([glad, sad], wanted)) == (glad,),
        "memory": [wanted.wants(glad), wanted.wants(sad)],
        "wire": wire_entry(glad)["mood"],
        "answer": LogEntryAnswer.model_validate(wire_entry(glad)).model_dump()["mood"],
        **_documented(),
        "option": [line.split() for line in _printed("log", "list", "--help") if "--mood" in line],
        "table": [row.split("\t")[-1] for row in _printed("log", "list", "--mood", "glad")],
        "docs": [row for row in references()[DOCS / "log.md"].splitlines() if "mood" in row],
    }


def _entry(mood: str) -> LogEntry:
    given: dict[str, Any] = {"log_type": "mcp", "status": 200, "mood": mood}
    return LogEntry(**given)


async def _kept(entries: list[LogEntry], wanted: LogFilter) -> tuple[LogEntry, ...]:
    async with opened_store(load_settings()) as store:
        await store.add_entries(entries)
        return tuple((await store.list_entries(wanted, Window())).items)


def _documented() -> dict[str, Any]:
    document = openapi_document(OPERATIONS, "http://localhost")
    parameters = document["paths"]["/log"]["get"]["parameters"]
    return {
        "parameters": [each["description"] for each in parameters if each["name"] == "mood"],
        "schema": document["components"]["schemas"]["LogEntryAnswer"]["properties"]["mood"],
    }


def _printed(*arguments: str) -> list[str]:
    sys.argv = ["vapi-mcp", *arguments]
    out = TextIOWrapper(written := BytesIO(), "utf-8", write_through=True)
    with redirect_stdout(out), suppress(SystemExit):
        main()
    out.flush()
    return written.getvalue().decode().splitlines()


if __name__ == "__main__":
    sys.stdout.write(orjson.dumps(of_the_field()).decode())
