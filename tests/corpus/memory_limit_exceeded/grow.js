// Fills memory, 8 MiB at a time, up to 2 GiB. Buffers lie outside the engine's own heap, which has another limit.
require("node:fs").writeSync(1, "before\n");
const kept = [];
while (kept.length < 256) kept.push(Buffer.alloc(8 << 20, "x"));
console.log(kept.length);
