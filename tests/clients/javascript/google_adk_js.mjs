import { MCPToolset } from "@google/adk";

export async function connect({ transport, url, command: [command, ...args] }) {
  const params =
    transport === "stdio"
      ? { type: "StdioConnectionParams", serverParams: { command, args } }
      : { type: "StreamableHTTPConnectionParams", url };
  const listed = await new MCPToolset(params).getTools();
  const tools = Object.fromEntries(listed.map((tool) => [tool.name, tool]));
  const call = (name, given) => tools[name].runAsync({ args: given, toolContext: {} });
  return { count: listed.length, call };
}
