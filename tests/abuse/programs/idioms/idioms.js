// What JavaScript programs do.
const assert = require("node:assert");
const { execFileSync, exec, fork } = require("node:child_process");
const { createHash, randomBytes, randomUUID, scrypt } = require("node:crypto");
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");
const os = require("node:os");
const path = require("node:path");
const { pipeline } = require("node:stream/promises");
const { setTimeout: sleep } = require("node:timers/promises");
const { promisify } = require("node:util");
const { Worker } = require("node:worker_threads");
const zlib = require("node:zlib");

const event = (emitter, name) => new Promise((done, failed) => emitter.once(name, done).once("error", failed));

if (process.send) {
  process.send("child");
  process.disconnect();
} else {
  main().catch((error) => {
    console.error(error);
    process.exit(1);
  });
}

async function main() {
  assert.equal(fs.readFileSync("/dev/stdin", "utf8"), "input\n");

  const shared = new Int32Array(new SharedArrayBuffer(4));
  const code = "const { workerData, parentPort } = require('worker_threads'); Atomics.add(workerData, 0, 1); parentPort.postMessage(1)";
  await Promise.all([1, 2, 3].map(() => event(new Worker(code, { eval: true, workerData: shared }), "message")));
  assert.equal(shared[0], 3);

  assert.equal(execFileSync("cat", { input: "text" }).toString(), "text");
  assert.equal((await promisify(exec)("echo $HOME")).stdout, "/box\n");
  assert.equal(await event(fork(__filename), "message"), "child");

  const server = http.createServer((request, response) => request.pipe(response)).listen(0, "127.0.0.1");
  await event(server, "listening");
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/`, { method: "POST", body: "echo" });
  assert.equal(await answer.text(), "echo");
  server.close();
  server.closeAllConnections();
  const local = net.createServer((socket) => socket.end("bye")).listen("/tmp/socket");
  await event(local, "listening");
  assert.equal((await event(net.connect("/tmp/socket"), "data")).toString(), "bye");
  local.close();

  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "x-"));
  const file = path.join(directory, "file");
  await fs.promises.writeFile(file, "text");
  await pipeline(fs.createReadStream(file), zlib.createGzip(), fs.createWriteStream(file + ".gz"));
  assert.equal(zlib.gunzipSync(fs.readFileSync(file + ".gz")).toString(), "text");
  fs.rmSync(directory, { recursive: true });

  assert.equal(randomBytes(8).length + randomUUID().length, 44);
  assert.equal((await promisify(scrypt)("a", "b", 16)).length, 16);
  assert.equal(createHash("sha1").update("").digest("hex").slice(0, 4), "da39");
  assert.equal(new Date(0).toString().slice(0, 24), "Thu Jan 01 1970 00:00:00");
  assert.equal(new Intl.NumberFormat("de-DE").format(1234.5), "1.234,5");
  assert.equal(Intl.DateTimeFormat().resolvedOptions().timeZone, "UTC");
  await sleep(1);
  assert(os.totalmem() > 0 && os.hostname() === "box" && process.memoryUsage().rss > 0);
  fs.writeFileSync("/dev/stdout", "contained\n");
}
