import { mcpToTool } from "@google/genai";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { transportOf } from "./sdk_v1.mjs";

export async function connect(server) {
  const client = new Client({ name: "clients", version: "1" });
  await client.connect(transportOf(server));
  const tool = mcpToTool(client, {});
  const { functionDeclarations } = await tool.tool();
  const call = async (name, args) => (await tool.callTool([{ name, args }]))[0].functionResponse.response;
  return { count: functionDeclarations.length, call };
}
