import { mkdirSync, writeFileSync } from "node:fs";
import { connectBy } from "./command_line.mjs";

export function connect({ transport, url, command: [command, ...args] }) {
  const server = { http: { httpUrl: url }, sse: { url }, stdio: { command, args } }[transport];
  const settings = {
    mcpServers: { vapi: { ...server, trust: true } },
    security: { auth: { selectedType: "openai" } },
    // What a model finds by a search cannot be counted.
    tools: { toolSearch: { enabled: false } },
    privacy: { usageStatisticsEnabled: false },
    general: { disableAutoUpdate: true, enableAutoUpdate: false },
  };
  mkdirSync(".qwen", { recursive: true });
  writeFileSync(".qwen/settings.json", JSON.stringify(settings));
  const start = (model) => {
    const own = { OPENAI_API_KEY: "none", OPENAI_BASE_URL: `${model}/v1`, OPENAI_MODEL: "none" };
    return ["qwen", ["--yolo", "--prompt", "go"], own];
  };
  return connectBy(start, (name) => name.startsWith("mcp__vapi__"));
}
