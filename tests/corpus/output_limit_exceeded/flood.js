// Floods standard output, up to 256 MiB.
const { writeSync } = require("node:fs");

writeSync(1, "before\n");
const lines = "the same line over and over\n".repeat(64);
for (let written = 0; written < 256 << 20; written += lines.length) writeSync(1, lines);
