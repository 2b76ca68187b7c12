import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { McpClient } from "@strands-agents/sdk";

export async function connect({ transport, url, command: [command, ...args] }) {
  const overPipe = transport === "stdio";
  const client = new McpClient({
    transport: overPipe
      ? new StdioClientTransport({ command, args })
      : new StreamableHTTPClientTransport(new URL(url)),
  });
  const listed = await client.listTools();
  const tools = Object.fromEntries(listed.map((tool) => [tool.name, tool]));
  const call = async (name, input) => {
    const stream = tools[name].stream({ toolUse: { toolUseId: "1", name, input } });
    for (;;) {
      const { value, done } = await stream.next();
      if (done) return value;
    }
  };
  return { count: listed.length, call };
}
