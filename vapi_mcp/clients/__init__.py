"""MCP clients: how each is connected to a server, for commands and pages."""
