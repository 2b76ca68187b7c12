import { connectThrough } from "./bridged.mjs";

export const connect = ({ transport, url }) => {
  const strategy = transport.startsWith("sse") ? "sse-only" : "http-only";
  const command = ["mcp-remote", url, "--allow-http", "--transport", strategy];
  return connectThrough({ transport: "stdio", command });
};
