// Walks through beginnings and ends, each sorted, with one finger in either list.
const [count, ...times] = require("node:fs").readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
const ascending = (a, b) => a - b;
const begins = times.filter((_, i) => i % 2 === 0).sort(ascending);
const ends = times.filter((_, i) => i % 2 === 1).sort(ascending);

let ended = 0;
let most = 0;
for (let begun = 0; begun < count; begun++) {
  while (ends[ended] <= begins[begun]) ended++;
  most = Math.max(most, begun + 1 - ended);
}
console.log(most);
