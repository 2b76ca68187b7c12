"""Two examples of every command, without the name of the program; `--help` shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

EXAMPLES: Mapping[str, Sequence[str]] = {
    "demo": ("demo", "demo --port 9000 --public-url https://mcp.example.com"),
    "stdio": (
        "stdio --env-file vapi.env --methods read",
        "stdio --sandbox --notes inside --no-inline-media",
    ),
    "serve": ("serve", "serve --host 0.0.0.0 --workers 2 --public-url https://mcp.example.com"),
    "sandbox": ("sandbox", "sandbox --port 8900 --state sandbox.json"),
    "connect": (
        "connect claude-code --url https://mcp.example.com/mcp/vms_TOKEN",
        "connect claude-desktop --sandbox",
    ),
    "call": (
        "call list_all_vapi_calls limit=5",
        'call create_a_vapi_assistant --json \'{"name": "Reception"}\' --sandbox',
    ),
    "completion": (
        "completion bash >> ~/.bashrc",
        "completion fish > ~/.config/fish/completions/vapi-mcp.fish",
    ),
    "tools list": ("tools list --methods read", "tools list --tags calls --json"),
    "tools show": ("tools show create_a_vapi_call", "tools show list_all_vapi_calls --json"),
    "account create": (
        "account create --name Acme --region eu",
        "account create --name Acme --api-key-stdin < key.txt",
    ),
    "account list": ("account list", "account list --tenant acme --json"),
    "account show": ("account show ACCOUNT_ID", "account show ACCOUNT_ID --json"),
    "account update": (
        "account update ACCOUNT_ID --new-key",
        "account update ACCOUNT_ID --name Acme",
    ),
    "account delete": ("account delete ACCOUNT_ID", "account delete ACCOUNT_ID --yes"),
    "server create": (
        "server create ACCOUNT_ID --name reporting --methods read --expires-in 30d",
        "server create ACCOUNT_ID --name dialler --confirm spending --policy policy.json",
    ),
    "server list": ("server list ACCOUNT_ID", "server list ACCOUNT_ID --json"),
    "server show": ("server show ACCOUNT_ID SERVER_ID", "server show ACCOUNT_ID SERVER_ID --json"),
    "server update": (
        "server update ACCOUNT_ID SERVER_ID --methods read",
        "server update ACCOUNT_ID SERVER_ID --only acme.json",
    ),
    "server rotate": (
        "server rotate ACCOUNT_ID SERVER_ID",
        "server rotate ACCOUNT_ID SERVER_ID --public-url https://mcp.example.com",
    ),
    "server delete": (
        "server delete ACCOUNT_ID SERVER_ID",
        "server delete ACCOUNT_ID SERVER_ID --yes",
    ),
    "api-token create": (
        "api-token create --name Ana --kind mcp",
        "api-token create --name ops --kind admin --tenant acme",
    ),
    "api-token list": ("api-token list", "api-token list --tenant acme --json"),
    "api-token delete": ("api-token delete TOKEN_ID", "api-token delete TOKEN_ID --yes"),
    "grant list": ("grant list", "grant list --tenant acme --json"),
    "grant revoke": ("grant revoke GRANT_ID", "grant revoke GRANT_ID --yes"),
    "log list": ("log list --since 24h", "log list --tool create_a_vapi_call --status 4xx"),
    "log export": ("log export --since 7d", "log export --type admin"),
    "changes list": ("changes list", "changes list --tool update_a_vapi_assistant_by_id --json"),
    "changes show": ("changes show CHANGE_ID", "changes show CHANGE_ID --json"),
    "changes restore": ("changes restore CHANGE_ID", "changes restore CHANGE_ID --force --yes"),
    "usage": ("usage ACCOUNT_ID", "usage ACCOUNT_ID --days 31 --json"),
    "keys rotate": ("keys rotate", "keys rotate --shared-key-file"),
    "specs check": ("specs check openapi.json", "specs check https://api.vapi.ai/api-json"),
    "specs sync": ("specs sync openapi.json", "specs sync https://api.vapi.ai/api-json"),
}
