"use strict";
// compile.sh, waiting with the types of the language and of Node.js already read (see languages/SCHEMA.md, Preloads).
// TypeScript's server says whether it finds anything at all: what it is compile.sh then says, which is executed after all.
const { spawn, spawnSync } = require("node:child_process");
const { once } = require("node:events");
const { writeFileSync } = require("node:fs");
const { readVector } = require("./vector.cjs");

const CONFIG = "/tmp/tsconfig.json";
const QUESTIONS = [
  "getConfigFileParsingDiagnostics", "getProgramDiagnostics", "getGlobalDiagnostics",
  "getSyntacticDiagnostics", "getBindDiagnostics", "getSemanticDiagnostics",
];

// JSON-RPC over pipes, each message behind a header with its length.
class Server {
  #answered = new Map();
  #asked = 0;
  #process;
  #received = Buffer.alloc(0);

  constructor() {
    const { GOGC, GOMEMLIMIT, ...environment } = process.env; // what waits collects its garbage
    this.#process = spawn("/usr/lib/typescript/lib/tsc", ["--api", "--async", "--cwd", "/box"], {
      env: environment,
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#process.stdout.on("data", (chunk) => this.#receive(chunk));
    this.#process.stdin.on("error", () => {});
    this.ended = once(this.#process, "close").then(() => {
      throw new Error("the server is gone");
    });
    this.ended.catch(() => {});
  }

  ask(method, params = {}) {
    const message = JSON.stringify({ jsonrpc: "2.0", id: ++this.#asked, method, params });
    this.#process.stdin.write(`Content-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`);
    const answer = new Promise((resolve, reject) => this.#answered.set(this.#asked, { resolve, reject }));
    return Promise.race([answer, this.ended]);
  }

  async open(config) {
    const { snapshot, projects } = await this.ask("updateSnapshot", { openProjects: [config] });
    const project = projects.find(({ configFileName }) => configFileName === config).id;
    return (await Promise.all(QUESTIONS.map((method) => this.ask(method, { snapshot, project })))).flat();
  }

  kill() {
    this.#process.kill("SIGKILL");
  }

  #receive(chunk) {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const end = this.#received.indexOf("\r\n\r\n");
      if (end < 0) return;
      const start = end + 4;
      const size = Number(/content-length: *(\d+)/i.exec(this.#received.toString("latin1", 0, end))[1]);
      if (this.#received.length < start + size) return;
      const { id, result, error } = JSON.parse(this.#received.toString("utf8", start, start + size));
      this.#received = this.#received.subarray(start + size);
      const { resolve, reject } = this.#answered.get(id);
      if (error === undefined) resolve(result);
      else reject(new Error(error.message));
    }
  }
}

function end(status, signal) {
  if (signal !== null) process.kill(process.pid, signal);
  process.reallyExit(status);
}

async function compile(server, source, flags) {
  const options = Object.fromEntries(flags.map((flag) => [flag.slice(2), true]));
  const config = { extends: "/usr/lib/syncode/tsconfig.json", compilerOptions: options, files: [`/box/${source}`] };
  writeFileSync(CONFIG, JSON.stringify(config));
  const found = await server.open(CONFIG).catch((error) => [error]);
  server.kill();
  const [script, ...args] = found.length === 0 ? ["bundle.sh", source] : ["compile.sh", source, ...flags];
  const { status, signal } = spawnSync("/bin/sh", [`/usr/lib/syncode/${script}`, ...args], { stdio: "inherit" });
  end(status, signal);
}

async function main() {
  const server = new Server();
  await server.ask("initialize").then(() => server.open("/usr/lib/syncode/tsconfig.json")).catch(() => {});
  const [program, , source, ...flags] = readVector();
  if (program === undefined) {
    server.kill();
    end(1, null);
  }
  await compile(server, source, flags);
}

main();
