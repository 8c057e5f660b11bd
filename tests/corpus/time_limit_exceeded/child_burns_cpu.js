// A child does the work while the parent waits: its time counts all the same.
const { spawnSync } = require("node:child_process");

require("node:fs").writeSync(1, "before\n");
spawnSync(process.execPath, ["-e", "let count = 0; while (count < 1e11) count++;"]);
console.log("after");
