import { MCPConfiguration } from "@voltagent/core";

export async function connect({ transport, url, command: [command, ...args] }) {
  const server = transport === "stdio" ? { type: "stdio", command, args } : { type: transport, url };
  const configuration = new MCPConfiguration({ servers: { vapi: server } });
  const listed = await configuration.getTools();
  const tools = Object.fromEntries(listed.map((tool) => [tool.name, tool]));
  const call = (name, given) => tools[`vapi_${name}`].execute(given);
  return { count: listed.length, call };
}
