import { MCPClient } from "@mastra/mcp";

export async function connect({ transport, url, command: [command, ...args] }) {
  const server = transport === "stdio" ? { command, args } : { url: new URL(url) };
  const client = new MCPClient({ servers: { vapi: server } });
  const tools = await client.listTools();
  const call = (name, given) => tools[`vapi_${name}`].execute(given, {});
  return { count: Object.keys(tools).length, call };
}
