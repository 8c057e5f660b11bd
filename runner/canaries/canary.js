// A canary: attempts what its first argument names, bounded by itself.
const fs = require("node:fs");
const dgram = require("node:dgram");
const { spawn } = require("node:child_process");

const HELD = "held\n";
const MIB = 1 << 20;
const say = (text) => fs.writeSync(1, text);

const attempts = {
  control() {
    const numbers = fs.readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
    say(`${numbers.reduce((a, b) => a + b, 0)}\n`);
  },
  processes() {
    for (let i = 0; i < 300; i++) {
      spawn("sleep", ["20"], { stdio: "ignore" }).on("error", () => process.exit(1));
    }
  },
  memory() {
    const kept = [];
    while (kept.length < 64) kept.push(Buffer.alloc(8 * MIB, "x"));
    say(`${kept.length}\n`);
  },
  output() {
    const block = "x".repeat(MIB / 4);
    for (let i = 0; i < 64; i++) say(block);
  },
  spin() {
    const end = Date.now() + 20000;
    while (Date.now() < end);
  },
  sleep() {
    setTimeout(() => {}, 20000);
  },
  write() {
    for (const directory of ["", "/usr", "/etc", "/app", "/dev", "/proc"]) {
      try {
        fs.writeFileSync(`${directory}/canary`, "x");
      } catch {
        continue;
      }
      say(`could write ${directory}/canary\n`);
    }
    say(HELD);
  },
  network() {
    const looked = dgram.createSocket("udp4");
    looked.once("error", () => {
      say(HELD);
      looked.close();
    });
    looked.connect(9, "192.0.2.1", (error) => {
      say(error ? HELD : "there is a route\n");
      looked.close();
    });
  },
  secret(path) {
    let found;
    try {
      found = fs.readFileSync(path, "utf8");
    } catch {
      say(HELD);
      return;
    }
    say(`could read ${found}\n`);
  },
  init() {
    try {
      process.kill(1, "SIGKILL");
    } catch {
      say(HELD);
      return;
    }
    say("could send init a signal\n");
  },
};

attempts[process.argv[2]](process.argv[3]);
