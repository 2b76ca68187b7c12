"""MCP Apps: views that a client shows beside the answer of a tool."""
