import { printed } from "./programs.mjs";

// Its listing also checks whether each schema is portable, and fails where one is not.
export const connectIn = (era) => async ({ transport, url, command }) => {
  const overPipe = transport === "stdio";
  const run = (args) => {
    const asked = [...args, "--protocol-era", era];
    const where = overPipe ? [...asked, "--", ...command] : [url, "--transport", transport, ...asked];
    return printed("mcp-inspector", ["--cli", ...where]);
  };
  const listed = await run(["--method", "tools/list", "--strict"]);
  if (listed.failed) throw new Error("a schema is not portable");
  const { tools } = JSON.parse(listed.out);
  const call = async (name, given) => {
    const json = JSON.stringify(given);
    const asked = ["--method", "tools/call", "--tool-name", name, "--tool-args-json", json];
    return JSON.parse((await run(asked)).out);
  };
  return { count: tools.length, call };
};

export const connect = connectIn("legacy");
