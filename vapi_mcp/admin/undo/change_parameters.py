"""The filters of changes as people and scripts write them."""

from __future__ import annotations

from pydantic import Field

from vapi_mcp.admin.requests import RequestModel, Text
from vapi_mcp.invocation.writes.undo.change import ChangeFilter


class ChangeParameters(RequestModel):
    """Which changes; what is absent does not matter."""

    tenant_id: Text | None = Field(default=None, description="The tenant of the account.")
    integrated_account_id: Text | None = Field(default=None, description="The account.")
    mcp_server_id: Text | None = Field(default=None, description="The server.")
    tool_name: Text | None = Field(default=None, description="The tool that made the change.")
    upstream_id: Text | None = Field(default=None, description="The id of the object at Vapi.")

    @property
    def wanted(self) -> ChangeFilter:
        """The filter of changes these parameters mean."""
        return ChangeFilter(
            tenant_id=self.tenant_id,
            account_id=self.integrated_account_id,
            server_id=self.mcp_server_id,
            tool=self.tool_name,
            object_id=self.upstream_id,
        )
