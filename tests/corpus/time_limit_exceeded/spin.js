// Keeps a processor busy, for about a minute if nobody stops it.
require("node:fs").writeSync(1, "before\n");
let count = 0;
while (count < 100_000_000_000) count++;
console.log(count);
