import { writeFileSync } from "node:fs";
import { connectBy } from "./command_line.mjs";

export function connect({ transport, url, command: [command, ...args] }) {
  const server = transport === "stdio" ? { type: "stdio", command, args } : { type: transport, url };
  writeFileSync("claude-mcp.json", JSON.stringify({ mcpServers: { vapi: server } }));
  const start = (model) => {
    const given = ["--mcp-config", "claude-mcp.json", "--strict-mcp-config", "--allowedTools", "mcp__vapi"];
    const own = {
      ANTHROPIC_BASE_URL: model,
      ANTHROPIC_API_KEY: "none",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
      // What a model finds by a search cannot be counted.
      ENABLE_TOOL_SEARCH: "false",
    };
    return ["claude", ["--print", "go", ...given], own];
  };
  return connectBy(start, (name) => name.startsWith("mcp__vapi__"));
}
