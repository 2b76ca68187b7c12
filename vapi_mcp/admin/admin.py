"""All use cases of an administrator."""

from __future__ import annotations

from dataclasses import dataclass

from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.admin.access.api_tokens import ApiTokenUseCases
from vapi_mcp.admin.access.keys import KeyUseCases
from vapi_mcp.admin.access.oauth_grants import OAuthGrantUseCases
from vapi_mcp.admin.access.sessions import SessionUseCases
from vapi_mcp.admin.accounts import AccountUseCases
from vapi_mcp.admin.log import LogUseCases
from vapi_mcp.admin.object_changes import ObjectChangeUseCases
from vapi_mcp.admin.servers import ServerUseCases
from vapi_mcp.admin.usage.use_cases import UsageUseCases

COMMAND_LINE = ApiToken("command line", "command line", "admin")


@dataclass(frozen=True, slots=True)
class Administration:
    """Everything an administrator can do, over HTTP or in a shell.

    Each use case takes the actor first: the API token of the request, or `COMMAND_LINE`. A change
    is in the audit log before its use case returns. Any of them raises AdminError for what cannot
    be done and StoreError when the store fails.
    """

    accounts: AccountUseCases
    servers: ServerUseCases
    api_tokens: ApiTokenUseCases
    log: LogUseCases
    sessions: SessionUseCases
    keys: KeyUseCases
    changes: ObjectChangeUseCases
    oauth_grants: OAuthGrantUseCases
    usage: UsageUseCases
