import { printed } from "./programs.mjs";

export async function connect({ transport, url, command }) {
  const overPipe = transport === "stdio";
  const run = async (args) => {
    const where = overPipe ? [...args, "--", ...command] : [url, "--transport", transport, ...args];
    return (await printed("mcp-inspector", ["--cli", ...where])).out;
  };
  const { tools } = JSON.parse(await run(["--method", "tools/list"]));
  const call = async (name, given) => {
    const json = JSON.stringify(given);
    return JSON.parse(await run(["--method", "tools/call", "--tool-name", name, "--tool-args-json", json]));
  };
  return { count: tools.length, call };
}
