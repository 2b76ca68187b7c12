import { execFile, spawn } from "node:child_process";
import { createServer } from "node:net";

// Runs a program to its end; what it printed is the answer, also where it ends with an error.
export const printed = (program, args) =>
  new Promise((resolve, reject) => {
    execFile(program, args, { maxBuffer: 1 << 26 }, (error, out, err) => {
      if (out.trim()) resolve({ out, failed: Boolean(error) });
      else reject(new Error(err.slice(-2000) || String(error)));
    });
  });

export const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

// Starts a program that serves, and waits until its port answers.
export const serving = async (program, args, port) => {
  const started = spawn(program, args, { stdio: ["ignore", 2, 2] });
  for (let tries = 0; tries < 150; tries += 1) {
    if (started.exitCode !== null) break;
    const answers = await fetch(`http://127.0.0.1:${port}/`).then(() => true, () => false);
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${program} does not serve`);
};
