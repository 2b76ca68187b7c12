import { execFile } from "node:child_process";
import { Model } from "./model.mjs";

// Connects by a command line for coding, one run of it for each call.
// start: gets the model's address and returns [program, arguments, variables].
// ours: whether a tool that the model is offered is one of the server's.
export async function connectBy(start, ours) {
  const model = new Model();
  const [program, args, variables] = start(await model.start());
  const run = () =>
    new Promise((resolve) => {
      // Settings of the same program for other uses stay out.
      const { PATH, HOME, PWD } = process.env;
      const env = { PATH, HOME, PWD, ...variables };
      const child = execFile(program, args, { env, timeout: 60_000 }, (error, out, err) => resolve(err));
      child.stdin.end();
    });
  const trouble = await run();
  const count = [...model.tools].filter(ours).length;
  if (!count) throw new Error(`no tool was offered: ${trouble.slice(-1000)}`);
  const call = async (name, given) => {
    model.wanted = { name, args: given };
    model.handedBack = [];
    const said = await run();
    model.wanted = null;
    if (!model.handedBack.length) throw new Error(`no answer: ${said.slice(-1000)}`);
    // All of it is text to a model, but for parts that are marked as sound.
    const sound = model.handedBack.some((part) => part.inlineData);
    return sound ? model.handedBack : JSON.stringify(model.handedBack);
  };
  return { count, call };
}
