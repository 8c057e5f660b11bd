// What TypeScript programs do.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as readline from "node:readline/promises";
import { createServer, connect, type AddressInfo } from "node:net";
import { Worker, isMainThread } from "node:worker_threads";

async function answer(): Promise<string> {
  const server = createServer((socket) => socket.end("over"));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let text = "";
  for await (const chunk of socket) text += chunk;
  server.close();
  return text;
}

const lines: string[] = [];
for await (const line of readline.createInterface({ input: process.stdin })) lines.push(line);
const worker = new Worker("require('worker_threads').parentPort.postMessage(6 * 7)", { eval: true });
const number = await new Promise<number>((done) => worker.once("message", done));
const child = spawnSync(process.execPath, ["-e", "process.stdout.write('child')"]);
fs.writeFileSync("/tmp/file", "text");
const good = lines[0] === "input" && number === 42 && isMainThread && child.stdout.toString() === "child"
  && (await answer()) === "over" && fs.readFileSync("/tmp/file", "utf8") === "text";
fs.writeFileSync("/dev/stdout", good ? "contained\n" : JSON.stringify([lines, number, child.stderr.toString()]));
