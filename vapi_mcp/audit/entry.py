"""The entry of the audit log: one table of its fields, and the filter that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, make_dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.audit.fields import Filter, Logged, Option, Parameter, fields_of, parameters_of
from vapi_mcp.audit.row_ids import new_row_id
from vapi_mcp.rfc3339 import write_moment

LogType: TypeAlias = Literal["mcp", "admin"]
OutcomeKind: TypeAlias = Literal[
    "sent", "dry_run", "asked", "refused", "replayed", "unknown", "read", "answered", "failed"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One row of the audit log, and the table of its fields. It holds no secret.

    The column in SQL, the JSON, the filters, the models of the admin API, the options and columns
    of `vapi-mcp log` and docs/log.md all follow from these lines; the SQL, the JSON and the page in
    this order. Durations are in milliseconds. status: where the answer itself was a tool result,
    the one that tells best how it ended. outcome: a write was `sent`, tried as `dry_run`, stopped
    because its user was `asked`, `refused`, `replayed` from its key, or it is `unknown` whether it
    was done; a tool `read`; `answered` is any other request, `failed` one without a usable answer.
    """

    id: Annotated[str, Logged(note="A UUID.")] = field(default_factory=new_row_id)
    log_type: Annotated[
        LogType,
        Logged(
            Filter(
                "mcp for requests to servers, admin for changes by administrators.",
                option=Option(
                    13,
                    "--type",
                    "mcp for requests to servers, admin for changes by administrators.",
                ),
            ),
            column=2,
        ),
    ]
    created_at: Annotated[
        datetime,
        Logged(
            Filter(
                "At or after this time.",
                test="from",
                name="since",
                parameter="created_at_gte",
                option=Option(
                    1,
                    "--since",
                    "Only entries at or after this time: 24h, 7d (ago) or 2027-01-31T12:00:00Z.",
                ),
            ),
            Filter(
                "Before this time.",
                test="before",
                name="until",
                parameter="created_at_lt",
                option=Option(2, "--until", "Only entries before this time."),
            ),
            note="When it was recorded, in UTC.",
            column=1,
        ),
    ] = field(default_factory=utc_now)
    tenant_id: Annotated[str | None, Logged(Filter(), note="The tenant of the account.")] = None
    account_id: Annotated[
        str | None,
        Logged(
            Filter(option=Option(4, "--account", "Only entries of this account (id).")),
            wire="integrated_account_id",
            note="The account, also once it is deleted.",
        ),
    ] = None
    server_id: Annotated[
        str | None,
        Logged(
            Filter(option=Option(3, "--server", "Only entries of this server (id).")),
            wire="mcp_server_id",
            note="The server, also once it is deleted.",
            column=12,
        ),
    ] = None
    request_id: Annotated[str | None, Logged(Filter("The JSON-RPC id, as text."))] = None
    mcp_method: Annotated[str | None, Logged(Filter("Such as tools/call."), column=6)] = None
    tool_name: Annotated[
        str | None,
        Logged(
            Filter(option=Option(5, "--tool", "Only calls of this tool.")),
            note="The tool that was called.",
            column=5,
        ),
    ] = None
    resource: Annotated[str | None, Logged(Filter("A tool's resource, such as calls."))] = None
    method: Annotated[
        str | None, Logged(Filter("A tool's method: list, get, create, update or delete."))
    ] = None
    client_name: Annotated[
        str | None, Logged(Filter(), note="As the client names itself.", column=10)
    ] = None
    client_version: Annotated[str | None, Logged(Filter(), note="As the client says.")] = None
    status: Annotated[
        int,
        Logged(
            Filter(
                "A status such as 429, or a class of statuses such as 4xx.",
                test="within",
                name="statuses",
                option=Option(
                    6,
                    "--status",
                    "Only this status, such as 429, or class of statuses, such as 4xx.",
                ),
            ),
            wire="http_status_code",
            note="How it ended, also where the answer itself was a tool result.",
            column=3,
        ),
    ]
    duration: Annotated[
        float | None, Logged(note="How long the whole request took.", column=11)
    ] = None
    upstream_duration: Annotated[
        float | None, Logged(wire="fetch_duration", description="The part of it that Vapi took.")
    ] = None
    outcome: Annotated[
        OutcomeKind | None,
        Logged(
            Filter(option=Option(7, "--outcome", "Only calls with this outcome.")),
            description="The outcome of the call.",
            column=4,
            revision="0004",
        ),
    ] = None
    token_id: Annotated[
        str | None,
        Logged(
            Filter(
                "The id of the API token in the request, or of its OAuth grant.",
                option=Option(8, "--token", "Only requests with this API token (id)."),
            ),
            description="The id of the API token in the request, or of its OAuth grant.",
            revision="0004",
        ),
    ] = None
    token_name: Annotated[
        str | None, Logged(Filter(), note="Its name at that time.", column=8, revision="0004")
    ] = None
    source_address: Annotated[
        str | None,
        Logged(
            Filter(
                "The address of the client.",
                option=Option(9, "--source", "Only requests from this address."),
            ),
            description="The address of the client.",
            column=9,
            revision="0004",
        ),
    ] = None
    idempotency_key_hash: Annotated[
        str | None,
        Logged(
            Filter(
                "The SHA-256 of the idempotency key, in hexadecimal digits.",
                option=Option(11, "--key", "Only calls with this idempotency key."),
            ),
            description="The SHA-256 of the idempotency key.",
            kept="hashed",
            revision="0004",
        ),
    ] = None
    confirmation_code_hash: Annotated[
        str | None,
        Logged(
            Filter(
                "The SHA-256 of the confirmation code, in hexadecimal digits.",
                option=Option(12, "--code", "Only calls with this confirmation code."),
            ),
            description="The SHA-256 of the confirmation code.",
            kept="hashed",
            revision="0004",
        ),
    ] = None
    upstream_id: Annotated[
        str | None,
        Logged(
            Filter(
                "The id of an object read or changed at Vapi.",
                test="any_id",
                among="upstream_ids",
                option=Option(10, "--upstream-id", "Only entries about this Vapi object (id)."),
            ),
            description="The id of the first object read or changed at Vapi.",
        ),
    ] = None
    upstream_ids: Annotated[
        tuple[str, ...] | None,
        Logged(
            description="The ids of all of them, such as those of a batch of calls.",
            revision="0004",
        ),
    ] = None
    cost: Annotated[
        float | None, Logged(description="US dollars, as Vapi reports them; null until it does.")
    ] = None
    tokens: Annotated[
        int | None,
        Logged(description="About how many tokens the answer has.", revision="0011"),
    ] = None
    arguments: Annotated[
        Mapping[str, Any] | None,
        Logged(
            description="The arguments, without secrets and whole phone numbers.", kept="redacted"
        ),
    ] = None
    message: Annotated[str | None, Logged(note="How it ended, in words.", kept="redacted")] = None
    action: Annotated[
        str | None, Logged(Filter("Of a change, such as server.created."), column=7)
    ] = None
    actor: Annotated[
        str | None, Logged(Filter("The id of an API token, or command line, or clock."))
    ] = None
    change_id: Annotated[
        str | None,
        Logged(
            Filter(
                "The id of the kept change of an object.",
                option=Option(14, "--change", "Only the entry about this change (id)."),
            ),
            description="The id under which `vapi-mcp changes` has what an update or a deletion "
            "changed.",
            revision="0010",
        ),
    ] = None


FIELDS = fields_of(LogEntry)
PARAMETERS = parameters_of(FIELDS)


def wire_entry(entry: LogEntry) -> dict[str, Any]:
    """Return the JSON object of an entry, as the API, the command line and an export have it."""
    return {each.wire: _wire_value(getattr(entry, each.name)) for each in FIELDS}


def _wire_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return write_moment(value)
    return value


# A dataclass made of the parameters: each takes a value of its test, and None asks for nothing.
_Asked: Any = make_dataclass(
    "_Asked",
    [(each.name, Any, field(default=None)) for each in PARAMETERS],
    frozen=True,
    kw_only=True,
    slots=True,
)


class LogFilter(_Asked):
    """A filter of entries, by the names of the filters in the table.

    statuses: a range such as (400, 499), both ends within it. since, until: moments, from the
    first until before the second. upstream_id: any of an entry's ids.
    """

    __slots__ = ()

    @property
    def conditions(self) -> tuple[tuple[Parameter, Any], ...]:
        """What is asked for: filters with their values."""
        given = ((each, getattr(self, each.name)) for each in PARAMETERS)
        return tuple((each, value) for each, value in given if value is not None)

    def wants(self, entry: LogEntry) -> bool:
        """Return whether an entry is wanted."""
        return all(each.holds(entry, value) for each, value in self.conditions)
