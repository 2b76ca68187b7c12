"""The program, as `python -m vapi_mcp`."""

from vapi_mcp.cli.main import main

main()
