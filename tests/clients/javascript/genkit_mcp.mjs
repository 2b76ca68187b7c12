import { createMcpHost } from "@genkit-ai/mcp";
import { genkit } from "genkit";

export async function connect({ transport, url, command: [command, ...args] }) {
  const ai = genkit({});
  const server = transport === "stdio" ? { command, args } : { url };
  const host = createMcpHost({ name: "clients", mcpServers: { vapi: server } });
  const listed = await host.getActiveTools(ai);
  const tools = Object.fromEntries(listed.map((tool) => [tool.__action.name.split("/").pop(), tool]));
  const call = (name, given) => tools[name](given);
  return { count: listed.length, call };
}
