import { createMCPClient } from "@ai-sdk/mcp";
import { Experimental_StdioMCPTransport } from "@ai-sdk/mcp/mcp-stdio";

export async function connect({ transport, url, command: [command, ...args] }) {
  const overPipe = transport === "stdio";
  const client = await createMCPClient({
    transport: overPipe ? new Experimental_StdioMCPTransport({ command, args }) : { type: transport, url },
  });
  const tools = await client.tools();
  const call = (name, given) => tools[name].execute(given, { toolCallId: "1", messages: [] });
  return { count: Object.keys(tools).length, call };
}
