import { mkdirSync, writeFileSync } from "node:fs";
import { connectBy } from "./command_line.mjs";

export function connect({ transport, url, command: [command, ...args] }) {
  const server = { http: { httpUrl: url }, sse: { url }, stdio: { command, args } }[transport];
  const settings = {
    mcpServers: { vapi: { ...server, trust: true } },
    security: { auth: { selectedType: "gemini-api-key" } },
    privacy: { usageStatisticsEnabled: false },
    general: { disableAutoUpdate: true, enableAutoUpdate: false },
  };
  mkdirSync(".gemini", { recursive: true });
  writeFileSync(".gemini/settings.json", JSON.stringify(settings));
  const start = (model) => {
    const own = { GEMINI_API_KEY: "none", GOOGLE_GEMINI_BASE_URL: model, GEMINI_CLI_TRUST_WORKSPACE: "true" };
    return ["gemini", ["--yolo", "--model", "gemini-2.5-flash", "--prompt", "go"], own];
  };
  return connectBy(start, (name) => name.startsWith("mcp_vapi_"));
}
