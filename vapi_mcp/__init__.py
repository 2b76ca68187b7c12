"""An MCP server that gives AI agents the Vapi voice API as 86 named tools."""

from importlib.metadata import version

__version__ = version("vapi-mcp")
