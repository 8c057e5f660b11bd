// Writes 1 GiB at the most.
const { writeSync } = require("node:fs");

const text = "x".repeat(1 << 16);
for (let i = 0; i < 1 << 14; i++) writeSync(1, text);
