"""Every operation of the admin API, once: for the routes, the OpenAPI document and its page."""

from __future__ import annotations

from vapi_mcp.admin.requests import (
    AccountChanges,
    NewAccount,
    NewApiToken,
    NewServer,
    ServerChanges,
)
from vapi_mcp.http.admin_api import (
    accounts,
    api_tokens,
    log,
    oauth_grants,
    object_changes,
    servers,
    usage,
)
from vapi_mcp.http.admin_api.operation import Operation
from vapi_mcp.http.admin_api.queries import (
    ChangeListQuery,
    LogListQuery,
    LogQuery,
    Paged,
    Restoring,
    Rotation,
    ToolFilter,
)
from vapi_mcp.http.admin_api.responses import (
    AccountAnswer,
    AccountList,
    ApiTokenList,
    ChangeAnswer,
    ChangeList,
    LogEntryAnswer,
    LogList,
    NewApiTokenAnswer,
    OAuthGrantList,
    OpenedServerAnswer,
    RestoredAnswer,
    ServerAnswer,
    ServerList,
    ToolList,
)

_ACCOUNTS = "/integrated-account"
_ACCOUNT = f"{_ACCOUNTS}/{{id}}"
_SERVERS = f"{_ACCOUNT}/mcp"
_SERVER = f"{_SERVERS}/{{server_id}}"

OPERATIONS = (
    Operation(
        method="POST",
        path=_ACCOUNTS,
        name="create_account",
        summary="Link a Vapi organisation",
        description=(
            "The server first checks the key with Vapi. It answers 400 if Vapi refuses the "
            "key and 502 if Vapi does not answer, and then creates nothing."
        ),
        handler=accounts.create,
        body=NewAccount,
        status=201,
        answer=AccountAnswer,
        refuses=(502,),
    ),
    Operation(
        method="GET",
        path=_ACCOUNTS,
        name="list_accounts",
        summary="List accounts",
        handler=accounts.list_all,
        query=Paged,
        answer=AccountList,
    ),
    Operation(
        method="GET",
        path=_ACCOUNT,
        name="get_account",
        summary="Read an account",
        handler=accounts.get,
        answer=AccountAnswer,
    ),
    Operation(
        method="PATCH",
        path=_ACCOUNT,
        name="update_account",
        summary="Update an account",
        description="A change of key, region or base URL is checked with Vapi first, as for a new "
        "account, and makes the account active again. A token bound to a tenant cannot "
        "change `tenant_id`.",
        handler=accounts.update,
        body=AccountChanges,
        answer=AccountAnswer,
        refuses=(409, 502),
    ),
    Operation(
        method="DELETE",
        path=_ACCOUNT,
        name="delete_account",
        summary="Delete an account",
        description="This also deletes its servers, and the API tokens bound to it or to them.",
        handler=accounts.delete,
        status=204,
    ),
    Operation(
        method="GET",
        path=f"{_ACCOUNT}/tools",
        name="preview_tools",
        summary="Preview a scope",
        description=(
            "The tools that a server of this account with these filters would expose; 400 "
            "if no tool matches."
        ),
        handler=servers.preview,
        query=ToolFilter,
        answer=ToolList,
    ),
    Operation(
        method="POST",
        path=_SERVERS,
        name="create_server",
        summary="Create an MCP server",
        description=(
            "Only this answer and the answer of a rotation contain `token`, `url` and `sse_url`."
        ),
        handler=servers.create,
        body=NewServer,
        status=201,
        answer=OpenedServerAnswer,
    ),
    Operation(
        method="GET",
        path=_SERVERS,
        name="list_servers",
        summary="List an account's servers",
        description="Expired servers are not listed.",
        handler=servers.list_all,
        query=Paged,
        answer=ServerList,
    ),
    Operation(
        method="GET",
        path=_SERVER,
        name="get_server",
        summary="Read a server",
        handler=servers.get,
        answer=ServerAnswer,
    ),
    Operation(
        method="PATCH",
        path=_SERVER,
        name="update_server",
        summary="Update a server",
        description=(
            "`config` is merged key by key: a list replaces the one before, null restores "
            "the default. The scope is checked only if `config` is given."
        ),
        handler=servers.update,
        body=ServerChanges,
        answer=ServerAnswer,
    ),
    Operation(
        method="DELETE",
        path=_SERVER,
        name="delete_server",
        summary="Delete a server",
        description="Its URL stops working at once.",
        handler=servers.delete,
        status=204,
    ),
    Operation(
        method="POST",
        path=f"{_SERVER}/rotate",
        name="rotate_server",
        summary="Rotate the URL of a server",
        description="The old URL stops working at once, and so do media links created through it, "
        "unless `keep_links=true` is given. Takes no body.",
        handler=servers.rotate,
        query=Rotation,
        answer=OpenedServerAnswer,
    ),
    Operation(
        method="GET",
        path="/log",
        name="list_log",
        summary="Read the log",
        description="Requests to MCP servers (`log_type=mcp`) and changes by administrators "
        "(`log_type=admin`), newest first.",
        handler=log.list_all,
        query=LogListQuery,
        answer=LogList,
    ),
    Operation(
        method="GET",
        path="/log/export",
        name="export_log",
        summary="Export the log",
        description="All matching entries as NDJSON: one JSON object a line, newest first.",
        handler=log.export,
        query=LogQuery,
        answer=LogEntryAnswer,
        media_type=log.NDJSON,
    ),
    Operation(
        method="GET",
        path="/change",
        name="list_changes",
        summary="List changes of objects",
        description="The updates and deletions by tools, as long as they can be restored.",
        handler=object_changes.list_all,
        query=ChangeListQuery,
        answer=ChangeList,
    ),
    Operation(
        method="GET",
        path="/change/{id}",
        name="get_change",
        summary="Read a change",
        handler=object_changes.get,
        answer=ChangeAnswer,
    ),
    Operation(
        method="POST",
        path="/change/{id}/restore",
        name="restore_change",
        summary="Restore a change",
        description="One update gives the object its former values, or the deleted object is "
        "created again, with a new id. Answers 409 if the object changed since, unless "
        "`force=true` is given. Takes no body.",
        handler=object_changes.restore,
        query=Restoring,
        answer=RestoredAnswer,
        refuses=(409, 502),
    ),
    Operation(
        method="GET",
        path="/usage",
        name="get_usage",
        summary="Read the usage of an account",
        description=(
            "Calls, minutes and cost by day and assistant, as Vapi's analytics report them; by "
            "server the calls that the log has, and what is used today of the caps of its policy."
        ),
        handler=usage.get,
        query=usage.UsageQuery,
        answer=usage.UsageAnswer,
        refuses=(404,),
    ),
    Operation(
        method="POST",
        path="/api-token",
        name="create_api_token",
        summary="Create an API token",
        description=(
            "Only this answer contains `token`. A token bound to a tenant can create tokens "
            "of that tenant only."
        ),
        handler=api_tokens.create,
        body=NewApiToken,
        status=201,
        answer=NewApiTokenAnswer,
    ),
    Operation(
        method="GET",
        path="/api-token",
        name="list_api_tokens",
        summary="List API tokens",
        handler=api_tokens.list_all,
        query=Paged,
        answer=ApiTokenList,
    ),
    Operation(
        method="DELETE",
        path="/api-token/{id}",
        name="delete_api_token",
        summary="Delete an API token",
        description="It stops working at once. A token cannot delete itself.",
        handler=api_tokens.delete,
        status=204,
        refuses=(409,),
    ),
    Operation(
        method="GET",
        path="/oauth-grant",
        name="list_oauth_grants",
        summary="List OAuth grants",
        description="The access that people gave to clients at the authorization page.",
        handler=oauth_grants.list_all,
        query=Paged,
        answer=OAuthGrantList,
    ),
    Operation(
        method="DELETE",
        path="/oauth-grant/{id}",
        name="delete_oauth_grant",
        summary="Revoke an OAuth grant",
        description="Its tokens stop working at once; the client has to sign in again.",
        handler=oauth_grants.delete,
        status=204,
    ),
)
