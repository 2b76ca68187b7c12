import { printed } from "./programs.mjs";

export async function connect({ url }) {
  const run = async (args) => (await printed("mcpc", ["--json", ...args])).out;
  await run(["close", "@vapi"]).catch(() => {});
  await run(["connect", url, "@vapi"]);
  const call = async (name, given) =>
    JSON.parse(await run(["@vapi", "tools-call", name, JSON.stringify(given)]));
  const close = () => run(["close", "@vapi"]);
  return { count: JSON.parse(await run(["@vapi", "tools-list"])).length, call, close };
}
