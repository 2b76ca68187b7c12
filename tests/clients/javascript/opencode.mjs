import { writeFileSync } from "node:fs";
import { connectBy } from "./command_line.mjs";

export function connect({ transport, url, command }) {
  const server = transport === "stdio" ? { type: "local", command } : { type: "remote", url };
  const start = (model) => {
    const provider = {
      npm: "@ai-sdk/openai-compatible",
      options: { baseURL: `${model}/v1`, apiKey: "none" },
      models: { none: { tool_call: true, limit: { context: 1000000, output: 10000 } } },
    };
    const config = {
      autoupdate: false,
      share: "disabled",
      provider: { loopback: provider },
      model: "loopback/none",
      small_model: "loopback/none",
      permission: "allow",
      mcp: { vapi: { ...server, enabled: true } },
    };
    writeFileSync("opencode.json", JSON.stringify(config));
    return ["opencode", ["run", "--model", "loopback/none", "go"], {}];
  };
  return connectBy(start, (name) => name.startsWith("vapi_"));
}
