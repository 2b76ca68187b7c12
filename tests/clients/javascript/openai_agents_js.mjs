import { Agent, MCPServerSSE, MCPServerStdio, MCPServerStreamableHttp, RunContext, getAllMcpTools } from "@openai/agents";

export async function connect({ transport, url, command: [command, ...args] }) {
  const server = {
    http: () => new MCPServerStreamableHttp({ url, name: "vapi" }),
    sse: () => new MCPServerSSE({ url, name: "vapi" }),
    stdio: () => new MCPServerStdio({ command, args, name: "vapi", clientSessionTimeoutSeconds: 30 }),
  }[transport]();
  await server.connect();
  const runContext = new RunContext();
  const agent = new Agent({ name: "clients" });
  const listed = await getAllMcpTools({ mcpServers: [server], runContext, agent });
  const tools = Object.fromEntries(listed.map((tool) => [tool.name, tool]));
  const call = (name, given) => tools[name].invoke(runContext, JSON.stringify(given));
  return { count: listed.length, call };
}
