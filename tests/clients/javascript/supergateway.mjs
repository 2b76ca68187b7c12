import { connectThrough } from "./bridged.mjs";
import { freePort, serving } from "./programs.mjs";

export async function connect({ transport, url, command }) {
  const [ours, theirs] = transport.split(" to ");
  if (ours !== "stdio") {
    const option = ours === "sse" ? "--sse" : "--streamableHttp";
    const made = ["supergateway", option, url, "--logLevel", "none"];
    return connectThrough({ transport: "stdio", command: made });
  }
  const port = await freePort();
  const output = theirs === "sse" ? "sse" : "streamableHttp";
  const args = ["--stdio", command.join(" "), "--outputTransport", output, "--port", String(port)];
  await serving("supergateway", args, port);
  const path = theirs === "sse" ? "sse" : "mcp";
  return connectThrough({ transport: theirs, url: `http://127.0.0.1:${port}/${path}`, command: [] });
}
