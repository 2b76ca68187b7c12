import { MultiServerMCPClient } from "@langchain/mcp-adapters";

export async function connect({ transport, url, command: [command, ...args] }) {
  const server = transport === "stdio" ? { transport, command, args } : { transport, url };
  const client = new MultiServerMCPClient({ mcpServers: { vapi: server } });
  const tools = Object.fromEntries((await client.getTools()).map((tool) => [tool.name, tool]));
  const call = (name, given) => tools[name].invoke(given);
  return { count: Object.keys(tools).length, call };
}
