import { McpClient } from "@huggingface/mcp-client";

export async function connect({ transport, url, command: [command, ...args] }) {
  const client = new McpClient({ model: "none", endpointUrl: "http://127.0.0.1:9", apiKey: "none" });
  const server = transport === "stdio" ? { type: "stdio", config: { command, args } } : { type: transport, config: { url } };
  await client.addMcpServer(server);
  const call = (name, given) => client.clients.get(name).callTool({ name, arguments: given });
  return { count: client.availableTools.length, call };
}
