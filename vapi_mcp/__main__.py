from vapi_mcp.cli.main import main

main()
