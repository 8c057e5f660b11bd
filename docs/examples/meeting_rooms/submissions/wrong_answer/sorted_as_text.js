// Forgets that sort() without a comparison puts 10 before 9.
const [count, ...times] = require("node:fs").readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
const begins = times.filter((_, i) => i % 2 === 0).sort();
const ends = times.filter((_, i) => i % 2 === 1).sort();

let ended = 0;
let most = 0;
for (let begun = 0; begun < count; begun++) {
  while (ends[ended] <= begins[begun]) ended++;
  most = Math.max(most, begun + 1 - ended);
}
console.log(most);
