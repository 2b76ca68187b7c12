// Makes the calls with one JavaScript client, and prints a line of JSON for each.
// It runs in the folder of that client: `node driver.mjs ADAPTER < server.json`.
// An adapter exports `connect(server)`, which returns the number of tools, a call, and
// what ends processes that would go on by themselves.
import { readFileSync, writeSync } from "node:fs";

const server = JSON.parse(readFileSync(0, "utf8"));
const say = (call, told) => {
  let rest = Buffer.from(`${JSON.stringify({ call, ...told })}\n`);
  while (rest.length) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
};
const reason = (error) => `${error?.name}: ${error?.message ?? error}`.slice(0, 5000);
const late = () =>
  new Promise((_, reject) => setTimeout(reject, 40_000, new Error("no answer in 40 s")));
// The lines of clients that print are not mistaken for answers.
for (const name of ["log", "info", "debug"]) console[name] = console.error;

try {
  const { connect } = await import(`./${process.argv[2]}.mjs`);
  const { count, call, close } = await connect(server);
  say("tools", { count });
  for (const [label, name, args] of server.calls) {
    try {
      const answer = await Promise.race([call(name, args), late()]);
      const isText = typeof answer === "string";
      say(label, { answer: isText ? answer : JSON.stringify(answer), is_text: isText });
    } catch (error) {
      say(label, { raised: reason(error) });
    }
  }
  await close?.();
} catch (error) {
  say("connection", { raised: reason(error) });
}

process.exit(0);
