// Fills the engine's own heap with ordinary objects, up to about 2 GiB.
require("node:fs").writeSync(1, "before\n");
const kept = [];
while (kept.length < 2_000) kept.push(new Array(131_072).fill(kept.length + 0.5));
console.log(kept.length);
