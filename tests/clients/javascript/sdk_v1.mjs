import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

export const transportOf = ({ transport, url, command: [command, ...args] }) => {
  if (transport === "http") return new StreamableHTTPClientTransport(new URL(url));
  if (transport === "sse") return new SSEClientTransport(new URL(url));
  return new StdioClientTransport({ command, args });
};

export async function connect(server) {
  const client = new Client({ name: "clients", version: "1" });
  await client.connect(transportOf(server));
  const call = (name, args) => client.callTool({ name, arguments: args });
  return { count: (await client.listTools()).tools.length, call };
}
