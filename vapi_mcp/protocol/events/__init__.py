"""MCP Events: the capability, and the methods by which clients subscribe."""
