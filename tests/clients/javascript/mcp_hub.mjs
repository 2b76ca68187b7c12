import { writeFileSync } from "node:fs";
import { freePort, serving } from "./programs.mjs";

export async function connect({ transport, url, command: [command, ...args] }) {
  const server = transport === "stdio" ? { command, args } : { url };
  writeFileSync("hub.json", JSON.stringify({ mcpServers: { vapi: server } }));
  const port = await freePort();
  await serving("mcp-hub", ["--port", String(port), "--config", "hub.json"], port);
  const asked = async (path, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/servers/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ server_name: "vapi", ...body }),
    });
    return answer.json();
  };
  let info = {};
  for (let tries = 0; info.server?.status !== "connected" && tries < 150; tries += 1) {
    info = await asked("info", {});
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const call = (tool, given) => asked("tools", { tool, arguments: given });
  return { count: info.server.capabilities.tools.length, call };
}
