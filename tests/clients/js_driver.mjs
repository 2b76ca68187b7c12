// Makes the calls with one JavaScript client, and prints a line of JSON for each.
// It runs in the folder of that client: `node js_driver.mjs CLIENT URL < calls.json`.
import { readFileSync } from "node:fs";

const [, , client, url] = process.argv;
const calls = JSON.parse(readFileSync(0, "utf8"));
const say = (call, told) => console.log(JSON.stringify({ call, ...told }));

const sdk = "@modelcontextprotocol/sdk/client";
const openers = {
  "TypeScript SDK v1, http": async () => {
    const { Client } = await import(`${sdk}/index.js`);
    const { StreamableHTTPClientTransport } = await import(`${sdk}/streamableHttp.js`);
    const made = new Client({ name: "clients", version: "1" });
    await made.connect(new StreamableHTTPClientTransport(new URL(url)));
    return made;
  },
  "TypeScript SDK v1, sse": async () => {
    const { Client } = await import(`${sdk}/index.js`);
    const { SSEClientTransport } = await import(`${sdk}/sse.js`);
    const made = new Client({ name: "clients", version: "1" });
    await made.connect(new SSEClientTransport(new URL(url)));
    return made;
  },
};

const opened = await openers[client]();
say("tools", { count: (await opened.listTools()).tools.length });
for (const [label, name, args] of calls) {
  try {
    const answer = await opened.callTool({ name, arguments: args });
    say(label, { answer: JSON.stringify(answer).slice(0, 5000) });
  } catch (error) {
    say(label, { raised: String(error).slice(0, 5000) });
  }
}
process.exit(0);
