import { writeFileSync } from "node:fs";
import { printed } from "./programs.mjs";

export async function connect({ transport, url, command: [command, ...args] }) {
  const server = transport === "stdio" ? { command, args } : { url, transport };
  writeFileSync("mcporter.json", JSON.stringify({ mcpServers: { vapi: server }, imports: [] }));
  const run = (more) => printed("mcporter", ["--config", "mcporter.json", ...more]);
  const { tools } = JSON.parse((await run(["list", "vapi", "--json"])).out);
  const call = async (name, given) => {
    const json = JSON.stringify(given);
    const { out, failed } = await run(["call", `vapi.${name}`, "--args", json, "--output", "json"]);
    if (failed) throw new Error(`exit code 1: ${out}`);
    return JSON.parse(out);
  };
  return { count: tools.length, call };
}
