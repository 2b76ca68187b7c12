import { Client, SSEClientTransport, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

export const connectIn = (mode) => async ({ transport, url, command: [command, ...args] }) => {
  const made = {
    http: () => new StreamableHTTPClientTransport(new URL(url)),
    sse: () => new SSEClientTransport(new URL(url)),
    stdio: () => new StdioClientTransport({ command, args }),
  }[transport]();
  const options = { versionNegotiation: { mode } };
  const client = new Client({ name: "clients", version: "1" }, options);
  await client.connect(made);
  const call = (name, given) => client.callTool({ name, arguments: given });
  return { count: (await client.listTools()).tools.length, call };
};

export const connect = connectIn("auto");
