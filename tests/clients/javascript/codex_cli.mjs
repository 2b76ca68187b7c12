import { mkdirSync, writeFileSync } from "node:fs";
import { connectBy } from "./command_line.mjs";

export function connect({ transport, url, command: [command, ...args] }) {
  const server =
    transport === "stdio"
      ? `command = ${JSON.stringify(command)}\nargs = ${JSON.stringify(args)}`
      : `url = ${JSON.stringify(url)}`;
  mkdirSync(".codex", { recursive: true });
  const start = (model) => {
    const config = `
model = "none"
model_provider = "loopback"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[model_providers.loopback]
name = "loopback"
base_url = "${model}/v1"
wire_api = "responses"

[mcp_servers.vapi]
${server}
required = true
startup_timeout_sec = 60
default_tools_approval_mode = "approve"
`;
    writeFileSync(".codex/config.toml", config);
    return ["codex", ["exec", "--skip-git-repo-check", "go"], {}];
  };
  return connectBy(start, (name) => name.startsWith("mcp__vapi"));
}
