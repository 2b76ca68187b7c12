import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { transportOf } from "./sdk_v1.mjs";

// Connects with the official client to what a bridge serves.
export async function connectThrough(server) {
  const client = new Client({ name: "clients", version: "1" });
  await client.connect(transportOf(server));
  const call = (name, args) => client.callTool({ name, arguments: args });
  return { count: (await client.listTools()).tools.length, call };
}
